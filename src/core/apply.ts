import { applyPlan, recordPlan } from './apply/apply-plan.js';
import { SyncError } from './model/errors.js';
import { joinProblems } from './model/problem.js';
import { findRefusals, largestKinds, type GuardOptions } from './plan/plan-guards.js';
import { PastResults } from './run/past-results.js';
import type { Summary } from './run/summary.js';
import type { Session } from './run/session.js';
import type { Outcome } from './model/outcome.js';

/** Applies a plan that this process has just made: its values are as good as live until they grow old. */
export async function applyFreshPlan(session: Session, guards: GuardOptions): Promise<void> {
  await checkGuards(session, guards);
  const { planned_at } = session.tally.summary;
  await begin(session, planned_at === null ? 0 : Date.parse(planned_at));
}

/** @throws SyncError where a run has no plan that waits to be applied */
export function assertApplicable({ run_id, state }: Summary): void {
  if (state === 'planned' || state === 'refused') return;
  throw new SyncError('not_applicable', { run: run_id, state });
}

/** `apply <run>`: applies a plan made earlier. Values are read again just ahead of sending. */
export async function applyRun(session: Session, guards: GuardOptions): Promise<void> {
  await loadVocabulary(session, Object.keys(session.tally.summary.changes));
  await checkGuards(session, guards);
  session.tally.writesBegin(session.tally.summary.writes_planned);
  await begin(session, 0);
}

/** The second half of `resume`: continues a plan that was being applied when its process ended. */
export async function continueRun(session: Session): Promise<void> {
  const { tally, folder } = session;
  await loadVocabulary(session, Object.keys(tally.summary.changes));
  tally.resultsBegin();
  let [done, sent] = [0, 0];
  const past = await PastResults.load(folder, tally.summary.plan.rows, (outcome) => {
    tally.ended(outcome);
    done++;
    if (outcome.attempts !== undefined) sent++;
  });
  tally.writesBegin(tally.summary.writes_planned - sent);
  const recorder = await session.openRecorder('applying', tally.summary.input, 'a', done);
  try {
    // What an earlier process sent may still be carried out, and then looks as if someone else had written it.
    await session.outlast(past.lostAt);
    await applyPlan(session, { recorder, readAt: 0, past });
  } finally {
    await recorder.close();
    await past.close();
  }
}

/** Ends a dry run: the guards speak, and the results are the plan. */
export async function recordDryRun(session: Session, guards: GuardOptions): Promise<void> {
  await checkGuards(session, guards);
  await recordAll(session);
}

async function begin(session: Session, readAt: number): Promise<void> {
  const { tally } = session;
  tally.resultsBegin();
  const recorder = await session.openRecorder('applying', tally.summary.input, 'w');
  try {
    await applyPlan(session, { recorder, readAt });
  } finally {
    await recorder.close();
  }
}

/** Fetches what the plan's values need to be compared and written: custom fields' types, tags' ids. */
export async function loadVocabulary({ vocabulary }: Session, keys: readonly string[]): Promise<void> {
  if (keys.includes('tags')) await vocabulary.readTags();
  if (keys.some((key) => key.startsWith('custom_field_'))) await vocabulary.read();
}

/**
 * All guards over the whole plan, before the first write.
 * @throws SyncError, after the results say that the planned rows were held
 */
async function checkGuards(session: Session, guards: GuardOptions): Promise<void> {
  const { summary } = session.tally;
  const refusals = findRefusals({ ...summary, rows: summary.input.rows }, guards);
  if (refusals.length === 0) return;
  await recordAll(session, { status: 'held', error: joinProblems(refusals.slice(0, 1), session.hints) });
  const { labels } = summary;
  const kinds = largestKinds(summary.kinds).replace(/custom_field_[\w-]+/g, (key) => labels[key] ?? key);
  throw new SyncError('plan_refused', { refusals, kinds });
}

async function recordAll(session: Session, hold?: Outcome): Promise<void> {
  session.tally.resultsBegin();
  const recorder = await session.openRecorder('recording', session.tally.summary.input, 'w');
  try {
    await recordPlan(session, recorder, hold);
  } finally {
    await recorder.close();
  }
}
