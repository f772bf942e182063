import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import type { Traffic } from '../api/client.js';
import type { ReadChoice } from '../current/choose-reads.js';
import type { ExitCode } from '../exit.js';
import { STATUSES, type Status } from '../problem.js';

/** How far a run has come. `refused` and `stopped` sent nothing or not all. */
export type RunState = 'planning' | 'planned' | 'applying' | 'done' | 'stopped' | 'refused' | 'failed';

/** summary.json, and what `--json` prints. Times are ISO, durations seconds. */
export interface Summary {
  run_id: string;
  command: string;
  state: RunState;
  input: { path: string; sha256: string; bytes: number; rows: number };
  /** Rows by status. */
  counts: Record<Status, number>;
  /** Changes in the plan, by field. */
  changes: Record<string, number>;
  /** Fields that differ only in form, by field: each is a change, unless `--skip-equivalent`. */
  equivalent: Record<string, number>;
  /** Rows whose answer showed other values than those meant. */
  not_kept: number;
  reads: ReadChoice | null;
  /** What the plan's writes cost. */
  writes_planned: number;
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

export function newSummary(runId: string, command: string, startedAt: Date): Summary {
  return {
    run_id: runId,
    command,
    state: 'planning',
    input: { path: '', sha256: '', bytes: 0, rows: 0 },
    counts: Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>,
    changes: {},
    equivalent: {},
    not_kept: 0,
    reads: null,
    writes_planned: 0,
    calls: { schema: 0, tags: 0, me: 0, list: 0, get: 0, patch: 0, total: 0 },
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

/** This package's version, from its package.json. */
export function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Replaces the file in one step, so that a crash leaves the old one or the new one. */
export async function writeSummary(path: string, summary: Summary): Promise<void> {
  const next = `${path}.next`;
  const file = await open(next, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(summary, null, 2) + '\n');
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(next, path);
}
