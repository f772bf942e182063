import path from 'node:path';
import { purgeValues } from '../core/purge-values.js';
import { fileLock } from '../core/run/lock.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { openStore } from './open-store.js';
import type { Io } from './output/io.js';
import { printJson, printResult } from './output/terminal.js';
import { UsageError } from './settings/command-error.js';
import type { Settings } from './settings/schemas.js';

/**
 * `runs purge-values <run>`: takes the values of contacts out of a finished run's files.
 * @throws UsageError without a run; SyncError where it has not finished, or a process works on it
 */
export async function runPurge(
  run: unknown,
  settings: Settings,
  isAlive: (pid: number) => boolean,
  io: Io,
): Promise<ExitCode> {
  if (typeof run !== 'string' || run.trim() === '') {
    throw new UsageError(
      'runs purge-values needs a run, such as: contact-sync runs purge-values 20261123T020001000Z-3f9c',
    );
  }
  const { dryRun, json } = settings;
  const store = await openStore(settings, io);
  const summary = await purgeValues({
    ...{ run, dryRun, isAlive, store, lock: fileLock(path.join(store.machineDir, 'locks')) },
    ...(io.signal ? { signal: io.signal } : {}),
  });
  const { run_id, purged_at = null } = summary;
  if (json) printJson(io, { dry_run: dryRun, run_id, purged_at });
  else {
    const what = dryRun ? 'would be purged' : 'purged';
    printResult(
      io,
      `values of run ${run_id} ${what}; ids, statuses and counts stay. ` +
        `It ${dryRun ? 'could' : 'can'} no longer be applied, retried or undone. Runs that undo or retry it, and files of your own, have values of their own`,
    );
  }
  return EXIT.ok;
}
