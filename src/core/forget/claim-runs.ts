import { SyncError } from '../model/errors.js';
import type { RunLock } from '../run/lock.js';
import type { RunFolder } from '../run/run-folder.js';
import { RUN_STATES } from '../run/state.js';
import type { RunStore } from '../run/store.js';
import type { Summary } from '../run/summary.js';
import { scopeOf } from '../run/target.js';

/** A run on disk. */
export interface KeptRun {
  folder: RunFolder;
  summary: Summary;
}

/** What keeps runs from being continued while their files are changed. */
export interface ClaimOptions {
  store: RunStore;
  lock: RunLock;
  /** Whether a process other than this one is there. */
  isAlive: (pid: number) => boolean;
  signal?: AbortSignal;
}

/** @throws SyncError where a process is at work on one of the runs: it holds in memory what is taken out of the files */
export function assertIdle(runs: readonly KeptRun[], { store, isAlive }: ClaimOptions): void {
  const busy = runs.find(({ summary: { state, pid } }) => {
    return !RUN_STATES[state].isFinished && pid !== null && pid !== store.owner.pid && isAlive(pid);
  });
  if (busy) throw new SyncError('run_at_work', { run: busy.folder.id });
}

/** Takes the lock of each organisation that the runs are about. @returns lets them go */
export async function lockAll(
  runs: readonly KeptRun[],
  { store, lock, signal }: ClaimOptions,
  purpose: string,
): Promise<() => Promise<void>> {
  const scopes = new Set<string>();
  for (const { target } of runs.map(({ summary }) => summary)) {
    // Where the API does not tell whose key it is, the lock is the key's, which is not known here.
    if (target?.organisation) scopes.add(await scopeOf(target, '', store.machineDir));
  }
  const taken: (() => Promise<void>)[] = [];
  const release = async (): Promise<void> => {
    for (const letGo of taken) await letGo();
  };
  const request = { runId: `none, ${purpose}`, pid: store.owner.pid, waitMs: 0 };
  const told = { onWait: () => undefined, onLost: () => undefined };
  try {
    for (const scope of [...scopes].sort()) {
      taken.push(await lock.take({ ...request, ...told, scope, signal: signal ?? new AbortController().signal }));
    }
    return release;
  } catch (error) {
    await release();
    throw error;
  }
}
