import type { Contact } from '../contacts/types.js';
import { notShown, sameForm } from '../plan/diff.js';
import { isAdded } from '../plan/field-rule.js';
import type { Change, Changes } from '../model/plan-line.js';
import type { Problem } from '../model/problem.js';
import type { Field } from '../contacts/fields.js';
import { isEmpty, type FieldValue } from '../model/values.js';

/** Looks up a field by its key. */
export type FieldByKey = (key: string) => Field;

/**
 * Holds the contact that the API answered with against what was meant.
 * @returns a warning for each field that came back otherwise: `not_kept`, with `form` where only the writing differs
 */
export function findNotKept(changes: Changes, contact: Contact, fieldByKey: FieldByKey): NotKept[] {
  const warnings: NotKept[] = [];
  for (const [key, change] of Object.entries(changes)) {
    const field = fieldByKey(key);
    const { to } = change;
    const now = field.type.read(contact[key]);
    if (isThere(field, now, change) || isAdded(field, change, now)) continue;
    if (!Object.hasOwn(contact, key)) {
      const message = `${notShown(field).message}: it was sent ${JSON.stringify(to)}, and may have kept it`;
      warnings.push({ code: 'not_kept', field: key, message });
      continue;
    }
    const form = sameForm(field, now, to);
    const message = `came back ${form ? 'in another form' : 'with another value'}: ${JSON.stringify(now)}, sent ${JSON.stringify(to)}`;
    warnings.push({ code: 'not_kept', field: key, message, kept: now, ...(form ? { form } : {}) });
  }
  return warnings;
}

/** Whether a change was made. One to a value that reads the same, as blanks do, means its characters. */
function isThere({ type }: Field, now: FieldValue, { from, to }: Change): boolean {
  return type.same(now, to) && (!type.same(from, to) || now === to || (isEmpty(now) && isEmpty(to)));
}

/** A value that the API accepted and did not keep. */
export interface NotKept extends Problem {
  code: 'not_kept';
  /** What the API keeps instead; absent where it does not show that. */
  kept?: FieldValue;
  /** True where the API keeps the same value in another form (phone, e-mail, URL). */
  form?: boolean;
}

/** What a read says of a request that was never answered. */
export type Settled = 'applied' | 'not_applied' | 'unclear';

/**
 * Tells from the contact as it is now whether a PATCH was carried out. Pure.
 * A field that holds neither the old value nor the new one was changed by someone, or normalised by the API.
 */
export function settle(changes: Changes, contact: Contact, fieldByKey: FieldByKey): Settled {
  let applied = true;
  let untouched = true;
  for (const [key, change] of Object.entries(changes)) {
    const { from, to } = change;
    const field = fieldByKey(key);
    const now = field.type.read(contact[key]);
    const isForm = field.type.same(from, to);
    const isFrom = isForm ? now === from : field.type.same(now, from);
    untouched &&= isFrom;
    applied &&= isThere(field, now, change) || isAdded(field, change, now) || (!isFrom && sameForm(field, now, to));
  }
  return applied ? 'applied' : untouched ? 'not_applied' : 'unclear';
}
