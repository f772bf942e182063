import type { Entry } from '../read/reader.js';
import { holdsKey, lostKey, nameKey, type FieldKey } from '../contacts/keys.js';
import { tellApart } from '../contacts/tell-apart.js';
import type { Contact } from '../contacts/types.js';
import type { Problem, Status } from '../model/problem.js';

/** Where the contacts were looked for, which says what it means that none was found. */
export type Searched =
  | 'api'
  /** A file, and not the API. */
  | 'snapshot'
  /** The list, which changed while it was read: a contact may have slipped between two pages. */
  | 'shifting_list'
  /** The API's filter alone, which tells upper case from lower case or other forms from the one that was asked for. */
  | 'spelling';

/** How a row ends that names no one contact. */
export interface NoMatch {
  status: Status;
  error: Problem;
}

/**
 * The contact that a key names. Pure.
 * @param found what was read of the contacts that may hold it: one that changed meanwhile does not
 */
export function decideMatch(
  key: FieldKey,
  found: readonly (Entry | undefined)[],
  searched: Searched,
): { contact: Contact } | NoMatch {
  const contacts = found.flatMap((entry) => (entry && 'contact' in entry ? [entry.contact] : []));
  const holders = contacts.filter((contact) => holdsKey(contact, key));
  if (holders.length > 1) return { status: 'conflict', error: tellApart(key, holders) };
  // One that cannot be read may hold it as well.
  const unread = found.find((entry) => entry && 'problem' in entry);
  if (unread && 'problem' in unread) return { status: 'failed', error: unread.problem };
  const [contact] = holders;
  if (contact) return { contact };
  return contacts[0] ? { status: 'conflict', error: lostKey(key, contacts[0]) } : absent(key, searched);
}

function absent(key: FieldKey, searched: Searched): NoMatch {
  const { key: field } = key.by;
  switch (searched) {
    case 'api':
      return { status: 'not_found', error: { code: 'not_found', field, message: `no contact has ${nameKey(key)}` } };
    case 'snapshot': {
      const message = `the snapshot has no contact with ${nameKey(key)}; the API was not asked`;
      return { status: 'not_found', error: { code: 'not_in_snapshot', field, message } };
    }
    case 'shifting_list': {
      const message = `no contact with ${nameKey(key)} was seen, but the list changed while it was read`;
      return { status: 'failed', error: { code: 'list_changed', field, message } };
    }
    case 'spelling': {
      const message = `the API finds no contact with ${nameKey(key)} in this spelling, and was not asked for others`;
      return { status: 'not_found', error: { code: 'not_found', field, message } };
    }
  }
}
