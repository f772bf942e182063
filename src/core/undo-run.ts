import { carryOut } from './apply/apply-plan.js';
import type { RunEnd, SyncContext } from './context.js';
import { PLAN_DEFAULTS } from './defaults.js';
import { SyncError } from './model/errors.js';
import { newJob } from './new-job.js';
import { planUndo } from './plan-undo.js';
import { runJob } from './run-job.js';
import { assertMaySend } from './run/approval.js';
import { hasSent, type RunFolder } from './run/run-folder.js';
import { assertCan } from './run/state.js';
import { isFulfilled, type PlanOptions, type Summary } from './run/summary.js';
import { readSummary } from './run/summary-file.js';

export interface UndoOptions extends SyncContext {
  /** A run's folder, its id, or `latest`: the newest that sent something. */
  run: string;
  options?: Partial<PlanOptions>;
  /** Plans alone: says what would be put back. */
  dryRun?: boolean;
}

/**
 * Puts back what a run wrote, in a new run, where the contact still holds it; anything else is a conflict.
 * @throws SyncError where the run sent nothing or has already been undone, and as `syncCsv` does
 */
export async function undoRun(request: UndoOptions): Promise<RunEnd> {
  const { run, dryRun = false } = request;
  const parent = await request.store.findRun(run, true);
  const before = await readSummary(parent);
  assertNotUndone(parent, before, run);
  assertCan('undo', before);
  if (!dryRun) assertMaySend('undo', parent.id, request.approval);
  if (!(await hasSent(parent))) throw new SyncError('nothing_to_undo', { run: parent.id, state: before.state });
  const options = { ...PLAN_DEFAULTS, ...request.options, base: undefined };
  const of = { path: parent.id, parent: parent.id, options, reserve: before.reserve, dryRun };
  const job = newJob(request, 'undo', of, parent);
  return runJob(request, { ...job, parent: before }, async (session) =>
    carryOut(session, options, await planUndo(session, parent)),
  );
}

/**
 * `undo latest` typed twice must not make the change again: `latest` is then the undo itself.
 * @param run as it was named
 * @throws SyncError naming the undo, which can be undone in turn
 */
function assertNotUndone(folder: RunFolder, summary: Summary, run: string): void {
  if (run === 'latest' && summary.command === 'undo' && summary.parent !== null) {
    const isWhole = summary.state === 'done' && isFulfilled(summary);
    throw new SyncError('already_undone', { run: summary.parent, by: folder.id, isWhole });
  }
}
