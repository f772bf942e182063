import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { noTraffic, type Traffic } from '../model/traffic.js';
import { SyncError } from '../model/errors.js';
import { NO_RESERVE, type Reserve } from '../budget/rate.js';
import type { DuplicateMode } from '../input/last-rows.js';
import type { CsvOptions } from '../input/survey.js';
import type { GuardOptions } from '../plan/plan-guards.js';
import type { RowRules } from '../plan/plan-row.js';
import { STATUSES, type Status } from '../model/problem.js';
import { replaceFile } from '../disk/replace-file.js';
import { assertFormat, FORMAT } from '../disk/ndjson.js';
import type { PlanDigest } from './plan-file.js';
import type { RejectedFormat } from './rejected.js';
import type { RunFolder } from './run-folder.js';
import type { Target } from './target.js';
import type { ReadChoice } from '../model/read-choice.js';

const STATES = ['planning', 'planned', 'applying', 'done', 'stopped', 'refused', 'failed', 'undone'] as const;

/**
 * How far a run has come. `refused`: a guard held all of it back. `stopped`: it can be resumed. `failed`: it ended
 * before anything was sent. `undone`: another run put everything back.
 */
export type RunState = (typeof STATES)[number];

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
  input: { path: string; sha256: string; bytes: number; rows: number } & RejectedFormat;
  /** The complete plan: plan.ndjson is refused where it is not this. `sha256` is empty until then. */
  plan: PlanDigest;
  /** When the first request could be sent; null: nothing was sent. */
  began_at: string | null;
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
  /** As the program that made the run has ended; null until then. */
  exit_code: number | null;
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
    format: FORMAT,
    run_id: runId,
    command,
    dry_run: of.dryRun,
    parent: of.parent ?? null,
    state: 'planning',
    target: null,
    undone_by: null,
    pid: process.pid,
    input: { path: of.path ?? '', sha256: '', bytes: 0, rows: 0, header: [], delimiter: ',', bom: false },
    plan: noPlan(),
    began_at: null,
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
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** What a plan is before it is complete. */
export function noPlan(): PlanDigest {
  return { rows: 0, planned: 0, sha256: '' };
}

const count = z.int().min(0);

/** What the verbs rest on. The rest is for people and scripts. */
const stored = z.looseObject({
  run_id: z.string(),
  command: z.string(),
  dry_run: z.boolean(),
  parent: z.string().nullable(),
  state: z.enum(STATES),
  pid: z.number().nullable(),
  target: z
    .object({
      base_url: z.string(),
      api_prefix: z.string(),
      organisation: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
      key_fingerprint: z.string(),
    })
    .nullable(),
  undone_by: z.string().nullable(),
  plan: z.object({ rows: count, planned: count, sha256: z.string() }),
  began_at: z.string().nullable(),
  input: z.looseObject({
    path: z.string(),
    sha256: z.string(),
    rows: count,
    header: z.array(z.string()),
    delimiter: z.string(),
    bom: z.boolean(),
  }),
  options: z.looseObject({}).nullable(),
  counts: z.record(z.string(), count),
  changes: z.record(z.string(), count),
  kinds: z.record(z.string(), count),
  labels: z.record(z.string(), z.string()),
  calls: z.record(z.string(), count),
  writes_planned: count,
  clears_planned: count,
  rejected_planned: count,
  started_at: z.iso.datetime(),
});

/** @throws SyncError where the run has no summary that can be read, or one of another run or format */
export async function readSummary(folder: RunFolder): Promise<Summary> {
  const file = folder.file('summary');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const { code: errno = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new SyncError('file_unreadable', { file, errno }, { cause });
  }
  const summary = parseSummary(text, file);
  if (summary.run_id === folder.id) return summary;
  throw new SyncError('not_a_run', { dir: folder.dir, run: summary.run_id });
}

function parseSummary(text: string, file: string): Summary {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SyncError('file_damaged', { file, detail: 'is not JSON' }, { cause });
  }
  assertFormat(value, file);
  const parsed = stored.safeParse(value);
  if (parsed.success) return parsed.data as unknown as Summary;
  const { path, message } = parsed.error.issues[0]!;
  throw new SyncError('file_damaged', { file, detail: `is not as expected: ${path.join('.')}: ${message}` });
}

export function writeSummary(path: string, summary: Summary): Promise<void> {
  return replaceFile(path, JSON.stringify(summary, null, 2) + '\n');
}
