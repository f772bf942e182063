import pLimit from 'p-limit';
import { needed, type ContactsApi } from '../api/contacts-api.js';
import type { ContactReader, Found } from './reader.js';

/** A call for each contact. */
export function readByGet(api: ContactsApi, concurrency: number): ContactReader {
  const limit = pLimit(concurrency);
  return {
    way: 'get',
    async read(ids) {
      const found: Found = new Map();
      const replies = await limit.map(ids, (id) => api.getContact(id));
      // Where none is answered the API is not there: that is no row's fault.
      if (replies.every((reply) => reply.kind === 'unanswered')) needed(replies[0]!);
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
