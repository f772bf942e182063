import { DateTime } from 'luxon';
import type { Contact } from './types.js';
import type { RowEdit } from './row-to-edit.js';
import { holdsKey, isFieldKey, lostKey, type FieldKey } from './keys.js';
import { CHANGED_AT, type Field } from './fields.js';
import type { FieldValue } from '../model/values.js';
import type { Problem } from '../model/problem.js';
import type { Changes, RowGuards } from '../model/plan-line.js';

/**
 * The row's guards as the plan keeps them; undefined where it has none.
 * @param isMoved an earlier row of the plan changes the contact, and so its time
 * @param changes what the row is to change: a field that it is about and leaves as it is needs no guard
 */
export function guardsOf(edit: RowEdit, isMoved = false, changes?: Changes): RowGuards | undefined {
  const { unchangedSince, expected } = edit.guards;
  const { key } = edit;
  const settled = new Set(changes && edit.wanted.map(({ field }) => field.key).filter((name) => !changes[name]));
  const values = [...expected].flatMap(([name, { value }]) => (settled.has(name) ? [] : [[name, value] as const]));
  const guards = {
    ...(unchangedSince === undefined || isMoved ? {} : { updated_at: unchangedSince }),
    ...(values.length === 0 ? {} : { expected: Object.fromEntries(values) }),
    ...(isFieldKey(key) ? { key: { field: key.by.key, value: key.value } } : {}),
  };
  return Object.keys(guards).length === 0 ? undefined : guards;
}

/**
 * The first guard of a row that a contact does not meet. Pure.
 * @param changes what the row is to change: a field that has its new value already needs no guard
 * @param wanted keys of all fields that the row is about
 */
export function findConflict(
  { updated_at, expected = {} }: RowGuards,
  contact: Contact,
  {
    changes,
    wanted,
    fieldByKey,
  }: { changes: Changes; wanted: ReadonlySet<string>; fieldByKey: (key: string) => Field },
): Problem | undefined {
  if (updated_at !== undefined && !isUnchangedSince(contact.updated_at, updated_at)) {
    const live = contact.updated_at ?? 'the API does not say when';
    const message = `the contact was changed after ${updated_at} (${live})`;
    return { code: 'changed_since', field: CHANGED_AT, message };
  }
  for (const [key, value] of Object.entries(expected)) {
    const { type } = fieldByKey(key);
    const live = type.read(contact[key]);
    const change = changes[key];
    const isNew = wanted.has(key) && (change === undefined || type.same(live, change.to));
    if (isNew || type.same(live, value)) continue;
    const said = (shown: FieldValue): string => JSON.stringify(shown);
    return { code: 'not_expected', field: key, message: `the live value is ${said(live)}, expected ${said(value)}` };
  }
  return undefined;
}

/** What to say where a contact no longer has the value that the row named it by: the row is about another one, then. Pure. */
export function findLostKey(
  { key }: RowGuards,
  contact: Contact,
  fieldByKey: (key: string) => Field,
): Problem | undefined {
  if (!key) return undefined;
  const by = fieldByKey(key.field);
  const named: FieldKey = { by, value: key.value };
  if (holdsKey(contact, named)) return undefined;
  return lostKey(named, contact);
}

/** Compared to the precision of the guard: spreadsheets cut fractions of a second. */
function isUnchangedSince(live: string | null | undefined, guard: string): boolean {
  if (live === null || live === undefined) return false;
  const unit = /:\d{2}[.,]\d/.test(guard) ? 'millisecond' : /\d:\d{2}:\d{2}/.test(guard) ? 'second' : 'minute';
  const changed = DateTime.fromISO(live, { zone: 'utc' }).startOf(unit);
  return changed.isValid && changed <= DateTime.fromISO(guard, { zone: 'utc' }).startOf(unit);
}
