import pLimit, { type LimitFunction } from 'p-limit';
import type { Reply } from '../api/call.js';
import { needed, type ContactsApi } from '../api/contacts-api.js';
import type { Contact } from '../api/types.js';
import type { ContactReader, Found } from './reader.js';

/** What gateways answer where the API behind them is not there. */
const AWAY = [502, 503, 504];

/** A call for each contact. */
export function readByGet(api: ContactsApi, concurrency: number): ContactReader {
  const limit = pLimit(concurrency);
  return {
    way: 'get',
    async read(ids) {
      const found: Found = new Map();
      const replies = await askForAll(api, ids, limit);
      // Where none is answered the API is not there: that is no row's fault.
      if (replies.every(isAway)) needed(replies[0]!);
      replies.forEach((reply, at) => {
        const id = ids[at]!;
        if (reply.kind === 'ok') found.set(id, { contact: reply.value });
        else if (reply.kind === 'unanswered' || reply.verdict === 'refused' || reply.verdict === 'conflict') {
          const code = reply.kind === 'unanswered' ? reply.code : `http_${reply.status}`;
          found.set(id, { problem: { code, message: `could not be read: ${reply.message}` } });
        }
      });
      return found;
    },
    async close() {},
  };
}

/** @throws what the first call that threw did: no other begins then, and those under way are waited for */
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

function isAway(reply: Reply<unknown>): boolean {
  return reply.kind === 'unanswered' && (reply.status === undefined || AWAY.includes(reply.status));
}
