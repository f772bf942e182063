import type { RunStore } from '../core/run/store.js';
import { readSummary } from '../core/run/summary-file.js';
import { STATUSES } from '../core/model/problem.js';
import type { Summary } from '../core/run/summary.js';
import { duration } from './screen/duration.js';
import { shortPath } from './screen/short-path.js';

/** A run that a command line names, and whether only those are meant that wrote something. */
export interface NamedRun {
  run: string;
  wrote?: boolean;
}

/**
 * Tells which run a name such as `latest` stands for: its file, what became of it, and how old it is. A name that stands for
 * none is left to the verb, which refuses it.
 */
export async function tellWhich(
  store: RunStore,
  { run, wrote }: NamedRun,
  tell: (line: string) => void,
): Promise<void> {
  try {
    tell(describeRun(await readSummary(await store.findRun(run, wrote)), Date.now()));
  } catch {
    // The verb says what is wrong with it.
  }
}

/** `run 20261123T…-3f9c: sync of edits.csv, 11 updated, 3m ago`. @param now epoch milliseconds */
export function describeRun({ run_id, command, input, counts, started_at }: Readonly<Summary>, now: number): string {
  const of = input.path === '-' ? 'standard input' : shortPath(input.path);
  const ended = STATUSES.filter((status) => counts[status] > 0).map((status) => `${counts[status]} ${status}`);
  const age = duration(Math.max(0, (now - Date.parse(started_at)) / 1000));
  return `run ${run_id}: ${[`${command} of ${of}`, ...ended].join(', ')}, ${age} ago`;
}
