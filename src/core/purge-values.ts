import { rm } from 'node:fs/promises';
import { rewriteLines, surveyLines, type ChangeLine } from './disk/rewrite-lines.js';
import { assertIdle, lockAll, type ClaimOptions } from './forget/claim-runs.js';
import { purgePlanLine, purgeResultLine } from './forget/forget-lines.js';
import { removeLeftovers } from './forget/remove-leftovers.js';
import { rewritePlan } from './forget/rewrite-plan.js';
import { SyncError } from './model/errors.js';
import { parsePlanLine, parseResultLine } from './run/lines.js';
import { RUN_STATES } from './run/state.js';
import type { Summary } from './run/summary.js';
import { readSummary, writeSummary } from './run/summary-file.js';

export interface PurgeOptions extends ClaimOptions {
  /** As `openRun` takes it. */
  run: string;
  /** Only tells what would be purged. */
  dryRun?: boolean;
  now?: Date;
}

/** Files that hold little but values. */
const REMOVED = ['rejected', 'succeeded', 'input', 'report'] as const;

/**
 * Takes the values of contacts out of the files of a run that has finished. Ids, statuses, codes and counts stay. From its first
 * step on the run counts as purged: who is killed over it does it again.
 * @returns the run's summary as it is, or, of a dry run, as it was
 * @throws SyncError `run_unfinished` where the run can be continued, `run_at_work` or `locked` where a process works on it or on
 * another run of its organisation
 */
export async function purgeValues(options: PurgeOptions): Promise<Readonly<Summary>> {
  const { store, run, dryRun = false, now = new Date() } = options;
  const folder = await store.findRun(run);
  const found = [{ folder, summary: await readSummary(folder) }];
  assertIdle(found, options);
  const release = dryRun ? () => Promise.resolve() : await lockAll(found, options, 'purging values');
  try {
    // What waited for the lock may have changed it.
    const summary = await readSummary(folder);
    if (!RUN_STATES[summary.state].isFinished) {
      throw new SyncError('run_unfinished', { run: folder.id, state: summary.state });
    }
    if (dryRun) return summary;
    summary.purged_at ??= now.toISOString();
    await writeSummary(folder.file('summary'), summary);
    await removeLeftovers(folder);
    for (const name of REMOVED) await rm(folder.file(name), { force: true });
    await rewriteLines(folder.file('results'), changed(parseResultLine, purgeResultLine));
    const { sha256 } = await surveyLines(folder.file('plan'), (line) => line);
    await rewritePlan(folder, summary, sha256, changed(parsePlanLine, purgePlanLine));
    return summary;
  } finally {
    await release();
  }
}

/** A line that is damaged is left out: what it holds cannot be told. */
function changed<T>(parse: (value: unknown) => T, purge: (line: T & { format?: number }) => T): ChangeLine {
  return (text) => {
    try {
      const value = JSON.parse(text) as { format?: number };
      const { format } = value;
      return JSON.stringify(purge({ ...parse(value), ...(format === undefined ? {} : { format }) }));
    } catch {
      return undefined;
    }
  };
}
