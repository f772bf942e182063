import type { Edit } from '../edit/row-to-edit.js';
import type { Found } from '../current/reader.js';
import { diff } from './diff.js';
import type { PendingChanges } from './pending.js';
import type { PlanLine } from './plan-line.js';

/** What the plan says of a row, and which of its fields differ only in form. */
export interface PlannedRow {
  line: PlanLine;
  equivalent: string[];
}

/**
 * Decides on one edit. Rows that may end in rejected.csv keep their cells.
 * @param found the live contact, as read
 */
export function planRow(
  edit: Edit,
  cells: string[],
  found: ReturnType<Found['get']>,
  pending: PendingChanges,
  skipEquivalent: ReadonlySet<string>,
): PlannedRow {
  const { row, line, contactId } = edit;
  const base = { row, line, contact_id: contactId };
  if (found === undefined) {
    const error = { code: 'not_found', message: 'the API has no such contact' };
    return { line: { ...base, status: 'not_found', error, cells }, equivalent: [] };
  }
  if ('problem' in found) return { line: { ...base, status: 'failed', error: found.problem, cells }, equivalent: [] };
  const { changes, equivalent, warnings, conflict } = diff(
    edit,
    pending.overlay(contactId, found.contact),
    skipEquivalent,
  );
  const said = warnings.length > 0 ? { warnings } : {};
  if (conflict) return { line: { ...base, status: 'conflict', error: conflict, ...said, cells }, equivalent };
  const keys = [...edit.wanted.map((wanted) => wanted.field.key), ...edit.guards.expected.keys()];
  const after = pending.rowsBehind(contactId, keys);
  const behind = after.length > 0 ? { after } : {};
  if (Object.keys(changes).length === 0) {
    return {
      line: { ...base, status: 'unchanged', ...said, ...behind, ...(after.length > 0 ? { cells } : {}) },
      equivalent,
    };
  }
  pending.add(contactId, row, changes);
  return { line: { ...base, status: 'planned', changes, ...said, ...behind, cells }, equivalent };
}
