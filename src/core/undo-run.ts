import { recordPlan } from './apply/record-plan.js';
import { applyKept } from './apply-run.js';
import type { RunEnd, SyncContext } from './context.js';
import { PLAN_DEFAULTS } from './defaults.js';
import { checkGuards } from './guards.js';
import { UsageError } from './model/exit.js';
import { newJob } from './new-job.js';
import { noteUndone } from './note-undone.js';
import { planUndo } from './plan-undo.js';
import { runJob } from './run-job.js';
import { hasSent, type RunFolder } from './run/run-folder.js';
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
 * @throws UsageError where the run sent nothing or was undone already; ExitError as `syncCsv` does
 */
export async function undoRun(request: UndoOptions): Promise<RunEnd> {
  const { run, dryRun = false } = request;
  const parent = await request.store.findRun(run, true);
  const before = await readSummary(parent);
  assertNotUndone(parent, before, run);
  if (!(await hasSent(parent))) {
    throw new UsageError(`run ${parent.id} (${before.state}) sent nothing, so there is nothing to undo`);
  }
  const options = { ...PLAN_DEFAULTS, ...request.options, base: undefined };
  const of = { path: parent.id, parent: parent.id, options, reserve: before.reserve, dryRun };
  const job = newJob(request, 'undo', of, parent);
  const end = await runJob(request, { ...job, parent: before }, async (session) => {
    await planUndo(session, parent);
    // Others may write as well: what is put back is read again just ahead of it.
    if (!dryRun) return applyKept(session, options);
    await checkGuards(session, options);
    await recordPlan(session);
  });
  await noteUndone(end);
  return end;
}

/**
 * Undoing twice must not make the change again.
 * @param run as it was named: `latest` after an undo is the undo itself
 * @throws UsageError naming the undo, which can be undone in turn
 */
function assertNotUndone(folder: RunFolder, summary: Summary, run: string): void {
  if (run === 'latest' && summary.command === 'undo' && summary.parent !== null) {
    const isWhole = summary.state === 'done' && isFulfilled(summary);
    const done = isWhole ? 'was undone already' : 'was undone already, though not in full,';
    const rest = isWhole ? '' : `retry the rest with: contact-sync retry ${folder.id}; `;
    throw new UsageError(
      `run ${summary.parent} ${done} by run ${folder.id}; ${rest}undo the undo with: contact-sync undo ${folder.id}`,
    );
  }
  if (summary.state !== 'undone') return;
  const { undone_by: by } = summary;
  const advice = by === null ? '' : ` by run ${by}; undo the undo with: contact-sync undo ${by}`;
  throw new UsageError(`run ${folder.id} was undone already${advice}`);
}
