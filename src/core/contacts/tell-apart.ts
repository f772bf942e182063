import { CONTACT_FIELDS, CREATED_AT } from './fields.js';
import { nameKey, type FieldKey } from './keys.js';
import type { Contact } from './types.js';
import type { Problem } from '../model/problem.js';

/** Contacts, fields and characters of a value that a message has room for. */
const SHOWN_CONTACTS = 5;
const SHOWN_FIELDS = 3;
const SHOWN_LETTERS = 40;

/** Several contacts have the value that a row names one by. */
export interface Ambiguous extends Problem {
  code: 'ambiguous';
  /** The ids of those that the message names. */
  contacts: string[];
}

/** Says of several contacts which they are and how they differ. Pure. @param contacts those that hold the key */
export function tellApart(key: FieldKey, contacts: readonly Contact[]): Ambiguous {
  const shown = contacts.slice(0, SHOWN_CONTACTS);
  const fields = differingFields(key.by.key, shown);
  const each = shown.map((contact) => {
    const values = fields.map((field) => `${field} ${shownValue(contact[field])}`);
    return values.length > 0 ? `${contact.id} (${values.join(', ')})` : contact.id;
  });
  const more = contacts.length - shown.length;
  const named = `${each.join(' and ')}${more > 0 ? ` and ${more} more` : ''}`;
  return {
    code: 'ambiguous',
    field: key.by.key,
    message: `${contacts.length} contacts have ${nameKey(key)}: ${named}`,
    contacts: shown.map(({ id }) => id),
  };
}

/** Fields that people know come first; the time at which they were added, and how the key is written, may be all. */
function differingFields(keyField: string, contacts: readonly Contact[]): string[] {
  const known = CONTACT_FIELDS.map(({ key }) => key).filter((key) => key !== keyField);
  const differing = [...known, CREATED_AT, keyField].filter(
    (key) => new Set(contacts.map((contact) => JSON.stringify(contact[key] ?? null))).size > 1,
  );
  return differing.slice(0, SHOWN_FIELDS);
}

function shownValue(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  return text.length > SHOWN_LETTERS ? `${text.slice(0, SHOWN_LETTERS)}…` : text;
}
