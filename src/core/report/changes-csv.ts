import type { OpenedRun } from '../open-run.js';
import type { FieldValue } from '../model/values.js';
import { readRows } from './read-rows.js';

const HEADER = ['row', 'line', 'contact_id', 'field', 'from', 'to', 'status'];

/**
 * The changes of a run as records of a CSV, header first: one for each field of a row that was written or is planned, and
 * of a row that was not applied. Cells are safe to open in a spreadsheet.
 * @throws SyncError where the run's files are damaged
 */
export async function* changesAsCsv(run: OpenedRun): AsyncGenerator<readonly string[]> {
  const { labels } = run.summary;
  yield HEADER;
  for await (const { row, line, contact_id, status, changes = {} } of readRows(run)) {
    for (const [key, { from, to }] of Object.entries(changes)) {
      const cells = [contact_id ?? '', labels[key] ?? key, textOf(from), textOf(to)].map(guardFormula);
      yield [String(row), String(line), ...cells, status];
    }
  }
}

/** A value as a cell of the input has it: lists with `;`, nothing for an empty value. */
function textOf(value: FieldValue): string {
  if (Array.isArray(value)) return value.join(';');
  return value === null ? '' : String(value);
}

/** What a spreadsheet would take for a formula, or a phone number for a sum, gets an apostrophe. Numbers stay numbers. */
export function guardFormula(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) && !/^-?\d+(\.\d+)?$/.test(cell) ? `'${cell}` : cell;
}
