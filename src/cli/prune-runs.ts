import { RUN_STATES, type RunState } from '../core/run/state.js';
const DAY_MS = 86_400_000;

/** What pruning goes by, of one run. */
export interface PrunableRun {
  id: string;
  /** As it is listed: `running` while its process lives. */
  state: string;
  /** When it was last at work; ms since the epoch. */
  at: number;
  /** It may have sent something. */
  wrote: boolean;
  /** The run that this one retries or undoes. */
  parent: string | null;
}

/** A run is kept where either rule keeps it. */
export interface KeepRules {
  /** So many of the newest runs that wrote something. */
  keep: number | undefined;
  /** Runs that were at work in so many days. */
  keepDays: number | undefined;
}

/**
 * Decides which runs are deleted. Runs that wrote something are judged by the rules, and the newest of them that can
 * be undone is always kept. Runs that wrote nothing (plans, dry runs, failures) go when they are older than all runs
 * that the rules keep. A run that can be resumed is kept, and so is the run that it retries or undoes. Pure.
 * @param now ms since the epoch
 * @returns the runs to delete, in their order
 */
export function choosePruned<R extends PrunableRun>(
  runs: readonly R[],
  { keep = 0, keepDays }: KeepRules,
  now: number,
): R[] {
  const since = keepDays === undefined ? Infinity : now - keepDays * DAY_MS;
  const writers = runs.filter((run) => run.wrote).sort((a, b) => b.at - a.at);
  const undoable = writers.find((run) => run.state !== 'undone');
  const kept = new Set(writers.filter((run, nth) => nth < keep || run.at >= since || run === undoable));
  // Where --keep alone keeps none, the measure is the newest that wrote something, as it is where that one is kept.
  // Where no run wrote anything, only --keep-days says what is old.
  const measure = kept.size === 0 && keepDays === undefined ? writers.slice(0, 1) : [...kept];
  const oldest = Math.min(since, ...measure.map((run) => run.at));
  const isOld = (run: R): boolean => oldest !== Infinity && run.at < oldest;
  const resumable = runs.filter((run) => !isFinished(run.state));
  const needed = new Set(resumable.flatMap((run) => [run.id, run.parent]));
  return runs.filter((run) => !needed.has(run.id) && (run.wrote ? !kept.has(run) : isOld(run)));
}

/** @param state as `runs` tells it: `running` is none of a run's own */
function isFinished(state: string): boolean {
  return state in RUN_STATES && RUN_STATES[state as RunState].isFinished;
}
