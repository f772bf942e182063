import type { ContactsApi } from './contacts/contacts-api.js';
import { holdScratch } from './disk/scratch.js';
import { SyncError } from './model/errors.js';
import type { LockRequest } from './run/lock.js';
import { assertOrganisation, assertSameTarget, findTarget, scopeOf, scopeWith, type Target } from './run/target.js';
import type { Job, Work } from './run-job.js';
import { RUN_STATES } from './run/state.js';
import { readSummary } from './run/summary-file.js';
import { settleWriteGuards } from './run/write-guards.js';

/**
 * Makes sure that the run is this command's to work on: it belongs to this API and organisation, no other process
 * writes there, and it is in a state for the verb.
 * @returns removes what is on disk for the time of the work, and lets the lock go, where one was taken
 */
export async function claimRun(work: Work, api: ContactsApi): Promise<() => Promise<void>> {
  const { job, context, keeper, emit } = work;
  // Where the key goes is on disk before it does.
  const record = (known: Target): Promise<void> => (job.isNew ? keeper.aim(known) : Promise.resolve());
  const target = await findTarget(api, context.api, context.store.machineDir, record);
  assertTarget(job, target, context.api.key);
  assertOrganisation(target, context.organisation);
  emit({ type: 'target_known', baseUrl: target.base_url, organisation: target.organisation });
  const release = job.summary.dry_run ? () => Promise.resolve() : await takeLock(work, target);
  try {
    keeper.claim(job.isNew ? { target } : await reopenRun(work));
    const scratch = await holdScratch(job.folder.file('scratch'));
    return async () => {
      await scratch.remove();
      await release();
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** One run writes at a time for an organisation. */
async function takeLock({ job, context, emit, stop }: Work, target: Target): Promise<() => Promise<void>> {
  const { api, lock, store, waitLock, coordination } = context;
  const onWait: LockRequest['onWait'] = (holder) => emit({ type: 'waiting', for: 'lock', holder });
  const onLost: LockRequest['onLost'] = (why) => {
    stop.abort(why);
    emit({ type: 'warning', code: 'lock_lost', facts: { why: why.code, ...why.facts } });
  };
  const { pid } = store.owner;
  const request = { runId: job.folder.id, pid, waitMs: waitLock, signal: stop.signal, onWait, onLost };
  // Runs on this machine that share nothing must not write either.
  const release = await lock.take({ ...request, scope: await scopeOf(target, api.key, store.machineDir) });
  if (coordination === undefined) return release;
  try {
    const scope = scopeWith(target, api.key, coordination.salt);
    const releaseShared = await coordination.lock.take({ ...request, scope });
    return async () => {
      await releaseShared();
      await release();
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** @throws SyncError where the run, or the run it is about, was made for another API or organisation */
function assertTarget({ isNew, summary, parent }: Job, target: Target, key: string): void {
  const made = isNew ? parent : summary;
  if (made === undefined) return;
  if (made.target === null) throw new SyncError('target_unknown', { run: made.run_id });
  assertSameTarget(made.run_id, made.target, target, key);
}

/** A run that exists may have come further while this process waited for the lock. */
async function reopenRun({ job, context }: Work): Promise<Awaited<ReturnType<typeof readSummary>>> {
  const { dry_run, reserve } = job.summary;
  const { pid } = context.store.owner;
  const summary = { ...(await readSummary(job.folder)), pid, dry_run, reserve };
  job.assert?.(summary);
  // A plan that waits is watched as it was made to be: that is part of what was approved.
  const known = RUN_STATES[summary.state].apply ? summary.planned_guards : summary.write_guards;
  const write_guards = settleWriteGuards(context.writing ?? {}, known);
  return { ...summary, write_guards, exit_code: null, error: null, error_code: null, ended_at: null };
}
