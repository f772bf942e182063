import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { noTraffic, type Traffic } from '../api/traffic.js';
import type { ReadChoice } from '../current/choose-reads.js';
import { UsageError, type ExitCode } from '../exit.js';
import { NO_RESERVE, type Reserve } from '../budget/rate.js';
import type { DuplicateMode } from '../input/last-rows.js';
import type { CsvOptions } from '../input/survey.js';
import type { GuardOptions } from '../plan/limits.js';
import type { RowRules } from '../plan/plan-row.js';
import { STATUSES, type Status } from '../problem.js';
import { replaceFile } from './replace-file.js';
import type { RejectedFormat } from './rejected.js';
import type { RunFolder } from './run-folder.js';

/**
 * How far a run has come. `refused`: a guard held all of it back. `stopped`: it can be resumed. `failed`: it ended
 * before anything was sent. `undone`: another run put everything back.
 */
export type RunState = 'planning' | 'planned' | 'applying' | 'done' | 'stopped' | 'refused' | 'failed' | 'undone';

/** How the plan was asked for, kept so that `resume` and `retry` plan alike. */
export interface PlanOptions extends CsvOptions, RowRules, GuardOptions {
  duplicates: DuplicateMode;
  /** Path of the export that the file was made from. */
  base: string | undefined;
  /** Path of a file to plan from without reading. */
  snapshot: string | undefined;
}

/** summary.json, and what `--json` prints. Times are ISO, durations seconds. */
export interface Summary {
  run_id: string;
  command: string;
  /** Nothing is to be written: the run ends with its plan. */
  dry_run: boolean;
  /** The run that this one retries or undoes. */
  parent: string | null;
  state: RunState;
  /** The process at work on it, as long as it is. */
  pid: number | null;
  input: { path: string; sha256: string; bytes: number; rows: number } & RejectedFormat;
  options: PlanOptions | null;
  /** What is left to others: verbs upon this run leave it as well. */
  reserve: Reserve;
  /** Rows by status. */
  counts: Record<Status, number>;
  /** Changes in the plan, by field. */
  changes: Record<string, number>;
  /** What people call the custom fields among them. */
  labels: Record<string, string>;
  /** The same by field and kind: filled, replaced, cleared. */
  kinds: Record<string, number>;
  /** Fields that differ only in form, by field: each is a change, unless `--skip-equivalent`. */
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
  estimate: { seconds: number | null; ends_at: string | null; rereads: number };
  /** Values that the plan clears. */
  clears_planned: number;
  /** Rows that the plan neither writes nor leaves unchanged. */
  rejected_planned: number;
  /** When the plan's values began to be read. */
  planned_at: string | null;
  calls: Traffic['calls'] & { total: number };
  retries: number;
  rate_limited: number;
  waited_seconds: number;
  started_at: string;
  ended_at: string | null;
  exit_code: ExitCode | null;
  error: string | null;
  versions: { contact_sync: string; node: string };
}

/** @param of what the run is made from: a CSV and how it is read, or another run */
export function newSummary(
  runId: string,
  command: string,
  startedAt: Date,
  of: { path?: string; options?: PlanOptions; reserve?: Reserve; parent?: string; dryRun: boolean },
): Summary {
  return {
    run_id: runId,
    command,
    dry_run: of.dryRun,
    parent: of.parent ?? null,
    state: 'planning',
    pid: process.pid,
    input: { path: of.path ?? '', sha256: '', bytes: 0, rows: 0, header: [], delimiter: ',', bom: false },
    options: of.options ?? null,
    reserve: of.reserve ?? NO_RESERVE,
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
    calls: { ...noTraffic().calls, total: 0 },
    retries: 0,
    rate_limited: 0,
    waited_seconds: 0,
    started_at: startedAt.toISOString(),
    ended_at: null,
    exit_code: null,
    error: null,
    versions: { contact_sync: version(), node: process.versions.node },
  };
}

export function noCounts(): Record<Status, number> {
  return Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
}

/** This package's version, from its package.json. */
export function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** @throws UsageError where the run has no summary that can be read */
export async function readSummary(folder: RunFolder): Promise<Summary> {
  try {
    const stored = JSON.parse(await readFile(folder.file('summary'), 'utf8')) as Partial<Summary>;
    // Runs of an earlier version do not tell what they left to others.
    return { reserve: NO_RESERVE, ...stored } as Summary;
  } catch (cause) {
    throw new UsageError(`${folder.file('summary')} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

export function writeSummary(path: string, summary: Summary): Promise<void> {
  return replaceFile(path, JSON.stringify(summary, null, 2) + '\n');
}
