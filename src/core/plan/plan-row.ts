import { whoIs } from '../contacts/contact-name.js';
import type { Found } from '../read/reader.js';
import { findDamage, formulaError } from '../contacts/lint.js';
import type { Edit } from '../contacts/row-to-edit.js';
import type { TagDirectory } from '../contacts/tags.js';
import { holdsKey, nameKey } from '../contacts/keys.js';
import { cleanText } from '../model/values.js';
import type { Contact } from '../contacts/types.js';
import { joinProblems, type Hints, type Problem, type Status } from '../model/problem.js';
import { findOptIn } from '../contacts/opt-in.js';
import { guardsOf } from '../contacts/row-guards.js';
import { diff } from './diff.js';
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
  /** Lets contacts that have opted out be contacted again. */
  allowOptIn: boolean;
}

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
  rules: RowRules & { hints?: Hints | undefined },
  directory?: TagDirectory,
): PlannedRow {
  const { row, line, contactId } = edit;
  const base = { row, line, contact_id: contactId };
  const reject = (status: Status, problems: readonly Problem[], equivalent: string[] = []): PlannedRow => ({
    line: { ...base, status, error: joinProblems(problems, rules.hints), cells },
    equivalent,
    emptyLeft: 0,
  });
  if (found === undefined) return reject('not_found', [{ code: 'not_found', message: 'the API has no such contact' }]);
  // A snapshot that lacks the contact says nothing of the API, but the row ends either way.
  if ('problem' in found)
    return reject(found.problem.code === 'not_in_snapshot' ? 'not_found' : 'failed', [found.problem]);

  const live = pending.overlay(contactId, found.contact);
  const { changes, equivalent, emptyLeft, warnings, unseen, conflict } = diff(edit, live, rules.skipEquivalent);
  if (unseen ?? conflict) return reject(unseen ? 'failed' : 'conflict', [(unseen ?? conflict)!], equivalent);
  const made = patchBody(changes, directory);
  if ('problem' in made) return reject('failed', [made.problem], equivalent);
  const damage = rules.lint === 'off' ? [] : [...newErrors(edit, live), ...damageOf(edit, changes)];
  if (damage.length > 0 && rules.lint === 'hold') return reject('held', damage, equivalent);
  const optIn = rules.allowOptIn ? undefined : findOptIn(changes, live);
  if (optIn) return reject('held', [optIn], equivalent);

  const said = [...edit.warnings, ...otherKeys(edit, found.contact), ...warnings, ...damage];
  const keys = [...edit.wanted.map((wanted) => wanted.field.key), ...edit.guards.expected.keys()];
  const after = pending.rowsBehind(contactId, keys);
  const planned = Object.keys(changes).length > 0;
  const guards = guardsOf(edit, pending.has(contactId));
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

/** The errors of formulas in a row, but for those that the contact holds already: an export has them too. */
function newErrors({ damage }: Edit, live: Contact): Problem[] {
  return damage.filter(({ field = '', message }) => {
    const value = live[field];
    const held = typeof value === 'string' ? formulaError(cleanText(value)) : undefined;
    return held === undefined || !message.endsWith(held);
  });
}

function damageOf(edit: Edit, changes: Changes): Problem[] {
  return edit.wanted.flatMap(({ field }) => {
    const change = changes[field.key];
    return (change && findDamage(field, change.from, change.to)) ?? [];
  });
}
