import type { Contact } from './types.js';
import { emailForm, profilePath } from './equivalent.js';
import type { Field } from './fields.js';
import type { Problem } from '../model/problem.js';
import { cleanText, isEmpty, type FieldValue } from '../model/values.js';

/** The value of a field that says which contact a row is about, until the contact is known. */
export interface FieldKey {
  by: Field;
  value: FieldValue;
}

/** What a row names its contact by: the id, in canonical form, or the value of a field. */
export type RowKey = { by: 'id'; value: string } | FieldKey;

export function isFieldKey(key: RowKey): key is FieldKey {
  return key.by !== 'id';
}

/** A LinkedIn address that names one page. */
const PROFILE = /^linkedin\.com\/[^/]+\/./;

/** Lists and switches tell no contact from another. */
const NO_KEYS: ReadonlySet<string> = new Set(['array', 'boolean']);

/** Whether rows can name their contacts by a custom field. */
export function canBeKey({ type }: Field): boolean {
  return !NO_KEYS.has(type.name);
}

/**
 * The form in which values of a key are compared: e-mail addresses without case, LinkedIn URLs by the page that they name,
 * others by their type. Undefined for a value that names no contact. Pure.
 */
export function keyForm({ type }: Field, value: FieldValue): string | undefined {
  if (isEmpty(value) || Array.isArray(value)) return undefined;
  const text = String(value);
  switch (type.name) {
    case 'email':
      return emailForm(text);
    case 'url':
      return profilePath(text);
    case 'uuid':
      return cleanText(text).toLowerCase();
    case 'datetime': {
      const ms = Date.parse(/(Z|[+-]\d{2}:?\d{2})$/i.test(text) ? text : `${text}Z`);
      return Number.isNaN(ms) ? cleanText(text) : String(ms);
    }
    default:
      return cleanText(text) || undefined;
  }
}

/** What is wrong with a value as a key, as what was expected. */
export function keyProblem({ type }: Field, value: FieldValue): string | undefined {
  if (type.name !== 'url' || PROFILE.test(profilePath(String(value)))) return undefined;
  return 'the LinkedIn URL of a person, such as linkedin.com/in/ana';
}

/** The key as one text: two keys with the same text name the same contacts. */
export function keyText({ by, value }: FieldKey): string {
  return `${by.key}\n${keyForm(by, value) ?? ''}`;
}

/** The text of the key that a contact holds in a field; undefined where it has none. */
export function heldKey(by: Field, contact: Contact): string | undefined {
  const form = keyForm(by, by.type.read(contact[by.key]));
  return form === undefined ? undefined : `${by.key}\n${form}`;
}

/** Whether a contact is one that the key names. */
export function holdsKey(contact: Contact, key: FieldKey): boolean {
  return heldKey(key.by, contact) === keyText(key);
}

/** `email "ana@example.com"`, for messages. */
export function nameKey({ by, value }: FieldKey): string {
  return `${by.label} ${JSON.stringify(value)}`;
}

/** What to say of a contact that no longer has the key by which it was found. */
export function lostKey(key: FieldKey, contact: Contact): Problem {
  const { by } = key;
  const now = JSON.stringify(by.type.read(contact[by.key]));
  return { code: 'key_changed', field: by.key, message: `the contact no longer has ${nameKey(key)}: it is ${now} now` };
}
