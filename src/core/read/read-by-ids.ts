import { MAX_PAGE_SIZE, unwrap, type ContactsApi, type Filter } from '../contacts/contacts-api.js';
import { canonicalId } from '../contacts/contact-id.js';
import { SyncError } from '../model/errors.js';
import type { ContactReader, Found } from './reader.js';

/**
 * Up to 500 contacts a call: one list request with an `or` of rules on `id`.
 * @param condition from the schema
 * @throws SyncError `filter_refused` where the API does not take the filter, whatever its schema says
 */
export function readByIds(api: ContactsApi, condition: string): ContactReader {
  return {
    way: 'ids',
    async read(ids) {
      const reply = await api.listContacts({ page: 1, page_size: MAX_PAGE_SIZE, filters: idFilter(ids, condition) });
      if (reply.kind === 'refused' && reply.verdict === 'refused') throw refused(reply.answer, reply.words);
      // Some servers break on a long filter instead of refusing it.
      if (reply.kind === 'unanswered' && reply.status === 500) throw refused(reply.answer, reply.words);
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
    },
    async close() {},
  };
}

function refused(answer: string, words = ''): SyncError {
  return new SyncError('filter_refused', { answer, words });
}

/** A single rule goes as a list of one, several as an `or`: no operator takes many values. */
function idFilter(ids: readonly string[], condition: string): Filter {
  const rules = ids.map((value) => ({ field: 'id', condition, value }));
  return rules.length === 1 ? rules : { operator: 'or', filters: rules };
}
