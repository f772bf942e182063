import { existsSync } from 'node:fs';
import { applyPlanFile, carryOut } from './apply/apply-plan.js';
import type { RunEnd, SyncContext } from './context.js';
import { WriteGate } from './apply/write-gate.js';
import type { CsvSource } from './input/records.js';
import { SyncError } from './model/errors.js';
import { planCsv } from './plan-csv.js';
import { planUndo } from './plan-undo.js';
import { runJob } from './run-job.js';
import { assertApproved } from './run/approval.js';
import { PastResults } from './run/past-results.js';
import { siblingRun } from './run/run-folder.js';
import type { Session } from './run/session.js';
import { assertCan } from './run/state.js';
import { type PlanOptions, type Summary } from './run/summary.js';
import { readSummary } from './run/summary-file.js';

/**
 * Continues a run from wherever it was left: with its plan, or with its writes.
 * @param request.run a run's folder, its id, or `latest`
 * @throws SyncError where there is nothing to continue, or the run belongs to another target, and as `syncCsv` does
 */
export async function resumeRun(request: SyncContext & { run: string }): Promise<RunEnd> {
  const folder = await request.store.findRun(request.run);
  const summary = await readSummary(folder);
  const assert = (known: Summary): void => {
    assertResumable(known);
    // A dry run ends with its plan.
    if (!known.dry_run || known.began_at !== null) assertApproved('resume', known, request.approval ?? {});
  };
  return runJob(request, { folder, summary, isNew: false, assert }, resume);
}

/** @throws SyncError where there is nothing to continue */
function assertResumable(summary: Summary): void {
  assertCan('resume', summary);
  const { run_id, options, error } = summary;
  if (!options) throw new SyncError('not_resumable', { run: run_id, state: 'planning', error });
}

async function resume(session: Session): Promise<void> {
  const { began_at, options, run_id } = session.summary;
  if (began_at === null) return options ? resumePlanning(session, options) : undefined;
  // The plan is complete once a first row may have been sent, and not before.
  if (existsSync(session.folder.file('sent'))) return resumeWriting(session);
  throw new SyncError('sent_missing', { file: session.folder.file('sent'), run: run_id });
}

async function resumePlanning(session: Session, options: PlanOptions): Promise<void> {
  const { command, parent, input } = session.summary;
  const plan =
    command === 'undo' && parent !== null
      ? await planUndo(session, siblingRun(session.folder, parent))
      : await planCsv(session, sourceOf(session), options, input.sha256);
  await carryOut(session, options, plan);
}

/** Continues with a plan that was being applied when its process ended. */
async function resumeWriting(session: Session): Promise<void> {
  const { folder, summary } = session;
  await session.vocabulary.learn(Object.keys(summary.changes));
  session.emit({ type: 'results_began' });
  // What the API refused before counts as well.
  const gate = new WriteGate(summary.write_guards);
  let [done, sent] = [0, 0];
  const results = await PastResults.load(folder, summary.plan.rows, (line) => {
    session.emit({ type: 'row_ended', line, outcome: line, recorded: true });
    done++;
    gate.note(line, Date.parse(line.at));
    if (line.attempts !== undefined) sent++;
  });
  const writes = summary.writes_planned - sent;
  await session.writesBegin(writes);
  try {
    // What an earlier process sent may still be carried out, and then looks as if someone else had written it.
    await session.outlastPast(results.lostAt);
    await applyPlanFile(session, { readAt: 0, past: { results, done, gate } });
  } finally {
    await results.close();
  }
}

function sourceOf({ summary, folder }: Session): CsvSource {
  const { path, sha256 } = summary.input;
  if (path !== '-') return { path, name: path };
  if (sha256 === '') throw new SyncError('input_incomplete', {});
  return { path: folder.file('input'), name: 'standard input' };
}
