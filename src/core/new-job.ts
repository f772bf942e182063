import type { SyncContext } from './context.js';
import type { Job } from './run-job.js';
import type { RunFolder } from './run/run-folder.js';
import { settleWriteGuards } from './run/write-guards.js';
import { newSummary, type RunOrigin } from './run/summary.js';

/** @param beside the folder of the run that this one is about */
export function newJob({ store, writing = {} }: SyncContext, command: string, of: RunOrigin, beside?: RunFolder): Job {
  const started = new Date();
  const folder = store.newRun(started, beside);
  return {
    folder,
    summary: newSummary(folder.id, command, started, store.owner, { ...of, writeGuards: settleWriteGuards(writing) }),
    isNew: true,
  };
}
