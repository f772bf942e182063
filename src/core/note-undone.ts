import { existsSync } from 'node:fs';
import { siblingRun, type RunFolder } from './run/run-folder.js';
import { isFulfilled, type Summary } from './run/summary.js';
import { readSummary, writeSummary } from './run/summary-file.js';
import type { RunState } from './run/state.js';

/**
 * A run that was put back in full is `undone`; one whose undoing was undone is `done` again. This is noted before the undo
 * itself is `done`: should the process be killed in between, `resume` notes it again.
 * @param summary of a run all of whose rows have a result
 */
export async function noteUndone(folder: RunFolder, summary: Readonly<Summary>): Promise<void> {
  const { run_id, command, parent, dry_run } = summary;
  if (command !== 'undo' || parent === null || dry_run || !isFulfilled(summary)) return;
  const undone = await noteState(siblingRun(folder, parent), 'undone', run_id);
  if (undone?.command !== 'undo' || undone.parent === null) return;
  await noteState(siblingRun(folder, undone.parent), 'done', null);
}

/** @returns the run's summary; undefined where the run was deleted since */
async function noteState(folder: RunFolder, state: RunState, undone_by: string | null): Promise<Summary | undefined> {
  if (!existsSync(folder.file('summary'))) return undefined;
  const summary = { ...(await readSummary(folder)), state, undone_by };
  await writeSummary(folder.file('summary'), summary);
  return summary;
}
