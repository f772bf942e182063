import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { canonicalId } from './contacts/contact-id.js';
import { assertIdle, lockAll, type ClaimOptions, type KeptRun } from './forget/claim-runs.js';
import { forgetInRun, type Occurrences } from './forget/forget-in-run.js';
import { forgetInMirror } from './read/forget-in-mirror.js';
import type { RunStore } from './run/store.js';
import { readSummary } from './run/summary-file.js';

export interface ForgetOptions extends ClaimOptions {
  /** The contact's id. */
  contact: string;
  /** Only tells where the contact is. */
  dryRun?: boolean;
}

export interface Forgotten {
  /** Runs that the contact is in, newest first. */
  runs: (Occurrences & { run: string })[];
  /** Mirrors that have it: they are deleted. */
  mirrors: number;
  /** Runs whose files could not be looked at, or not all. */
  failed: { run: string; error: unknown }[];
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
  const release = dryRun ? () => Promise.resolve() : await lockAll(kept, options, 'taking a contact out');
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

async function readRuns(store: RunStore, failed: Forgotten['failed']): Promise<KeptRun[]> {
  const kept: KeptRun[] = [];
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
