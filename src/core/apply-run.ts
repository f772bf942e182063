import { applyPlanFile } from './apply/apply-plan.js';
import type { RunEnd, SyncContext } from './context.js';
import { askApproval } from './apply/ask-approval.js';
import { checkGuards } from './apply/check-guards.js';
import type { GuardOptions } from './plan/plan-guards.js';
import { runJob } from './run-job.js';
import type { Session } from './run/session.js';
import { assertApproved } from './run/approval.js';
import { assertCan } from './run/state.js';
import type { Summary } from './run/summary.js';
import { readSummary } from './run/summary-file.js';

export interface ApplyRunOptions extends SyncContext {
  /** A run's folder, its id, or `latest`. */
  run: string;
  /** In place of those that the plan was made with. */
  guards?: { [K in keyof GuardOptions]?: GuardOptions[K] | undefined };
}

/**
 * Applies a plan made earlier. Values are read again just before they are written over; a row whose contact changed
 * since is a conflict.
 * @throws SyncError where the run has no plan that waits to be applied, another target, or a plan that was not approved, and as
 * `syncCsv` does
 */
export async function applyPlan(request: ApplyRunOptions): Promise<RunEnd> {
  const folder = await request.store.findRun(request.run);
  const summary = { ...(await readSummary(folder)), dry_run: false };
  const { maxChanges, maxClears, strict } = { ...summary.options, ...withoutUndefined(request.guards ?? {}) };
  const guards: GuardOptions = { maxChanges, maxClears, strict: strict ?? false };
  const assert = (known: Summary): void => {
    assertCan('apply', known);
    assertApproved('apply', known, request.approval ?? {});
  };
  // Before any call, and again once no other process can change the run.
  assertApproved('apply', summary, request.approval ?? {});
  return runJob(request, { folder, summary, isNew: false, assert }, (session) => applyKept(session, guards));
}

/** Applies the plan of the session's run, whose values are read again just before sending. */
async function applyKept(session: Session, guards: GuardOptions): Promise<void> {
  const { changes, writes_planned: writes } = session.summary;
  await session.vocabulary.learn(Object.keys(changes));
  await checkGuards(session, guards);
  await askApproval(session);
  await session.writesBegin(writes);
  await applyPlanFile(session, { readAt: 0 });
}

function withoutUndefined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
