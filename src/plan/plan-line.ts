import type { FieldValue } from '../edit/values.js';
import type { Problem, Status } from '../problem.js';

/** One field's way from the live value to the value meant. Tags are names. */
export interface Change {
  from: FieldValue;
  to: FieldValue;
}

/** By field key. */
export type Changes = Record<string, Change>;

/** One line of plan.ndjson: what is to become of one CSV record. */
export interface PlanLine {
  /** Data records count from 1. */
  row: number;
  /** The physical line where the record starts. */
  line: number;
  contact_id: string | null;
  /** `planned`, or an end that needs no request. */
  status: Status;
  changes?: Changes;
  error?: Problem;
  warnings?: Problem[];
  /** Earlier rows for the same contact on whose values this row was decided: should one fail, this row is a conflict. */
  after?: number[];
  /** The record's original cells, where rejected.csv may need them. */
  cells?: string[];
}
