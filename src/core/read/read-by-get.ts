import pLimit, { type LimitFunction } from 'p-limit';
import type { Reply } from '../api/call.js';
import { unwrap, type ContactsApi } from '../contacts/contacts-api.js';
import type { Contact } from '../contacts/types.js';
import type { ContactReader, Entry, Found } from './reader.js';

/** What gateways answer where the API behind them is not there. */
const AWAY = [502, 503, 504];

/**
 * A call for each contact. Where none of the first ones is found, the address may be wrong.
 * @throws SyncError `address_unknown`
 */
export function readByGet(api: ContactsApi, concurrency: number): ContactReader {
  const limit = pLimit(concurrency);
  return {
    way: 'get',
    async read(ids) {
      const found: Found = new Map();
      const replies = await askForAll(api, ids, limit);
      // Where none is answered the API is not there: that is no row's fault.
      if (replies.every(isAway)) unwrap(replies[0]!);
      if (replies.every(isMissing)) await api.assertAddress();
      replies.forEach((reply, at) => {
        const entry = entryOf(reply);
        if (entry) found.set(ids[at]!, entry);
      });
      return found;
    },
    async close() {},
  };
}

/** What a GET says of its contact; undefined where there is none. */
export function entryOf(reply: Reply<Contact>): Entry | undefined {
  if (reply.kind === 'ok') return { contact: reply.value };
  if (isMissing(reply)) return undefined;
  const code = reply.kind === 'unanswered' ? reply.code : `http_${reply.status}`;
  const isForbidden = reply.kind === 'refused' && reply.verdict === 'forbidden';
  const why = isForbidden ? 'could not be read, as that is not permitted' : 'could not be read';
  return { problem: { code, message: `${why}: ${reply.message}` } };
}

/** @throws what the first call that threw did: no other begins then, and those in flight are waited for */
async function askForAll(api: ContactsApi, ids: readonly string[], limit: LimitFunction): Promise<Reply<Contact>[]> {
  const failures: Error[] = [];
  const replies: Reply<Contact>[] = [];
  await limit.map(ids, async (id, at) => {
    if (failures.length > 0) return;
    try {
      replies[at] = await api.getContact(id);
    } catch (error) {
      failures.push(error as Error);
    }
  });
  if (failures[0]) throw failures[0];
  return replies;
}

function isMissing(reply: Reply<unknown>): boolean {
  return reply.kind === 'refused' && reply.verdict === 'not_found';
}

function isAway(reply: Reply<unknown>): boolean {
  return reply.kind === 'unanswered' && (reply.status === undefined || AWAY.includes(reply.status));
}
