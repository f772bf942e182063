import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Reserve } from '../core/budget/rate.js';
import { isPipe, isStandardInput, openSource } from '../core/input/standard-input.js';
import type { GuardOptions } from '../core/plan/plan-guards.js';
import { findLatestExport, LATEST_EXPORT } from '../core/run/latest-export.js';
import { findRun, hasSent, newRun, siblingRun, type RunFolder } from '../core/run/run-folder.js';
import {
  newSummary,
  readSummary,
  writeSummary,
  type PlanOptions,
  type RunState,
  type Summary,
} from '../core/run/summary.js';
import { UsageError } from './settings/command-error.js';
import type { Settings } from './settings/options.js';
import { applyRun, assertApplicable, recordDryRun } from '../core/apply.js';
import { assertResumable, resume } from '../core/resume.js';
import { sync } from '../core/sync.js';
import { planUndo } from '../core/undo.js';
import { EXIT, exitCodeOf, type ExitCode } from './exit-codes.js';
import type { Io } from './io.js';
import { runJob } from './run-job.js';
import { printError } from './terminal.js';

/** `sync` and `plan`: a new run from a CSV, `-` being standard input. */
export async function runSync(
  command: 'sync' | 'plan',
  csv: string,
  settings: Settings,
  key: string,
  io: Io,
): Promise<ExitCode> {
  const dryRun = settings.dryRun || command === 'plan';
  refuseTwoWays(settings, settings.snapshot);
  const options = { ...planOptionsOf(settings), snapshot: await snapshotOf(settings, key, io) };
  const file = isStandardInput(csv) || isPipe(csv) ? '-' : path.resolve(csv);
  // A snapshot speaks for the plan alone: what is read again before a write is read as is cheapest.
  const reads = options.snapshot === undefined ? settings.reads : 'auto';
  const job = newJob(command, { path: file, options, dryRun }, settings.runsDir, { ...settings, reads }, key);
  const exitCode = (summary: Summary): ExitCode => {
    const code = exitCodeOf(summary);
    const changes = command === 'plan' && settings.exitCode && summary.writes_planned > 0;
    return code === EXIT.ok && changes ? EXIT.changes : code;
  };
  return runJob({ ...job, io, exitCode }, async (session) => {
    const source = await openSource(csv, session.folder.file('input'), () => io.stdin, session.stop.signal);
    await sync(session, source, { ...options, dryRun });
  });
}

/** `apply <run>`: the guards are those of now, or else those the plan was made with. */
export async function runApply(run: string, settings: Settings, key: string, io: Io): Promise<ExitCode> {
  const job = await jobOn(await findRun(settings.runsDir, run), settings, key);
  job.summary.dry_run = false;
  const { options } = job.summary;
  const guards: GuardOptions = {
    maxChanges: settings.maxChanges ?? options?.maxChanges,
    maxClears: settings.maxClears ?? options?.maxClears,
    strict: settings.strict ?? options?.strict ?? false,
  };
  const code = await runJob({ ...job, io, assert: assertApplicable }, (session) => applyRun(session, guards));
  await noteUndone(job.folder, job.summary);
  return code;
}

export async function runResume(run: string, settings: Settings, key: string, io: Io): Promise<ExitCode> {
  refuseTwoWays(settings);
  const job = await jobOn(await findRun(settings.runsDir, run), settings, key);
  const code = await runJob({ ...job, io, assert: assertResumable }, resume);
  await noteUndone(job.folder, job.summary);
  return code;
}

/** `retry <run>`: the rows that were not applied, planned again in a new run. */
export async function runRetry(run: string, settings: Settings, key: string, io: Io): Promise<ExitCode> {
  refuseTwoWays(settings);
  const parent = await findRun(settings.runsDir, run);
  const before = await readSummary(parent);
  if (before.command === 'undo' && before.parent !== null) {
    return runUndo(siblingRun(parent, before.parent).dir, settings, key, io);
  }
  if (before.options === null || before.state === 'planning' || before.state === 'failed') {
    throw new UsageError(`run ${parent.id} has no rows that ended; start a new run with: contact-sync sync`);
  }
  if (before.state === 'applying' || before.state === 'stopped') {
    throw new UsageError(
      `run ${parent.id} has not finished; continue with: contact-sync resume ${parent.id}, then retry`,
    );
  }
  const options = before.options && { ...before.options, snapshot: undefined };
  const file = parent.file('rejected');
  const of = { path: file, options, reserve: before.reserve, parent: parent.id, dryRun: false };
  const job = newJob('retry', of, path.dirname(parent.dir), settings, key);
  return runJob({ ...job, io, parent: before }, (session) =>
    sync(session, { path: file, name: file }, { ...options, dryRun: false }),
  );
}

