import { Bitset } from '../disk/bitset.js';
import type { PlanLine } from '../model/plan-line.js';
import type { OpenedRun } from '../open-run.js';
import type { ReportRow } from './tally.js';

/**
 * The rows of a run, each once: those that ended as they did, in that order, and then those that only the plan knows, as
 * in a run that was stopped.
 * @param onPlanned told of each line of the plan
 * @throws SyncError where the run's files are damaged
 */
export async function* readRows(
  run: OpenedRun,
  onPlanned: (line: PlanLine) => void | Promise<void> = () => undefined,
): AsyncGenerator<ReportRow> {
  const ended = new Bitset();
  for await (const line of run.results()) {
    ended.add(line.row);
    yield line;
  }
  // A plan that is not complete has no digest yet.
  if (run.summary.plan.sha256 === '') return;
  for await (const line of run.plan()) {
    await onPlanned(line);
    if (!ended.has(line.row)) yield line;
  }
}
