import type { Reply } from '../api/call.js';
import { MAX_PAGE_SIZE, unwrap, type ContactsApi, type Filter, type ListPage } from '../contacts/contacts-api.js';
import { canonicalId } from '../contacts/contact-id.js';
import { SyncError } from '../model/errors.js';
import type { ContactReader, Found } from './reader.js';

/** Another way is there: whether the API is down, the first call of that tells. */
const MOST_RETRIES = 2;

/** Replies that are held in memory before they are read, whatever the concurrency. */
const MOST_STARTED = 15;

/**
 * Up to 500 contacts a call: one list request with an `or` of rules on `id`.
 * @param condition from the schema
 * @param concurrency calls in flight at a time, where reads are started early
 * @throws SyncError `filter_refused` where the API does not take the filter, whatever its schema says
 */
export function readByIds(api: ContactsApi, condition: string, concurrency: number): ContactReader {
  // The vendor's example; another server may take single values alone.
  let takesLists = condition === 'is';
  let mostStarted = Math.min(concurrency - 1, MOST_STARTED);
  // The first read alone finds out whether the filter works.
  let isProven = false;
  const started = new Map<string, Promise<Reply<ListPage>>>();
  const ask = (ids: readonly string[]): Promise<Reply<ListPage>> => {
    const query = { page: 1, page_size: MAX_PAGE_SIZE, filters: idFilter(ids, condition, takesLists) };
    return api.listContacts(query, { mostRetries: MOST_RETRIES });
  };
  const askInTurn = async (ids: readonly string[]): Promise<Reply<ListPage>> => {
    const reply = await ask(ids);
    if (!takesLists || reply.kind !== 'refused' || reply.verdict !== 'refused') return reply;
    takesLists = false;
    return ask(ids);
  };
  const replyTo = async (ids: readonly string[]): Promise<Reply<ListPage>> => {
    const key = ids.join();
    const reply = await started.get(key);
    started.delete(key);
    if (reply?.kind === 'ok') return reply;
    if (reply) {
      // So many at a time may have been too much for the server: from here on it gets one after another.
      mostStarted = 0;
      await Promise.allSettled(started.values());
    }
    return askInTurn(ids);
  };
  return {
    way: 'ids',
    prefetch: {
      get depth() {
        return isProven ? mostStarted : 0;
      },
      start(ids) {
        if (this.depth === 0 || ids.length === 0) return;
        const reply = ask(ids);
        reply.catch(() => undefined); // Whoever reads it meets the error.
        started.set(ids.join(), reply);
      },
    },
    async read(ids) {
      const found = contactsIn(await replyTo(ids), ids);
      isProven = true;
      return found;
    },
    async close() {
      await Promise.allSettled(started.values());
    },
  };
}

/** @throws SyncError `filter_refused` */
function contactsIn(reply: Reply<ListPage>, ids: readonly string[]): Found {
  if (reply.kind === 'refused' && reply.verdict === 'refused') throw refused(reply.answer, reply.words);
  if (reply.kind === 'unanswered' && isBroken(reply)) throw refused(reply.answer, reply.words);
  const asked = new Set(ids);
  const found: Found = new Map();
  const { contacts, totalCount } = unwrap(reply);
  if (totalCount > contacts.length) throw refused(`it gave ${contacts.length} of ${totalCount} contacts`);
  for (const contact of contacts) {
    const id = canonicalId(contact.id);
    if (!asked.has(id)) throw refused('it answered with contacts that were not asked for');
    found.set(id, { contact });
  }
  return found;
}

/** Some servers, and gateways before them, break on a long filter instead of refusing it, or take too long over it. */
function isBroken({ status, code }: { status?: number; code: string }): boolean {
  return status === undefined ? code === 'ETIMEDOUT' : status >= 500;
}

function refused(answer: string, words = ''): SyncError {
  return new SyncError('filter_refused', { answer, words });
}

/** A single rule goes as a list of one, several as an `or`, unless the operator takes many values. */
function idFilter(ids: readonly string[], condition: string, takesLists: boolean): Filter {
  if (takesLists) return [{ field: 'id', condition, value: ids }];
  const rules = ids.map((value) => ({ field: 'id', condition, value }));
  return rules.length === 1 ? rules : { operator: 'or', filters: rules };
}
