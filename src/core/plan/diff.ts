import type { Contact } from '../contacts/types.js';
import type { Edit, Wanted } from '../contacts/row-to-edit.js';
import type { Field } from '../contacts/fields.js';
import { findDamage } from '../contacts/lint.js';
import type { LintMode } from '../contacts/lint-modes.js';
import { trimBlank } from '../model/invisible.js';
import { isEmpty, type FieldValue } from '../model/values.js';
import type { Problem } from '../model/problem.js';
import { findConflict, guardsOf } from '../contacts/row-guards.js';
import type { FieldRule, RuleOfField } from '../model/field-rules.js';
import { ruleWarning, underRule } from './field-rule.js';
import type { Changes } from '../model/plan-line.js';

/** Every field is overwritten. */
const NO_RULES: RuleOfField = new Map();

/** What an edit makes of a contact. `changes` is empty where there is nothing to send. */
export interface Diff {
  changes: Changes;
  /** Fields that differ only in form (phone, e-mail, URL); among `changes`, unless they are to be skipped. */
  equivalent: string[];
  /** Empty cells that leave a value alone which the contact has. */
  emptyLeft: number;
  warnings: Problem[];
  /** A field that the API does not show, where what to write depends on what is there. */
  unseen?: Problem;
  /** A guard of the row that the live contact does not meet. */
  conflict?: Problem;
}

/**
 * The smallest change that makes the contact as the edit says. Pure.
 * @param skipEquivalent keys of fields whose differences in form alone are left as they are
 * @param rules `exact`: blanks around a live value are a difference; `lint`: damage is no difference in form alone; `fields`:
 *   what the edit may do to fields
 */
export function diff(
  edit: Edit,
  contact: Contact,
  skipEquivalent: readonly string[],
  { exact = false, lint = 'off', fields = NO_RULES }: { exact?: boolean; lint?: LintMode; fields?: RuleOfField } = {},
): Diff {
  const changes: Changes = {};
  const equivalent: string[] = [];
  const warnings: Problem[] = [];
  const hidden = edit.wanted.find(
    (wanted) => needsLive(wanted, fields.get(wanted.field.key)) && !Object.hasOwn(contact, wanted.field.key),
  );
  const unseen = hidden && { unseen: notShown(hidden.field) };
  for (const wanted of edit.wanted) {
    const { key, type } = wanted.field;
    const from = type.read(contact[key]);
    const asked = target(wanted, from);
    if (type.same(from, asked) && !(exact && hasBlanks(from))) continue;
    const rule = fields.get(key) ?? 'overwrite';
    const { to, isLeft } = underRule(rule, wanted, from, asked);
    if (isLeft) warnings.push(ruleWarning(key, rule));
    if (rule !== 'overwrite' && type.same(from, to)) continue;
    const isDamaged = lint !== 'off' && seemsDamaged(edit, wanted.field, from, to);
    if (!isDamaged && sameForm(wanted.field, from, to)) {
      equivalent.push(key);
      if (skipEquivalent.includes(key)) {
        warnings.push({ code: 'equivalent', field: key, message: 'differs only in form; left unchanged' });
        continue;
      }
    }
    changes[key] = { from, to, ...(rule === 'fill' || rule === 'append' ? { rule } : {}) };
  }
  const emptyLeft = edit.empty.filter(({ key, type }) => !isEmpty(type.read(contact[key]))).length;
  const guards = guardsOf(edit);
  // A row that writes nothing overwrites nothing, so guards speak only where there are changes.
  if (!guards || Object.keys(changes).length === 0) return { changes, equivalent, emptyLeft, warnings, ...unseen };
  const fieldByKey = (key: string): Field => edit.guards.expected.get(key)!.field;
  const wanted = new Set(edit.wanted.map(({ field }) => field.key));
  const conflict = findConflict(guards, contact, { changes, wanted, fieldByKey });
  return { changes, equivalent, emptyLeft, warnings, ...unseen, ...(conflict ? { conflict } : {}) };
}

/** Whether the live value must be known: to add to it, to leave it alone, or to tell a clear from nothing to do. */
function needsLive(wanted: Wanted, rule: FieldRule = 'overwrite'): boolean {
  if (rule === 'ignore') return false;
  return rule !== 'overwrite' || wanted.kind !== 'value' || isEmpty(wanted.value);
}

/** What is wrong with a field that is absent from a contact: it may hold anything. */
export function notShown({ key, label }: Field): Problem {
  return { code: 'not_shown', field: key, message: `the API does not show ${label} of this contact` };
}

/** Whether a live text has blanks around it, or nothing else. */
function hasBlanks(from: FieldValue): boolean {
  return typeof from === 'string' && trimBlank(from) !== from;
}

function seemsDamaged({ damage }: Edit, field: Field, from: FieldValue, to: FieldValue): boolean {
  return damage.some((cell) => cell.field === field.key) || findDamage(field, from, to) !== undefined;
}

/** The value that the field is to have, given the one it has. */
function target(wanted: Wanted, from: FieldValue): FieldValue {
  if (wanted.kind === 'value') return wanted.value;
  const { add, remove } = wanted;
  const live = Array.isArray(from) ? from : [];
  // Items are named as the API names them: two that look alike are two.
  const has = new Set(live);
  const removed = new Set(remove);
  return [...live.filter((item) => !removed.has(item)), ...add.filter((item) => !has.has(item))];
}

/** Whether both values are there and say the same in another way of writing. */
export function sameForm(field: Field, a: FieldValue, b: FieldValue): boolean {
  if (!field.type.sameForm || isEmpty(a) || isEmpty(b)) return false;
  return field.type.sameForm(String(a), String(b));
}
