import { existsSync } from 'node:fs';
import { SyncError } from './model/errors.js';
import type { CsvSource } from './input/records.js';
import { siblingRun } from './run/run-folder.js';
import type { Summary } from './run/summary.js';
import type { Session } from './run/session.js';
import { applyFreshPlan, applyRun, continueRun, recordDryRun } from './apply.js';
import { planCsv } from './plan-csv.js';
import { planUndo } from './undo.js';

/** @throws SyncError where there is nothing to continue */
export function assertResumable({ run_id, state, options, error }: Summary): void {
  const isOpen = state === 'applying' || state === 'stopped' || state === 'planning';
  if (isOpen && options) return;
  throw new SyncError('not_resumable', { run: run_id, state: isOpen ? 'planning' : state, error });
}

/** `resume <run>`: continues wherever the run was left: with its plan, or with its writes. */
export async function resume(session: Session): Promise<void> {
  const { summary } = session.tally;
  const { parent, options, input } = summary;
  if (summary.began_at !== null) {
    // The plan is complete once a first row may have been sent, and not before.
    if (existsSync(session.folder.file('sent'))) return continueRun(session);
    throw new SyncError('sent_missing', { file: session.folder.file('sent'), run: summary.run_id });
  }
  if (!options) return;
  const undoes = summary.command === 'undo' && parent !== null;
  if (undoes) await planUndo(session, siblingRun(session.folder, parent));
  else await planCsv(session, sourceOf(session), options, input.sha256);
  if (summary.dry_run) await recordDryRun(session, options);
  else if (undoes) await applyRun(session, options);
  else await applyFreshPlan(session, options);
}

function sourceOf({ tally, folder }: Session): CsvSource {
  const { path, sha256 } = tally.summary.input;
  if (path !== '-') return { path, name: path };
  if (sha256 === '') throw new SyncError('input_incomplete', {});
  return { path: folder.file('input'), name: 'standard input' };
}
