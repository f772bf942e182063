import type { ResultLine } from '../model/outcome.js';
import { changeKind, type Change } from '../model/plan-line.js';
import { isRejected, type Problem, type Status } from '../model/problem.js';
import { noCounts } from '../run/summary.js';
import { Timeline } from './timeline.js';

/** Kinds of problems told one by one: codes and fields are few, but a file may hold anything. */
const MAX_REASONS = 200;

/** Changes of one field. */
export interface FieldTally {
  filled: number;
  replaced: number;
  cleared: number;
  /** Of rows that were not applied; the others are written, or planned where nothing was sent. */
  notApplied: number;
}

/** Rows with the same problem. */
export interface Reason {
  status: Status;
  code: string;
  field: string;
  rows: number;
  /** The first row's message. */
  example: string;
}

/** One row as it stands: how it ended, or what is planned for it. */
export type ReportRow = Omit<ResultLine, 'at'> & { at?: string };

/** What all rows come to, in memory that does not grow with them. */
export class Tally {
  readonly counts = noCounts();
  readonly fields = new Map<string, FieldTally>();
  readonly timeline = new Timeline();
  readonly #errors = new Reasons();
  readonly #warnings = new Reasons();

  add(row: ReportRow): void {
    const { status, changes = {}, error, warnings = [], at } = row;
    this.counts[status]++;
    if (at !== undefined) this.timeline.add(status, Date.parse(at));
    for (const [key, change] of Object.entries(changes)) this.#countChange(key, change, status);
    if (error) this.#errors.add(status, error);
    for (const warning of warnings) this.#warnings.add(status, warning);
  }

  /** Why rows were not applied, most frequent first. */
  get errors(): Reason[] {
    return this.#errors.sorted();
  }

  /** What rows were warned of, most frequent first. */
  get warnings(): Reason[] {
    return this.#warnings.sorted();
  }

  #countChange(key: string, change: Change, status: Status): void {
    const counts = this.fields.get(key) ?? { filled: 0, replaced: 0, cleared: 0, notApplied: 0 };
    this.fields.set(key, counts);
    if (isRejected(status)) counts.notApplied++;
    else counts[changeKind(change)]++;
  }
}

class Reasons {
  readonly #byKind = new Map<string, Reason>();

  add(status: Status, { code, field = '', message }: Problem): void {
    const kind = JSON.stringify([status, code, field]);
    const isRoom = this.#byKind.has(kind) || this.#byKind.size < MAX_REASONS;
    if (isRoom) this.#count(kind, { status, code, field, rows: 0, example: message });
    else this.#count(status, { status, code: 'other', field: '', rows: 0, example: message });
  }

  sorted(): Reason[] {
    return [...this.#byKind.values()].sort((a, b) => b.rows - a.rows);
  }

  #count(kind: string, fresh: Reason): void {
    const reason = this.#byKind.get(kind) ?? fresh;
    this.#byKind.set(kind, reason);
    reason.rows++;
  }
}
