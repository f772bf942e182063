import type { Contact } from '../contacts/types.js';
import { findConflict, findLostKey } from '../contacts/row-guards.js';
import type { Changes, PlanLine } from '../model/plan-line.js';
import type { Problem } from '../model/problem.js';
import { settle, type FieldByKey } from './check-answer.js';
import { notShown } from '../plan/diff.js';
import { ruleAgain, ruleWarning } from '../plan/field-rule.js';

/** What is to be done with a planned row, given the contact as it is just now. */
export type Recheck =
  /** These of its fields still hold what the plan saw, or may be written all the same; `left`: what rules leave alone by now. */
  | { kind: 'send'; changes: Changes; left: Problem[] }
  /** Nothing is left to write. */
  | { kind: 'unchanged'; left: Problem[] }
  /** A request that a dead process began was carried out. */
  | { kind: 'was_applied' }
  | { kind: 'conflict'; problem: Problem };

/**
 * Holds a planned row against the live contact. A field that holds neither `from` nor `to` was changed by someone
 * since, and the whole row is left alone, unless the field's rule says what to do then. It is left alone as well where the contact is no longer the one that the row names, or a guard of
 * the row no longer holds. Pure.
 * @param maybeSent whether a request for the row was begun and never recorded
 */
export function recheck(
  { changes = {}, guards = {} }: Pick<PlanLine, 'changes' | 'guards'>,
  contact: Contact,
  fieldByKey: FieldByKey,
  maybeSent: boolean,
): Recheck {
  if (maybeSent && settle(changes, contact, fieldByKey) === 'applied') return { kind: 'was_applied' };
  const lost = findLostKey(guards, contact, fieldByKey);
  if (lost) return { kind: 'conflict', problem: lost };
  const remaining: Changes = {};
  const left: Problem[] = [];
  for (const [key, change] of Object.entries(changes)) {
    const field = fieldByKey(key);
    const { type } = field;
    if (change.rule && !Object.hasOwn(contact, key)) return { kind: 'conflict', problem: notShown(field) };
    const live = type.read(contact[key]);
    // Only undo changes a value to one that reads the same, and means its characters.
    const isForm = type.same(change.from, change.to);
    if (isForm ? live === change.to : type.same(live, change.to)) continue;
    if (type.same(live, change.from)) {
      remaining[key] = change;
      continue;
    }
    const again = ruleAgain(field, change, live);
    if (again.kind === 'conflict') {
      const [now, from, to] = [live, change.from, change.to].map((value) => JSON.stringify(value));
      const message = `changed since it was read: it is ${now} now; the plan was ${from} → ${to}`;
      return { kind: 'conflict', problem: { code: 'changed_since_plan', field: key, message } };
    }
    if (again.kind === 'change') remaining[key] = again.change;
    else if (again.kind === 'left' && change.rule) left.push(ruleWarning(key, change.rule));
  }
  if (Object.keys(remaining).length === 0) return { kind: 'unchanged', left };
  const wanted = new Set(Object.keys(changes));
  const problem = findConflict(guards, contact, { changes: remaining, wanted, fieldByKey });
  return problem ? { kind: 'conflict', problem } : { kind: 'send', changes: remaining, left };
}
