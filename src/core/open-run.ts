import type { ResultLine } from './model/outcome.js';
import type { PlanLine } from './model/plan-line.js';
import { readNdjson } from './disk/ndjson.js';
import { parseResultLine } from './run/lines.js';
import { PlanFile } from './run/plan-file.js';
import type { RunFolder } from './run/run-folder.js';
import { readSummary } from './run/summary-file.js';
import type { RunStore } from './run/store.js';
import type { Summary } from './run/summary.js';

/** A run that is kept on disk. */
export interface OpenedRun {
  folder: RunFolder;
  summary: Readonly<Summary>;
  /** What was to become of each row, in file order. @throws SyncError where the plan is not whole */
  plan(): AsyncGenerator<PlanLine>;
  /** How each row ended, in the order in which they did. @throws SyncError where a line is damaged */
  results(): AsyncGenerator<ResultLine>;
}

/**
 * Opens a run to look at it.
 * @param run its folder, its id or a part that no other run's has, or `latest`
 * @throws SyncError where there is no such run, or its summary is damaged
 */
export async function openRun(store: RunStore, run: string): Promise<OpenedRun> {
  const folder = await store.findRun(run);
  return openedRun(folder, await readSummary(folder));
}

/** A run whose summary is known. */
export function openedRun(folder: RunFolder, summary: Readonly<Summary>): OpenedRun {
  return {
    folder,
    summary,
    async *plan() {
      const file = await PlanFile.open(folder.file('plan'), summary.plan);
      try {
        yield* file.lines();
      } finally {
        await file.close();
      }
    },
    results: () => readNdjson(folder.file('results'), parseResultLine, 'empty'),
  };
}
