import type { CsvSource } from './input/records.js';
import type { PlanOptions } from './run/summary.js';
import type { Session } from './run/session.js';
import { applyFreshPlan, recordDryRun } from './apply.js';
import { planCsv } from './plan-csv.js';

/**
 * The main job: a plan on disk, the guards, then the writes.
 * @param dryRun stop after the plan
 * @throws SyncError where the job as a whole cannot continue; rows' own failures are in the results
 */
export async function sync(
  session: Session,
  source: CsvSource,
  options: PlanOptions & { dryRun: boolean },
): Promise<void> {
  await planCsv(session, source, options);
  if (options.dryRun) await recordDryRun(session, options);
  else await applyFreshPlan(session, options);
}