/** `undo <run>`: a new run that puts back what a run wrote. */
export async function runUndo(run: string, settings: Settings, key: string, io: Io): Promise<ExitCode> {
  const parent = await findRun(settings.runsDir, run, true);
  const before = await readSummary(parent);
  assertNotUndone(parent, before, run);
  const options = { ...planOptionsOf(settings), base: undefined };
  const of = { path: parent.id, parent: parent.id, options, reserve: before.reserve, dryRun: settings.dryRun };
  const job = newJob('undo', of, path.dirname(parent.dir), settings, key);
  if (!(await hasSent(parent))) {
    throw new UsageError(`run ${parent.id} (${before.state}) sent nothing, so there is nothing to undo`);
  }
  const code = await runJob({ ...job, io, parent: before }, async (session) => {
    await planUndo(session, parent);
    if (settings.dryRun) await recordDryRun(session, options);
    // Others may write as well: what is put back is read again just ahead of it.
    else await applyRun(session, options);
  });
  await noteUndone(job.folder, job.summary);
  return code;
}

/**
 * Undoing twice must not make the change again.
 * @param run as it was named: `latest` after an undo is the undo itself
 * @throws UsageError naming the undo, which can be undone in turn
 */
function assertNotUndone(folder: RunFolder, summary: Summary, run: string): void {
  if (run === 'latest' && summary.command === 'undo' && summary.parent !== null) {
    const done =
      summary.exit_code === EXIT.ok ? 'has already been undone' : 'has already been undone, though not in full,';
    const rest = summary.exit_code === EXIT.ok ? '' : `retry the rest with: contact-sync retry ${folder.id}; `;
    throw new UsageError(
      `run ${summary.parent} ${done} by run ${folder.id}; ${rest}undo the undo with: contact-sync undo ${folder.id}`,
    );
  }
  if (summary.state !== 'undone') return;
  const { undone_by: by } = summary;
  const advice = by === null ? '' : ` by run ${by}; undo the undo with: contact-sync undo ${by}`;
  throw new UsageError(`run ${folder.id} has already been undone${advice}`);
}

/** A run that was put back in full is `undone`; one whose undoing was undone is `done` again. */
async function noteUndone(folder: RunFolder, { run_id, command, parent, exit_code, dry_run }: Summary): Promise<void> {
  if (command !== 'undo' || parent === null || exit_code !== EXIT.ok || dry_run) return;
  const undone = await noteState(siblingRun(folder, parent), 'undone', run_id);
  if (undone?.command !== 'undo' || undone.parent === null) return;
  await noteState(siblingRun(folder, undone.parent), 'done', null);
}

/** @returns the run's summary; undefined where the run was deleted since */
async function noteState(folder: RunFolder, state: RunState, undone_by: string | null): Promise<Summary | undefined> {
  if (!existsSync(folder.file('summary'))) return undefined;
  const summary = { ...(await readSummary(folder)), state, undone_by };
  await writeSummary(folder.file('summary'), summary);
  return summary;
}

function newJob(
  command: string,
  of: { path: string; options: PlanOptions; reserve?: Reserve; parent?: string; dryRun: boolean },
  runsDir: string,
  settings: Settings,
  key: string,
) {
  const started = new Date();
  const folder = newRun(runsDir, started);
  return { folder, summary: newSummary(folder.id, command, started, of), isNew: true, settings, key };
}

async function jobOn(folder: RunFolder, settings: Settings, key: string) {
  return { folder, summary: await readSummary(folder), isNew: false, settings, key };
}

function planOptionsOf(settings: Settings): PlanOptions {
  const { map, ignoreUnknownColumns, delimiter, empty, nullToken, idFormat, lint } = settings;
  const { skipEquivalent, allowOptIn, duplicates, maxChanges, maxClears, strict } = settings;
  return {
    ...{ map, ignoreUnknownColumns, delimiter, empty, nullToken, idFormat, lint },
    ...{ skipEquivalent, allowOptIn, duplicates, maxChanges, maxClears },
    strict: strict ?? false,
    base: settings.base === undefined ? undefined : path.resolve(settings.base),
    snapshot: undefined,
  };
}

/**
 * Current values are read in one way: where two are named, which one is meant cannot be guessed.
 * @param snapshot for the verbs that take one
 * @throws UsageError naming both flags
 */
function refuseTwoWays({ reads, mirror }: Settings, snapshot?: string): void {
  const named = [
    ...(snapshot === undefined ? [] : ['--snapshot']),
    ...(mirror ? ['--mirror'] : []),
    ...(reads === 'auto' || (reads === 'snapshot' && snapshot !== undefined) ? [] : [`--reads ${reads}`]),
  ];
  if (named.length < 2) return;
  throw new UsageError(`${named.join(' and ')} contradict each other: each says how current values are read; name one`);
}

async function snapshotOf(
  { snapshot, reads, runsDir, baseUrl }: Settings,
  key: string,
  io: Io,
): Promise<string | undefined> {
  if (snapshot !== LATEST_EXPORT && (snapshot !== undefined || reads !== 'snapshot')) {
    return snapshot === undefined ? undefined : path.resolve(snapshot);
  }
  const { file, filter, complete } = await findLatestExport(runsDir, { baseUrl, key });
  const lacks = 'rows about contacts that it lacks end as not_found';
  if (filter.length > 0) {
    const filters = filter.map((text) => `--filter "${text}"`).join(' ');
    printError(io, `warning: the latest export, ${file}, holds only what ${filters} let through; ${lacks}`);
  }
  if (!complete)
    printError(io, `warning: the latest export, ${file}, may lack contacts, as its own message said; ${lacks}`);
  return file;
}
