import { additionOf, holdsAll, holdsNone, withAddition } from '../contacts/addition.js';
import type { Field } from '../contacts/fields.js';
import type { Wanted } from '../contacts/row-to-edit.js';
import type { FieldRule } from '../model/field-rules.js';
import type { Change } from '../model/plan-line.js';
import type { Problem } from '../model/problem.js';
import { isEmpty, type FieldType, type FieldValue } from '../model/values.js';

/** What a rule makes of a field. */
export interface Ruled {
  to: FieldValue;
  /** Something that the row asks for is left undone. */
  isLeft: boolean;
}

/**
 * What an edit may make of a value under a rule. Pure.
 * @param asked what it would make of it without one, which is another value
 */
export function underRule(rule: FieldRule, wanted: Wanted, from: FieldValue, asked: FieldValue): Ruled {
  const { type } = wanted.field;
  switch (rule) {
    case 'overwrite':
      return { to: asked, isLeft: false };
    case 'ignore':
      return { to: from, isLeft: true };
    case 'fill':
      return hasNone(type, from) ? { to: asked, isLeft: false } : { to: from, isLeft: true };
    case 'append': {
      if (wanted.kind === 'value')
        return { to: withAddition(type, from, wanted.value), isLeft: hasNone(type, wanted.value) };
      return { to: withAddition(type, from, [...wanted.add]), isLeft: !holdsNone(type, from, wanted.remove) };
    }
  }
}

/** What is said of a field that a rule leaves alone. */
export function ruleWarning(field: string, rule: FieldRule): Problem {
  const why = { overwrite: '', fill: 'has a value', append: 'nothing is removed', ignore: 'is not to be changed' };
  return { code: 'rule', field, message: `${why[rule]}; left unchanged (rule ${rule})` };
}

/** What a rule makes of a planned change once the value is another one than the plan saw. */
export type Reruled = { kind: 'left' | 'done' | 'conflict' } | { kind: 'change'; change: Change };

/**
 * Holds a planned change against a value that is neither its old nor its new one. A value to fill has come in the meantime;
 * what is to be added is added to the value as it is, if nothing of it is there by now. Pure.
 */
export function ruleAgain({ type }: Field, change: Change, live: FieldValue): Reruled {
  if (change.rule === 'fill' && !hasNone(type, live)) return { kind: 'left' };
  if (change.rule !== 'append') return { kind: 'conflict' };
  const addition = additionOf(change);
  if (holdsAll(type, live, addition)) return { kind: 'done' };
  // Undo takes the planned addition away: only all of it may be written.
  if (!holdsNone(type, live, addition)) return { kind: 'conflict' };
  const added = type.grows === 'items' ? addition : addition.join('\n');
  return { kind: 'change', change: { ...change, from: live, to: withAddition(type, live, added) } };
}

/** Whether a value has all that a change was to add to it, whatever else it has. */
export function isAdded({ type }: Field, change: Change, live: FieldValue): boolean {
  return change.rule === 'append' && holdsAll(type, live, additionOf(change));
}

/** Whether there is no value: false and 0 are values. */
function hasNone(type: FieldType, value: FieldValue): boolean {
  return isEmpty(value) || type.same(value, null);
}
