import { noCalls, type Calls } from '../model/calls.js';
import type { Estimate } from '../model/events.js';
import { SyncError, type ErrorCode } from '../model/errors.js';
import { NO_RESERVE, type Reserve } from '../budget/rate.js';
import type { CsvOptions } from '../input/survey.js';
import type { GuardOptions } from '../plan/plan-guards.js';
import type { RowRules } from '../plan/plan-row.js';
import { isRejected, STATUSES, type Status } from '../model/problem.js';
import { FORMAT } from '../disk/ndjson.js';
import { version } from '../model/version.js';
import type { PlanDigest } from './plan-file.js';
import type { InputFormat } from './row-file.js';
import type { RunState } from './state.js';
import type { Target } from './target.js';
import { WRITE_GUARDS, type WriteGuards } from './write-guards.js';
import type { ReadChoice } from '../model/read-choice.js';
import type { DuplicateMode } from '../input/duplicate-modes.js';

/** How the plan was asked for, kept so that `resume` and `retry` plan alike. */
export interface PlanOptions extends CsvOptions, RowRules, GuardOptions {
  duplicates: DuplicateMode;
  /** Path of the export that the file was made from. */
  base: string | undefined;
  /** Path of a file to plan from without reading. */
  snapshot: string | undefined;
}

/** summary.json. Times are ISO, durations seconds. */
export interface Summary {
  /** Of all files of the run; other formats are refused. */
  format: typeof FORMAT;
  run_id: string;
  command: string;
  /** Nothing is to be written: the run ends with its plan. */
  dry_run: boolean;
  /** The run that this one retries or undoes. */
  parent: string | null;
  state: RunState;
  /** Whose contacts the run is about; null until that is known, before any other call. */
  target: Target | null;
  /** The run that put everything back, where the state is `undone`. */
  undone_by: string | null;
  /** The process at work on it, as long as it is. */
  pid: number | null;
  input: { path: string; sha256: string; bytes: number; rows: number } & InputFormat;
  /** The complete plan: plan.ndjson is refused where it is not this. `sha256` is empty until then. */
  plan: PlanDigest;
  /** What names the plan where it is approved, as `digestOf` gives it; null until it is complete. */
  digest: string | null;
  /** Rows whose contact was taken out of the run's files since; absent: none. */
  forgotten?: number;
  /** When its values were taken out of its files, ISO; absent: they were not. */
  purged_at?: string;
  /** When the first request could be sent; null: nothing was sent. */
  began_at: string | null;
  options: PlanOptions | null;
  /** What is left to others: verbs upon this run leave it as well. */
  reserve: Reserve;
  /** What its plan was made to be watched with; part of what is approved. */
  planned_guards: WriteGuards;
  /** What is watched while it writes. */
  write_guards: WriteGuards;
  /** Rows by status. */
  counts: Record<Status, number>;
  /** Changes in the plan, by field. */
  changes: Record<string, number>;
  /** What people call the custom fields among them. */
  labels: Record<string, string>;
  /** The same by field and kind: filled, replaced, cleared. */
  kinds: Record<string, number>;
  /** Fields that differ only in form, by field: each is a change, unless it is to be skipped. */
  equivalent: Record<string, number>;
  /** Empty cells of rows planned or unchanged, where the contact has a value that is left alone. */
  empty_cells_left: number;
  /** Rows whose answer showed other values than those meant. */
  not_kept: number;
  reads: ReadChoice | null;
  /** What the plan's writes cost. */
  writes_planned: number;
  /**
   * What the limit lets those take, as it stood when the plan was made; null where it leaves no room for them. Calls
   * that read contacts again just before are among them.
   */
  estimate: Estimate;
  /** Values that the plan clears. */
  clears_planned: number;
  /** Rows that the plan neither writes nor leaves unchanged. */
  rejected_planned: number;
  /** When the plan's values began to be read. */
  planned_at: string | null;
  calls: Calls;
  retries: number;
  rate_limited: number;
  waited_seconds: number;
  started_at: string;
  ended_at: string | null;
  /** What the process exited with; null where a program made the run. */
  exit_code: number | null;
  error: string | null;
  /** What kind of error that is, for scripts; null also where it is none of ours. */
  error_code: ErrorCode | null;
  versions: { contact_sync: string; node: string };
}

/** What a new run is made from: a CSV and how it is read, or another run. */
export interface RunOrigin {
  path?: string;
  options?: PlanOptions;
  reserve?: Reserve;
  writeGuards?: WriteGuards;
  parent?: string;
  dryRun: boolean;
}

/** The process that works on a run. */
export interface Owner {
  pid: number;
  /** Node's, such as `v20.19.0`. */
  version: string;
}

export function newSummary(runId: string, command: string, startedAt: Date, owner: Owner, of: RunOrigin): Summary {
  return {
    format: FORMAT,
    run_id: runId,
    command,
    dry_run: of.dryRun,
    parent: of.parent ?? null,
    state: 'planning',
    target: null,
    undone_by: null,
    pid: owner.pid,
    input: { path: of.path ?? '', sha256: '', bytes: 0, rows: 0, header: [], delimiter: ',', bom: false },
    plan: noPlan(),
    digest: null,
    began_at: null,
    options: of.options ?? null,
    reserve: of.reserve ?? NO_RESERVE,
    planned_guards: of.writeGuards ?? WRITE_GUARDS,
    write_guards: of.writeGuards ?? WRITE_GUARDS,
    counts: noCounts(),
    changes: {},
    labels: {},
    kinds: {},
    equivalent: {},
    empty_cells_left: 0,
    not_kept: 0,
    reads: null,
    writes_planned: 0,
    estimate: { seconds: 0, ends_at: null, rereads: 0 },
    clears_planned: 0,
    rejected_planned: 0,
    planned_at: null,
    calls: noCalls(),
    retries: 0,
    rate_limited: 0,
    waited_seconds: 0,
    started_at: startedAt.toISOString(),
    ended_at: null,
    exit_code: null,
    error: null,
    error_code: null,
    versions: { contact_sync: version(), node: owner.version.replace(/^v/, '') },
  };
}

export function noCounts(): Record<Status, number> {
  return Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
}

/** What a plan is before it is complete. */
export function noPlan(): PlanDigest {
  return { rows: 0, planned: 0, sha256: '' };
}

/** @throws SyncError where a row of the plan has no result: a run is not done before */
export function assertComplete({ counts, input, plan }: Summary): void {
  const results = STATUSES.reduce((sum, status) => sum + counts[status], 0);
  if (results === plan.rows && results === input.rows) return;
  throw new SyncError('run_incomplete', { results, rows: input.rows, planned: plan.rows });
}

/**
 * Whether every row of a run that finished is as the CSV says (or planned to be). A value that the API accepted and did
 * not keep is not.
 */
export function isFulfilled({ counts, not_kept }: Readonly<Summary>): boolean {
  return not_kept === 0 && STATUSES.every((status) => !isRejected(status) || counts[status] === 0);
}
