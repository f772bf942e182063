import { existsSync } from 'node:fs';
import { UsageError } from './model/exit.js';
import type { CsvSource } from './input/records.js';
import { siblingRun } from './run/run-folder.js';
import type { Summary } from './run/summary.js';
import type { Session } from './run/session.js';
import { applyFreshPlan, applyRun, continueRun, recordDryRun } from './apply.js';
import { planCsv } from './plan-csv.js';
import { planUndo } from './undo.js';

/** @throws UsageError where there is nothing to go on with */
export function assertResumable({ run_id, state, options, error }: Summary): void {
  switch (state) {
    case 'undone':
      throw new UsageError(`run ${run_id} was undone; start a new run of its file with contact-sync sync`);
    case 'done':
      throw new UsageError(`run ${run_id} has already finished; retry what failed with: contact-sync retry ${run_id}`);
    case 'planned':
    case 'refused':
      throw new UsageError(`run ${run_id} is a plan that was never begun: contact-sync apply ${run_id}`);
    case 'failed':
      throw new UsageError(`run ${run_id} ended before anything was sent; start it anew: ${error ?? ''}`);
    case 'applying':
    case 'stopped':
    case 'planning':
      if (!options) throw new UsageError(`run ${run_id} does not say how it was planned; start it anew`);
  }
}

/** `resume <run>`: goes on from wherever the run was left: with its plan, or with its writes. */
export async function resume(session: Session): Promise<void> {
  const { summary } = session.tally;
  const { parent, options, input } = summary;
  if (summary.began_at !== null) {
    // The plan is complete once a first row may have been sent, and not before.
    if (existsSync(session.folder.file('sent'))) return continueRun(session);
    throw new UsageError(
      `${session.folder.file('sent')} is missing, so that what run ${summary.run_id} sent cannot be told. Sync the file again: rows that were applied are unchanged then`,
    );
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
  if (sha256 === '') throw new UsageError('standard input was not read to its end; nothing was sent: run sync again');
  return { path: folder.file('input'), name: 'standard input' };
}
