import path from 'node:path';
import { forgetContact, type Forgotten } from '../core/forget-contact.js';
import { fileLock } from '../core/run/lock.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { Io } from './output/io.js';
import { messageOf } from './messages.js';
import { openStore } from './open-store.js';
import { plural } from '../core/report/format.js';
import { UsageError } from './settings/command-error.js';
import type { Settings } from './settings/schemas.js';
import { printError, printJson, printResult } from './output/terminal.js';

/**
 * `runs forget <contact-id>`: takes a person out of all runs of the folder. Prints run ids and counts alone.
 * @returns 3 where the files of a run could not be looked at
 * @throws UsageError without an id; SyncError of kind `locked` where a run is at work
 */
export async function runForget(
  contact: unknown,
  settings: Settings,
  isAlive: (pid: number) => boolean,
  io: Io,
): Promise<ExitCode> {
  if (typeof contact !== 'string' || contact.trim() === '') {
    throw new UsageError('runs forget needs the id of a contact, such as: contact-sync runs forget 3c90c3cc-…');
  }
  const { dryRun, json } = settings;
  const store = await openStore(settings, io);
  const forgotten = await forgetContact({
    ...{ contact, dryRun, isAlive, store, lock: fileLock(path.join(store.machineDir, 'locks')) },
    ...(io.signal ? { signal: io.signal } : {}),
  });
  const { runs, mirrors, failed } = forgotten;
  if (json) printJson(io, { dry_run: dryRun, runs, mirrors, failed: failed.map(({ run }) => run) });
  else printResult(io, render(forgotten, dryRun));
  for (const { run, error } of failed) printError(io, `run ${run} may still have the contact: ${messageOf(error)}`);
  return failed.length > 0 ? EXIT.incomplete : EXIT.ok;
}

function render({ runs, mirrors }: Forgotten, dryRun: boolean): string {
  const lines = runs.map(({ run, ...counts }) => {
    const found = Object.entries(counts).filter(([, count]) => count > 0);
    return `${run}  ${found.map(([file, count]) => `${file} ${count}`).join(', ')}`;
  });
  if (mirrors > 0) lines.push(`${plural(mirrors, 'mirror')} ${dryRun ? 'would be deleted' : 'deleted'}`);
  const what = dryRun ? 'would be taken out of' : 'taken out of';
  lines.push(
    `${what} ${plural(runs.length, 'run')}; exports, other files of your own and copies of runs are not looked at`,
  );
  return lines.join('\n');
}
