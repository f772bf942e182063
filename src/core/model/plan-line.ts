import { isEmpty, type FieldValue } from './values.js';
import type { FieldRule } from './field-rules.js';
import type { Problem, Status } from './problem.js';

/** One field's way from the live value to the value meant. Tags are names. */
export interface Change {
  from: FieldValue;
  to: FieldValue;
  /** The rule by which it is judged again before it is written, and undone; absent: the value is replaced. */
  rule?: Extract<FieldRule, 'fill' | 'append'>;
}

/** How a value changes: the contact had none, another one, or is to have none. */
export type ChangeKind = 'filled' | 'replaced' | 'cleared';

export function changeKind({ from, to }: Change): ChangeKind {
  if (isEmpty(to)) return 'cleared';
  return isEmpty(from) ? 'filled' : 'replaced';
}

/** By field key. */
export type Changes = Record<string, Change>;

/** What a row says that the contact must be like, or it is left alone. */
export interface RowGuards {
  /** ISO time after which it must not have been changed. */
  updated_at?: string;
  /** Values by field key. */
  expected?: Record<string, FieldValue>;
  /** The field and value that the row named the contact by: one that no longer has it is another one. */
  key?: { field: string; value: FieldValue };
}

/** One line of plan.ndjson: what is to become of one CSV record. */
export interface PlanLine {
  /** Data records count from 1. */
  row: number;
  /** The physical line where the record starts. */
  line: number;
  contact_id: string | null;
  /** What people call the contact, of a row that changes it. */
  who?: string;
  /** `planned`, or an end that needs no request. */
  status: Status;
  changes?: Changes;
  /** Held against the contact again where it is read again. */
  guards?: RowGuards;
  error?: Problem;
  warnings?: Problem[];
  /** Earlier rows for the same contact on whose values this row was decided: should one fail, this row is a conflict. */
  after?: number[];
  /** The record's original cells, where rejected.csv may need them. */
  cells?: string[];
  /** The contact was taken out of the run since: nothing of the row is left but how it ended. */
  forgotten?: true;
}
