import { sheetRow } from '../core/report/format.js';
import type { ChangeEntry, NameEntry, ProblemEntry, ReportData, RowEntry } from '../core/report/report-data.js';
import type { Status } from '../core/model/problem.js';
import type { FieldValue } from '../core/model/values.js';

/** A row of the table. */
export interface Row {
  row: number;
  line: number;
  contactId: string | null;
  name: string;
  status: Status;
  changes: readonly ChangeEntry[];
  error: ProblemEntry | null;
  warnings: readonly ProblemEntry[];
  httpStatus: number;
  attempts: number;
  durationMs: number;
  /** Epoch milliseconds; 0 where it has not ended. */
  at: number;
  /** All that a search looks through, in lower case. */
  text: string;
}

/** Rows in the order of the file. */
export function toRows(entries: readonly RowEntry[], names: readonly NameEntry[], data: ReportData): Row[] {
  const nameOf = new Map(names);
  return entries.map((entry) => toRow(entry, nameOf.get(entry[0]) ?? '', data)).sort((a, b) => a.row - b.row);
}

function toRow(entry: RowEntry, name: string, { fields }: ReportData): Row {
  const [row, line, contactId, status, changes, error, warnings, httpStatus, attempts, durationMs, at] = entry;
  const said = changes.map(([field, from, to]) => `${fields[field]?.label}\n${textOf(from)}\n${textOf(to)}`);
  const problems = [...(error ? [error] : []), ...warnings].map(([code, message]) => `${code}\n${message}`);
  const text = [sheetRow(row), contactId ?? '', name, ...said, ...problems].join('\n').toLowerCase();
  return { row, line, contactId, name, status, changes, error, warnings, httpStatus, attempts, durationMs, at, text };
}

/** A value on one line; nothing for an empty one. */
export function textOf(value: FieldValue): string {
  if (Array.isArray(value)) return value.join(', ');
  return value === null ? '' : String(value);
}
