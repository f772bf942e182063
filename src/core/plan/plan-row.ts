import { whoIs } from '../contacts/contact-name.js';
import type { Found } from '../read/reader.js';
import { findDamage } from '../contacts/lint.js';
import { isValue, type Edit } from '../contacts/row-to-edit.js';
import type { TagDirectory } from '../contacts/tags.js';
import { holdsKey, nameKey } from '../contacts/keys.js';
import type { Contact } from '../contacts/types.js';
import { joinProblems, type Hints, type Problem, type Status } from '../model/problem.js';
import { findOptIn } from '../contacts/opt-in.js';
import { guardsOf } from '../contacts/row-guards.js';
import { diff } from './diff.js';
import type { RuleOfField } from '../model/field-rules.js';
import { additionOf } from '../contacts/addition.js';
import { patchBody } from '../contacts/patch-body.js';
import type { PendingChanges } from './pending.js';
import type { PlannedRow } from '../model/events.js';
import type { Changes } from '../model/plan-line.js';
import type { LintMode } from '../contacts/lint-modes.js';

/** How single rows are judged. */
export interface RowRules {
  /** Keys of fields whose differences in form alone are left as they are. */
  skipEquivalent: readonly string[];
  lint: LintMode;
  /** Blanks around a live value are a difference. */
  exact: boolean;
  /** Lets contacts that have opted out be contacted again. */
  allowOptIn: boolean;
}

const NOT_FOUND: Problem = { code: 'not_found', message: 'the API has no such contact' };

/**
 * Decides on one edit. Rows that may end in rejected.csv keep their cells.
 * @param found the live contact, as read
 * @param directory resolves the tags that the contact has
 * @param pending is given what a planned row will make of the contact
 */
export function planRow(
  edit: Edit,
  cells: string[],
  found: ReturnType<Found['get']>,
  pending: PendingChanges,
  rules: RowRules & { fields?: RuleOfField; hints?: Hints | undefined },
  directory?: TagDirectory,
): PlannedRow {
  const { row, line, contactId } = edit;
  const base = { row, line, contact_id: contactId };
  const reject = (status: Status, problems: readonly Problem[], equivalent: string[] = []): PlannedRow => ({
    line: { ...base, status, error: joinProblems(problems, rules.hints), cells },
    equivalent,
    emptyLeft: 0,
  });
  if (!found) return reject('not_found', [NOT_FOUND]);
  if ('problem' in found)
    return reject(found.problem.code === 'not_in_snapshot' ? 'not_found' : 'failed', [found.problem]);
  const live = pending.overlay(contactId, found.contact);
  const { changes, equivalent, emptyLeft, warnings, unseen, conflict } = diff(edit, live, rules.skipEquivalent, rules);
  if (unseen ?? conflict) return reject(unseen ? 'failed' : 'conflict', [(unseen ?? conflict)!], equivalent);
  const made = patchBody(changes, directory);
  if ('problem' in made) return reject('failed', [made.problem], equivalent);
  const { damage, isHeld } = rules.lint === 'off' ? NO_DAMAGE : damageIn(edit, live, changes);
  if (isHeld && rules.lint === 'hold') return reject('held', damage, equivalent);
  const optIn = rules.allowOptIn ? undefined : findOptIn(changes, live);
  if (optIn) return reject('held', [optIn], equivalent);

  const said = [...edit.warnings, ...otherKeys(edit, found.contact), ...warnings, ...damage];
  const after = pending.rowsBehind(contactId, keysOf(edit));
  const planned = Object.keys(changes).length > 0;
  const guards = guardsOf(edit, pending.has(contactId), changes);
  if (planned) pending.add(contactId, row, changes);
  return {
    line: {
      ...base,
      ...(planned ? whoIs(live) : {}),
      status: planned ? 'planned' : 'unchanged',
      ...(planned ? { changes } : {}),
      ...(planned && guards ? { guards } : {}),
      ...(said.length > 0 ? { warnings: said } : {}),
      ...(after.length > 0 ? { after } : {}),
      ...(planned || after.length > 0 ? { cells } : {}),
    },
    equivalent,
    emptyLeft,
  };
}

/** Keys of the fields that the decision rests on. */
function keysOf({ wanted, guards }: Edit): string[] {
  return [...wanted.map(({ field }) => field.key), ...guards.expected.keys()];
}

/** A key is not an edit: what the row has beside the one that names the contact may have been meant as one. */
function otherKeys({ otherKeys }: Edit, contact: Contact): Problem[] {
  return otherKeys
    .filter((key) => !holdsKey(contact, key))
    .map((key) => ({
      code: 'key_not_written',
      field: key.by.key,
      message: `the contact does not have ${nameKey(key)}, which is a key and not written`,
    }));
}

const NO_DAMAGE = { damage: [], isHeld: false };

/** What is damaged in a row, but for what the contact holds already: an export has that too. */
function damageIn(edit: Edit, live: Contact, changes: Changes): { damage: Problem[]; isHeld: boolean } {
  const cells = edit.damage.filter(({ field, cell }) => field === undefined || !isValue(live[field], cell));
  const beside = damageOf(edit, changes);
  const isHeld = beside.length > 0 || cells.some(({ isWarning }) => !isWarning);
  return { damage: [...cells.map(({ problem }) => problem), ...beside], isHeld };
}

function damageOf(edit: Edit, changes: Changes): Problem[] {
  return edit.wanted.flatMap(({ field }) => {
    const change = changes[field.key];
    if (!change) return [];
    // What the contact has already is nobody's edit.
    const { from, to, rule } = change;
    return findDamage(field, from, rule === 'append' ? additionOf(change).join('\n') : to) ?? [];
  });
}
