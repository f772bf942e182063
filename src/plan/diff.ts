import { DateTime } from 'luxon';
import type { Contact } from '../api/types.js';
import type { Edit, Wanted } from '../edit/row-to-edit.js';
import type { Field } from '../edit/fields.js';
import { cleanText, isEmpty, type FieldValue } from '../edit/values.js';
import type { Problem } from '../problem.js';
import type { Changes } from './plan-line.js';

/** What an edit makes of a contact. `changes` is empty where there is nothing to send. */
export interface Diff {
  changes: Changes;
  /** Fields that differ only in form (phone, e-mail, URL); among `changes`, unless they are to be skipped. */
  equivalent: string[];
  warnings: Problem[];
  /** A guard of the row that the live contact does not meet. */
  conflict?: Problem;
}

/**
 * The smallest change that makes the contact as the edit says. Pure.
 * @param skipEquivalent keys of fields whose differences in form alone are left as they are
 */
export function diff(edit: Edit, contact: Contact, skipEquivalent: readonly string[]): Diff {
  const changes: Changes = {};
  const equivalent: string[] = [];
  const warnings: Problem[] = [];
  for (const wanted of edit.wanted) {
    const { key, type } = wanted.field;
    const from = type.read(contact[key]);
    const to = target(wanted, from);
    if (type.same(from, to)) continue;
    if (sameForm(wanted.field, from, to)) {
      equivalent.push(key);
      if (skipEquivalent.includes(key)) {
        warnings.push({ code: 'equivalent', field: key, message: 'differs only in form, left as it is' });
        continue;
      }
    }
    changes[key] = { from, to };
  }
  const conflict = Object.keys(changes).length === 0 ? undefined : findConflict(edit, contact, changes);
  return { changes, equivalent, warnings, ...(conflict ? { conflict } : {}) };
}

/** The value that the field is to have, given the one it has. */
function target(wanted: Wanted, from: FieldValue): FieldValue {
  if (wanted.kind === 'value') return wanted.value;
  if (wanted.tags.kind === 'set') return wanted.tags.names;
  const { add, remove } = wanted.tags;
  const live = Array.isArray(from) ? from : [];
  const has = new Set(live.map(cleanText));
  const removed = new Set(remove.map(cleanText));
  return [...live.filter((tag) => !removed.has(cleanText(tag))), ...add.filter((tag) => !has.has(cleanText(tag)))];
}

/** Whether both values are there and say the same in another way of writing. */
export function sameForm(field: Field, a: FieldValue, b: FieldValue): boolean {
  if (!field.type.sameForm || isEmpty(a) || isEmpty(b)) return false;
  return field.type.sameForm(String(a), String(b));
}

/** A row that writes nothing overwrites nothing, so guards speak only where there are changes. */
function findConflict(edit: Edit, contact: Contact, changes: Changes): Problem | undefined {
  const { updatedAt, expected } = edit.guards;
  if (updatedAt !== undefined && !isUnchangedSince(contact.updated_at, updatedAt)) {
    const live = contact.updated_at ?? 'the API does not say when';
    return {
      code: 'changed_since',
      field: 'updated_at',
      message: `the contact was changed after ${updatedAt} (${live})`,
    };
  }
  for (const [key, { field, value }] of expected) {
    const live = field.type.read(contact[key]);
    const change = changes[key];
    const alreadyNew = edit.wanted.some((wanted) => wanted.field.key === key) && change === undefined;
    if (alreadyNew || field.type.same(live, value)) continue;
    return {
      code: 'not_expected',
      field: key,
      message: `the live value is ${JSON.stringify(live)}, expected ${JSON.stringify(value)}`,
    };
  }
  return undefined;
}

/** Compared to the precision of the guard: spreadsheets cut fractions of a second. */
function isUnchangedSince(live: string | null | undefined, guard: string): boolean {
  if (live === null || live === undefined) return false;
  const unit = /:\d{2}[.,]\d/.test(guard) ? 'millisecond' : /\d:\d{2}:\d{2}/.test(guard) ? 'second' : 'minute';
  const changed = DateTime.fromISO(live, { zone: 'utc' }).startOf(unit);
  return changed.isValid && changed <= DateTime.fromISO(guard, { zone: 'utc' }).startOf(unit);
}
