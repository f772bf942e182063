import { lstat, rm } from 'node:fs/promises';
import path from 'node:path';
import { STATUSES } from '../core/model/problem.js';
import { readRuns } from '../core/run/read-runs.js';
import { hasSent, type RunFolder } from '../core/run/run-folder.js';
import { type Summary } from '../core/run/summary.js';
import { UsageError } from './settings/command-error.js';
import { kebab } from './settings/options.js';
import { errorKind, EXIT, type ExitCode } from './exit-codes.js';
import type { Io } from './output/io.js';
import { messageOf } from './messages.js';
import { oneLine } from './output/neutralise.js';
import { openStore } from './open-store.js';
import { choosePruned, type PrunableRun } from './prune-runs.js';
import { runForget } from './run-forget.js';
import { runPurge } from './run-purge.js';
import { colorsFor } from './screen/colors.js';
import { widthOf } from './screen/layout.js';
import { plural } from '../core/report/format.js';
import { renderRuns, type ListedRun } from './screen/runs.js';
import { printError, printJson, printResult, printScreen } from './output/terminal.js';
import type { Settings } from './settings/schemas.js';

interface KeptRun extends ListedRun {
  folder: RunFolder;
}

/**
 * `runs` lists the runs kept here, newest first; `runs prune` deletes old ones, `runs forget` takes a contact out of them, and
 * `runs purge-values` takes the values out of one.
 * @param action empty for the list
 * @param flags those of the command line, by option name
 * @throws UsageError for another action, or flags of `prune` without it
 */
export async function runRuns(
  action: string,
  settings: Settings,
  flags: Readonly<Record<string, unknown>>,
  io: Io,
): Promise<ExitCode> {
  if (action === 'forget') return runForget(flags['id'], settings, isAlive, io);
  if (action === 'purge-values') return runPurge(flags['id'], settings, isAlive, io);
  if (flags['id'] !== undefined) throw new UsageError(`runs ${action} takes no id; runs forget and purge-values do`);
  if (action === 'prune') await pruneRuns(settings, io);
  else if (action !== '')
    throw new UsageError(
      `runs has no action "${action}"; expected prune, forget, purge-values, or nothing for the list`,
    );
  else {
    const flag = (['keep', 'keepDays', 'dryRun'] as const).find((name) => flags[name] !== undefined);
    if (flag) throw new UsageError(`--${kebab(flag)} belongs to "runs prune"; "runs" only lists`);
    await printRuns(settings, io);
  }
  return EXIT.ok;
}

async function printRuns(settings: Settings, io: Io): Promise<void> {
  const { runsDir, json, color } = settings;
  const runs = await listRuns(settings, io);
  if (json) printJson(io, runs.map(toJson));
  else if (runs.length === 0) printResult(io, `no runs in ${path.resolve(runsDir)} (--runs-dir names another folder)`);
  else {
    const screen = { width: widthOf(io.stdout), colors: colorsFor(io.stdout, io.env, color) };
    printScreen(io.stdout, renderRuns(runs, Date.now(), screen));
  }
}

/** Deletes old runs and prints what it deletes; with `--dry-run`, only prints it. */
async function pruneRuns(settings: Settings, io: Io): Promise<void> {
  const { keep, keepDays, dryRun, json } = settings;
  if (keep === undefined && keepDays === undefined) {
    throw new UsageError('runs prune needs --keep, --keep-days or both, such as: contact-sync runs prune --keep 20');
  }
  const runs = await listRuns(settings, io);
  const candidates = (await Promise.all(runs.map(toPrunable))).filter((run) => run !== undefined);
  const deleted = choosePruned(candidates, { keep, keepDays }, Date.now()).map(({ run }) => run);
  for (const run of deleted) {
    if (!dryRun) await rm(run.folder.dir, { recursive: true, force: true });
    if (!json) printResult(io, `${dryRun ? 'would delete' : 'deleted'}  ${render(run)}`);
  }
  const kept = runs.filter((run) => !deleted.includes(run));
  if (json) printJson(io, { deleted: deleted.map(toJson), kept: kept.map(toJson) });
  else
    printResult(io, `${plural(deleted.length, 'run')} ${dryRun ? 'would be deleted' : 'deleted'}, ${kept.length} kept`);
}

/** @returns undefined for a folder that is not surely a run's own: a copy, a link, or a summary of another run */
async function toPrunable(run: KeptRun): Promise<(PrunableRun & { run: KeptRun }) | undefined> {
  const { folder, summary, state } = run;
  const { id } = folder;
  const at = Date.parse(summary.ended_at ?? summary.started_at);
  const { dir } = folder;
  if (!(await lstat(dir)).isDirectory() || Number.isNaN(at)) return undefined;
  return { id, state, at, wrote: await hasSent(folder), parent: summary.parent, run };
}

/** The runs whose summary can be read, newest first; the others are named on standard error. */
async function listRuns(settings: Settings, io: Io): Promise<KeptRun[]> {
  // Refuses a folder that others can write, and removes what was left there.
  await openStore(settings, io);
  const runs: KeptRun[] = [];
  for (const run of await readRuns(settings.runsDir)) {
    if ('summary' in run) {
      runs.push({ ...run, state: stateOf(run.summary) });
      continue;
    }
    if (errorKind(run.error) !== 'usage') throw run.error;
    printError(io, `skipping ${run.folder.id}: ${messageOf(run.error)}`);
  }
  return runs;
}

function stateOf({ state, pid }: Summary): string {
  if (state !== 'planning' && state !== 'applying') return state;
  return pid !== null && isAlive(pid) ? 'running' : 'stopped';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function toJson({ summary, state }: ListedRun): Omit<Summary, 'state'> & { state: string } {
  return { ...summary, state };
}

/** A run in one line, for `prune`. */
function render({ summary, state }: ListedRun): string {
  const { run_id, command, counts, input, parent, started_at } = summary;
  const ended = STATUSES.filter((status) => counts[status] > 0).map((status) => `${status} ${counts[status]}`);
  const of = parent === null ? '' : `  of ${parent}`;
  return oneLine(
    `${run_id}  ${state.padEnd(8)} ${age(started_at).padStart(4)}  ${command.padEnd(5)} ${plural(input.rows, 'row')}  ${ended.join(', ')}${of}`,
  );
}

/** `5m`, `3h`, `12d`. */
function age(startedAt: string): string {
  const minutes = Math.max(0, Math.round((Date.now() - Date.parse(startedAt)) / 60_000));
  if (minutes < 60) return `${minutes}m`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)}h` : `${Math.round(minutes / 60 / 24)}d`;
}
