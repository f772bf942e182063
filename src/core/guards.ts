import { recordPlan } from './apply/record-plan.js';
import { EXIT, ExitError } from './model/exit.js';
import { findRefusals, largestKinds, type GuardOptions } from './plan/plan-guards.js';
import type { Session } from './run/session.js';

/**
 * All guards over the whole plan, before the first write.
 * @throws ExitError 5, after the results say that the planned rows were held
 */
export async function checkGuards(session: Session, guards: GuardOptions): Promise<void> {
  const { summary } = session;
  const refusals = findRefusals({ ...summary, rows: summary.input.rows }, guards);
  if (refusals.length === 0) return;
  const { code, message } = refusals[0]!;
  await recordPlan(session, { status: 'held', error: { code, message } });
  const { labels } = summary;
  const kinds = largestKinds(summary.kinds).replace(/custom_field_[\w-]+/g, (key) => labels[key] ?? key);
  const said = refusals.map((refusal) => `guard: ${refusal.message}`);
  throw new ExitError(
    EXIT.refused,
    [...said, `the largest kinds of change: ${kinds || 'none'}`, 'nothing was sent'].join('\n'),
  );
}
