import type { Status } from '../model/problem.js';
import type { FieldValue } from '../model/values.js';

/** What the page is handed, in blocks of gzipped JSON. It imports these types; both sides must agree on them. */

/** `field` is an index into `ReportData.fields`. */
export type ChangeEntry = readonly [field: number, from: FieldValue, to: FieldValue];
export type ProblemEntry = readonly [code: string, message: string, field: string];

/** One row of the run. Numbers are 0 where nothing is known, `at` is in epoch milliseconds. */
export type RowEntry = readonly [
  row: number,
  line: number,
  contactId: string | null,
  status: Status,
  changes: readonly ChangeEntry[],
  error: ProblemEntry | null,
  warnings: readonly ProblemEntry[],
  httpStatus: number,
  attempts: number,
  durationMs: number,
  at: number,
];

/** Who a row is about, as its cells say. */
export type NameEntry = readonly [row: number, name: string];

export interface ReportData {
  fields: readonly { key: string; label: string }[];
  /** The curve of the chart, for the reading under the pointer; undefined where there is none. */
  chart: ChartData | undefined;
  /** Rows for which the table had no room. */
  leftOut: number;
}

export interface ChartData {
  /** Epoch milliseconds. */
  start: number;
  /** Of one bucket, milliseconds. */
  width: number;
  /** Rows that ended in each bucket. */
  buckets: readonly { updated: number; unchanged: number; rejected: number; waited: number }[];
}

/** What a block of data in the page holds. */
export type BlockKind = 'rows' | 'names' | 'data';
