import type { PlanLine } from '../model/plan-line.js';
import type { OpenedRun } from '../open-run.js';
import type { ReportRow } from './tally.js';

/** A row of a run, with what people call its contact, where the plan says. */
export type NamedRow = ReportRow & { who?: string | undefined };

/**
 * The rows of a run, each once: those that ended, in the order in which they did, then those that only the plan knows.
 * Plan and results are read side by side. In memory are the rows that others overtook, a few for each request in flight.
 * @throws SyncError where the run's files are damaged
 */
export async function* readNamedRows(run: OpenedRun): AsyncGenerator<NamedRow> {
  // A plan that is not complete has no digest yet.
  if (run.summary.plan.sha256 === '') {
    yield* run.results();
    return;
  }
  const plan = run.plan();
  const waiting = new Map<number, PlanLine>();
  try {
    for await (const line of run.results()) {
      const who = (await takePlanned(line.row, plan, waiting))?.who;
      yield who === undefined ? line : { ...line, who };
    }
    yield* waiting.values();
    yield* plan;
  } finally {
    await plan.return(undefined);
  }
}

/** The plan's line of a row; those before it wait for their turn. */
async function takePlanned(
  row: number,
  plan: AsyncGenerator<PlanLine>,
  waiting: Map<number, PlanLine>,
): Promise<PlanLine | undefined> {
  while (!waiting.has(row)) {
    const next = await plan.next();
    if (next.done === true) return undefined;
    waiting.set(next.value.row, next.value);
  }
  const line = waiting.get(row);
  waiting.delete(row);
  return line;
}
