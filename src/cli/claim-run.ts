import path from 'node:path';
import type { ApiClient } from '../core/api/client.js';
import { ContactsApi } from '../core/contacts/contacts-api.js';
import { SyncError } from '../core/model/errors.js';
import { takeLock } from '../core/run/lock.js';
import { readSummary } from '../core/run/summary.js';
import { assertSameTarget, findTarget, machineDir, scopeOf, type Target } from '../core/run/target.js';
import { homeOf } from './io.js';
import type { Job } from './run-job.js';

/**
 * Makes sure that the run is this command's to work on: it belongs to this API and organisation, no other process
 * writes there, and it is in a state for the verb.
 * @returns lets the lock go, where one was taken
 */
export async function claim(
  job: Job,
  client: ApiClient,
  signal: AbortSignal,
  write: (line: string) => void,
): Promise<(() => Promise<void>) | undefined> {
  const { settings, key, summary, io } = job;
  const api = new ContactsApi(client, settings.apiPrefix);
  const target = await findTarget(api, { ...settings, key }, machineDir(homeOf(io)));
  assertTarget(job, target);
  const release = summary.dry_run ? undefined : await lockFor(job, target, signal, write);
  try {
    if (job.isNew) summary.target = target;
    else await reopenRun(job);
    return release;
  } catch (error) {
    await release?.();
    throw error;
  }
}

/** One run writes at a time for an organisation. */
async function lockFor(
  { folder, settings, key, io }: Job,
  target: Target,
  signal: AbortSignal,
  write: (line: string) => void,
): Promise<() => Promise<void>> {
  const onWait = (holder: string): void => write(`waiting for ${holder}, which holds the lock`);
  const machine = machineDir(homeOf(io));
  const scope = await scopeOf(target, key, machine);
  const waitMs = settings.waitLock ?? 0;
  return takeLock({ dir: path.join(machine, 'locks'), scope, runId: folder.id, waitMs, signal, onWait });
}

/** @throws SyncError where the run, or the run it is about, was made for another API or organisation */
function assertTarget({ isNew, summary, parent, key }: Job, target: Target): void {
  const made = isNew ? parent : summary;
  if (made === undefined) return;
  if (made.target === null) throw new SyncError('target_unknown', { run: made.run_id });
  assertSameTarget(made.run_id, made.target, target, key);
}

/** A run that exists may have come further while this process waited for the lock. */
async function reopenRun({ folder, summary, assert }: Job): Promise<void> {
  const { dry_run } = summary;
  Object.assign(summary, await readSummary(folder), { pid: process.pid, dry_run });
  assert?.(summary);
  Object.assign(summary, { exit_code: null, error: null, ended_at: null });
}
