import { applyPlanFile } from './apply/apply-plan.js';
import { recordPlan } from './apply/record-plan.js';
import { checkGuards } from './guards.js';
import type { GuardOptions } from './plan/plan-guards.js';
import type { FreshPlan } from './plan-csv.js';
import type { Session } from './run/session.js';

/**
 * What follows once a plan is on disk, wherever it came from: the guards, then the writes, or in a dry run the results as
 * the plan has them.
 * @throws SyncError `plan_refused`, and what stops the writes
 */
export async function carryOut(session: Session, guards: GuardOptions, plan: FreshPlan): Promise<void> {
  await checkGuards(session, guards);
  if (session.summary.dry_run) await recordPlan(session);
  else await applyPlanFile(session, plan);
}
