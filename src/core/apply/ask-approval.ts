import { SyncError } from '../model/errors.js';
import type { Session } from '../run/session.js';
import { recordPlan } from './record-plan.js';

/**
 * Lets whoever decides say whether the plan is sent; a plan without writes needs nobody.
 * @throws SyncError `not_approved`, after the results say what the plan has; the plan can still be applied
 */
export async function askApproval(session: Session): Promise<void> {
  const { folder, summary } = session;
  if (summary.writes_planned === 0 || (await session.approve({ folder, summary }))) return;
  await recordPlan(session);
  throw new SyncError('not_approved', { run: folder.id });
}
