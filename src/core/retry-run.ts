import { carryOut } from './apply/apply-plan.js';
import type { RunEnd, SyncContext } from './context.js';
import { SyncError } from './model/errors.js';
import { isRejected, STATUSES } from './model/problem.js';
import { newJob } from './new-job.js';
import { planCsv } from './plan-csv.js';
import { runJob } from './run-job.js';
import { assertMaySend } from './run/approval.js';
import { siblingRun } from './run/run-folder.js';
import { assertCan } from './run/state.js';
import { canonicalUrl } from './run/target.js';
import type { PlanOptions } from './run/summary.js';
import { undoRun } from './undo-run.js';
import { readSummary } from './run/summary-file.js';

export interface RetryOptions extends SyncContext {
  /** A run's folder, its id, or `latest`. */
  run: string;
  /** For a run that undid another: how the rest of it is put back. */
  options?: Partial<PlanOptions>;
}

/**
 * Plans and applies the rows of a run's rejected.csv, in a new run. Where there are none, makes no new run.
 * @returns how the new run ended, or the run itself, not recorded again, where no row of it failed
 * @throws SyncError where no row of the run has ended, or the run is to be resumed first, and as `syncCsv` does
 */
export async function retryRun(request: RetryOptions): Promise<RunEnd> {
  const parent = await request.store.findRun(request.run);
  const before = await readSummary(parent);
  if (before.command === 'undo' && before.parent !== null) {
    return undoRun({ ...request, run: siblingRun(parent, before.parent).dir, dryRun: false });
  }
  assertCan('retry', before);
  assertMaySend('retry', parent.id, request.approval);
  if (before.options === null) throw new SyncError('not_retryable', { run: parent.id, state: before.state });
  const { counts, forgotten = 0 } = before;
  const isHere = before.target?.base_url === canonicalUrl(request.api.baseUrl);
  if (isHere && forgotten === 0 && STATUSES.every((status) => !isRejected(status) || counts[status] === 0)) {
    return { folder: parent, summary: before, isRecorded: false };
  }
  // Its header is in its first line, wherever the header of the file was.
  const options = { ...before.options, skipLines: 0, snapshot: undefined };
  const file = parent.file('rejected');
  const of = { path: file, options, reserve: before.reserve, parent: parent.id, dryRun: false };
  const job = newJob(request, 'retry', of, parent);
  return runJob(request, { ...job, parent: before }, async (session) => {
    if (forgotten > 0) session.emit({ type: 'warning', code: 'rows_forgotten', facts: { rows: forgotten } });
    await carryOut(session, options, await planCsv(session, { path: file, name: file }, options));
  });
}
