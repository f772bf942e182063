import { recordPlan } from './record-plan.js';
import { SyncError } from '../model/errors.js';
import { joinProblems } from '../model/problem.js';
import { findRefusals, largestKinds, type GuardOptions } from '../plan/plan-guards.js';
import type { Session } from '../run/session.js';

/**
 * All guards over the whole plan, before the first write.
 * @throws SyncError `plan_refused`, after the results say that the planned rows were held
 */
export async function checkGuards(session: Session, guards: GuardOptions): Promise<void> {
  const { summary } = session;
  const refusals = findRefusals({ ...summary, rows: summary.input.rows }, guards);
  if (refusals.length === 0) return;
  await recordPlan(session, { status: 'held', error: joinProblems(refusals.slice(0, 1), session.hints) });
  const { labels } = summary;
  const kinds = largestKinds(summary.kinds, labels);
  throw new SyncError('plan_refused', { run: summary.run_id, refusals, kinds });
}
