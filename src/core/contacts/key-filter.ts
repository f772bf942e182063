import type { FilterRule } from './contacts-api.js';
import type { Field } from './fields.js';
import { keyForm, type FieldKey } from './keys.js';
import type { Contact, FieldSchema } from './types.js';

/** How the API's list can be asked for the contacts that hold a key. */
export interface KeyFilter {
  /** Operators that may find a value in whatever spelling; the first that does is taken. Empty where spelling counts. */
  loose: readonly string[];
  /** The operator that finds a value as it is written. */
  exact: string | undefined;
}

/** How a field can be filtered; undefined: it cannot. Pure. */
export function keyFilter({ key, type }: Field, schema: readonly FieldSchema[]): KeyFilter | undefined {
  const entry = schema.find((field) => field.key === key);
  if (entry?.filterable !== true) return undefined;
  const operators = entry.allowed_operators ?? ['equals'];
  // Of a date, `is` takes the name of a period.
  const exact = (type.name === 'date' ? ['equals'] : ['equals', 'is']).find((operator) => operators.includes(operator));
  const contains = operators.includes('contains') ? ['contains'] : [];
  const loose =
    type.name === 'email'
      ? [...(exact === undefined ? [] : [exact]), ...contains]
      : type.name === 'url'
        ? contains
        : [];
  return exact === undefined && loose.length === 0 ? undefined : { loose, exact };
}

/** Whether values with the same key differ in how they are written, so that a filter may miss one. */
export function hasSpellings({ type }: Field): boolean {
  return type.name === 'email' || type.name === 'url';
}

/**
 * In which spelling a key is asked for: `any`, where the filter finds all of them; `upper`, in capitals, to learn whether
 * it does; `likely`, those that a contact may have.
 */
export type Spelling = 'any' | 'upper' | 'likely';

/** Rules that find a key, one of which must hold. Pure. */
export function keyRules(key: FieldKey, condition: string, spelling: Spelling): FilterRule[] {
  const { by } = key;
  const form = keyForm(by, key.value) ?? '';
  const values =
    spelling === 'upper' ? [upperCase(form)] : spelling === 'any' ? anySpelling(key, form) : likely(key, form);
  return values.map((value) => ({ field: by.key, condition, value }));
}

/** Whether a contact that was found shows that the API found it by capitals that it does not have. */
export function showsLooseFilter(key: FieldKey, contact: Contact): boolean {
  const live = key.by.type.read(contact[key.by.key]);
  return typeof live === 'string' && !live.includes(upperCase(keyForm(key.by, key.value) ?? ''));
}

/** Letters of ASCII alone: others have capitals of two letters, or none. */
function upperCase(text: string): string {
  return text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
}

/** Beyond ASCII, the filter may tell letters apart all the same. */
function anySpelling({ by, value }: FieldKey, form: string): string[] {
  if (by.type.name === 'url') return [form];
  return /^[\x20-\x7e]*$/.test(form) ? [form] : distinct([form, String(value)]);
}

function likely({ by, value }: FieldKey, form: string): FilterRule['value'][] {
  if (typeof value === 'number' || typeof value === 'boolean') return [value];
  const written = String(value);
  if (by.type.name === 'email') return distinct([form, written]);
  if (by.type.name === 'url') return distinct([written, ...['https://www.', 'https://'].map((start) => start + form)]);
  // An accent may stand on its own in what the API has.
  return distinct([written, written.normalize('NFD')]);
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
