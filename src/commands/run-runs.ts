import { rm } from 'node:fs/promises';
import { EXIT, UsageError, type ExitCode } from '../exit.js';
import { STATUSES } from '../problem.js';
import { findRun, listRuns, type RunFolder } from '../run/run-folder.js';
import { readSummary, type Summary } from '../run/summary.js';
import type { Settings } from '../settings/options.js';
import { say, tell } from './terminal.js';

const DAY_MS = 86_400_000;

/** Runs with nothing left to go on with; only these are ever pruned. */
const FINISHED = new Set(['done', 'undone', 'failed']);

/** A run as it is listed: `running` only while its process lives. */
interface ListedRun {
  folder: RunFolder;
  summary: Summary;
  state: string;
}

/** `runs`: the runs kept here, newest first; with `--keep` or `--keep-days`, older finished ones are deleted first. */
export async function runRuns(settings: Settings): Promise<ExitCode> {
  const runs: ListedRun[] = [];
  for (const id of await listRuns(settings.runsDir)) {
    const folder = await findRun(settings.runsDir, id);
    try {
      const summary = await readSummary(folder);
      runs.push({ folder, summary, state: stateOf(summary) });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      tell(`${id}: ${error.message}`);
    }
  }
  const kept = await prune(runs, settings);
  if (settings.json) {
    say(
      JSON.stringify(
        kept.map(({ summary, state }) => ({ ...summary, state })),
        null,
        2,
      ),
    );
  } else say(kept.length === 0 ? `no runs in ${settings.runsDir}` : kept.map(render).join('\n'));
  return EXIT.ok;
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

async function prune(runs: readonly ListedRun[], { keep, keepDays }: Settings): Promise<ListedRun[]> {
  if (keep === undefined && keepDays === undefined) return [...runs];
  const oldest = keepDays === undefined ? Infinity : Date.now() - keepDays * DAY_MS;
  const kept: ListedRun[] = [];
  for (const [at, run] of runs.entries()) {
    const beyond = keep !== undefined && at >= keep;
    const old = Date.parse(run.summary.started_at) < (keepDays === undefined ? -Infinity : oldest);
    if (FINISHED.has(run.state) && (beyond || old)) await rm(run.folder.dir, { recursive: true, force: true });
    else kept.push(run);
  }
  return kept;
}

function render({ summary, state }: ListedRun): string {
  const { run_id, command, counts, input, parent, started_at } = summary;
  const ended = STATUSES.filter((status) => counts[status] > 0).map((status) => `${status} ${counts[status]}`);
  const of = parent === null ? '' : `  of ${parent}`;
  return `${run_id}  ${state.padEnd(8)} ${age(started_at).padStart(4)}  ${command.padEnd(5)} ${input.rows} rows  ${ended.join(', ')}${of}`;
}

/** `5m`, `3h`, `12d`. */
function age(startedAt: string): string {
  const minutes = Math.max(0, Math.round((Date.now() - Date.parse(startedAt)) / 60_000));
  if (minutes < 60) return `${minutes}m`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)}h` : `${Math.round(minutes / 60 / 24)}d`;
}
