import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { canonicalId } from './contacts/contact-id.js';
import { forgetInRun, type Occurrences } from './forget/forget-in-run.js';
import { SyncError } from './model/errors.js';
import { forgetInMirror } from './read/forget-in-mirror.js';
import type { RunLock } from './run/lock.js';
import type { RunFolder } from './run/run-folder.js';
import { RUN_STATES } from './run/state.js';
import type { RunStore } from './run/store.js';
import type { Summary } from './run/summary.js';
import { readSummary } from './run/summary-file.js';
import { scopeOf } from './run/target.js';

export interface ForgetOptions {
  /** The contact's id. */
  contact: string;
  store: RunStore;
  /** Keeps runs from being continued meanwhile. */
  lock: RunLock;
  /** Whether a process other than this one is there. */
  isAlive: (pid: number) => boolean;
  /** Only tells where the contact is. */
  dryRun?: boolean;
  signal?: AbortSignal;
}

export interface Forgotten {
  /** Runs that the contact is in, newest first. */
  runs: (Occurrences & { run: string })[];
  /** Mirrors that have it: they are deleted. */
  mirrors: number;
  /** Runs whose files could not be looked at, or not all. */
  failed: { run: string; error: unknown }[];
}

interface Kept {
  folder: RunFolder;
  summary: Summary;
}

/**
 * Takes a contact out of all runs of a store, and out of what is kept beside them. Counts and states of the runs stay; rows
 * about the contact can be neither sent nor put back any more. Whoever is killed over it does it again.
 * @throws SyncError `run_at_work` or `locked`, before anything is changed, where a process works on a run
 */
export async function forgetContact(options: ForgetOptions): Promise<Forgotten> {
  const { store, dryRun = false } = options;
  const id = canonicalId(options.contact.trim());
  const found: Forgotten = { runs: [], mirrors: 0, failed: [] };
  const kept = await readRuns(store, found.failed);
  assertIdle(kept, options);
  const release = dryRun ? () => Promise.resolve() : await lockAll(kept, options);
  try {
    for (const dir of await mirrorsIn(store.dir)) if (await forgetInMirror(dir, id, dryRun)) found.mirrors++;
    for (const { folder, summary } of kept) {
      options.signal?.throwIfAborted();
      try {
        const at = await forgetInRun({ folder, summary, id }, dryRun);
        if (Object.values(at).some((count) => count > 0)) found.runs.push({ run: folder.id, ...at });
      } catch (error) {
        found.failed.push({ run: folder.id, error });
      }
    }
    if (!dryRun) await forgetExport(store.dir, id);
  } finally {
    await release();
  }
  return found;
}

async function readRuns(store: RunStore, failed: Forgotten['failed']): Promise<Kept[]> {
  const kept: Kept[] = [];
  for (const run of await store.listRuns()) {
    try {
      const folder = await store.findRun(path.join(store.dir, run));
      kept.push({ folder, summary: await readSummary(folder) });
    } catch (error) {
      failed.push({ run, error });
    }
  }
  return kept;
}

/** A run whose process is at work holds in memory what is taken out of its files. */
function assertIdle(kept: readonly Kept[], { store, isAlive }: ForgetOptions): void {
  const busy = kept.find(({ summary: { state, pid } }) => {
    return !RUN_STATES[state].isFinished && pid !== null && pid !== store.owner.pid && isAlive(pid);
  });
  if (busy) throw new SyncError('run_at_work', { run: busy.folder.id });
}

/** Takes the lock of each organisation that the runs are about. @returns lets them go */
async function lockAll(kept: readonly Kept[], { store, lock, signal }: ForgetOptions): Promise<() => Promise<void>> {
  const scopes = new Set<string>();
  for (const { target } of kept.map(({ summary }) => summary)) {
    // Where the API does not tell whose key it is, the lock is the key's, which is not known here.
    if (target?.organisation) scopes.add(await scopeOf(target, '', store.machineDir));
  }
  const taken: (() => Promise<void>)[] = [];
  const release = async (): Promise<void> => {
    for (const letGo of taken) await letGo();
  };
  const request = { runId: 'none, taking a contact out', pid: store.owner.pid, waitMs: 0 };
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

async function mirrorsIn(runsDir: string): Promise<string[]> {
  const names = await readdir(runsDir).catch(() => []);
  return names.filter((name) => name.startsWith('.mirror-')).map((name) => path.join(runsDir, name));
}

/** The note of the newest export has its filters, which may name the contact. The export itself is the user's own file. */
async function forgetExport(runsDir: string, id: string): Promise<void> {
  const file = path.join(runsDir, 'latest-export.json');
  const text = await readFile(file, 'utf8').catch(() => '');
  if (text.includes(JSON.stringify(id).slice(1, -1))) await rm(file, { force: true });
}
