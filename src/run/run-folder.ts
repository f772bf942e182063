import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../exit.js';
import { didYouMean } from '../suggest.js';

/** The files of a run, as the outside knows them. */
export const RUN_FILES = {
  plan: 'plan.ndjson',
  results: 'results.ndjson',
  rejected: 'rejected.csv',
  summary: 'summary.json',
  log: 'run.log',
  /** Rows in the order in which a request for them began: what may have been sent, should the run be killed. */
  sent: 'sent.ndjson',
  /** Standard input, kept so that it can be read more than once. */
  input: 'input.csv',
  /** Stores on disk, gone at the end of the run. */
  scratch: 'scratch',
} as const;

/** A run's folder, `runs/<id>/`. It holds personal data: 0700, its files 0600. */
export interface RunFolder {
  id: string;
  dir: string;
  file(name: keyof typeof RUN_FILES): string;
}

/** Names the folder of a new run. Ids sort by time: `20261123T020001000Z-3f9c`. */
export function newRun(runsDir: string, now: Date): RunFolder {
  const stamp = now.toISOString().replace(/[-:.]/g, '');
  return folderAt(path.resolve(runsDir, `${stamp}-${randomBytes(2).toString('hex')}`));
}

export async function makeFolder({ dir }: RunFolder): Promise<void> {
  try {
    await mkdir(path.dirname(dir), { recursive: true, mode: 0o700 });
    await mkdir(dir, { mode: 0o700 });
  } catch (cause) {
    throw new UsageError(`cannot make the run's folder ${dir}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Finds a run.
 * @param run its folder, its id, or `latest`
 * @param has a file that the newest must have to be the `latest` that is meant
 * @throws UsageError where there is no such run
 */
export async function findRun(
  runsDir: string,
  run: string,
  has: keyof typeof RUN_FILES = 'summary',
): Promise<RunFolder> {
  if (existsSync(path.join(run, RUN_FILES.summary))) return folderAt(path.resolve(run));
  const ids = await listRuns(runsDir);
  const id = run === 'latest' ? ids.find((name) => existsSync(path.join(runsDir, name, RUN_FILES[has]))) : run;
  if (id !== undefined && ids.includes(id)) return folderAt(path.resolve(runsDir, id));
  if (ids.length === 0)
    throw new UsageError(`there are no runs in ${path.resolve(runsDir)} (--runs-dir names another folder)`);
  throw new UsageError(
    `there is no run "${run}" in ${path.resolve(runsDir)}${didYouMean(run, ids)}; contact-sync runs lists them`,
  );
}

/** The runs kept in a folder, newest first. */
export async function listRuns(runsDir: string): Promise<string[]> {
  if (!existsSync(runsDir)) return [];
  const names = await readdir(runsDir);
  return names
    .filter((name) => existsSync(path.join(runsDir, name, RUN_FILES.summary)))
    .sort()
    .reverse();
}

/** How many runs kept in a folder have sent something since a time. */
export async function countSentSince(runsDir: string, time: Date): Promise<number> {
  let runs = 0;
  for (const id of await listRuns(runsDir)) {
    const sent = await stat(path.join(runsDir, id, RUN_FILES.sent)).catch(() => undefined);
    if (sent && sent.size > 0 && sent.mtime > time) runs++;
  }
  return runs;
}

/** Another run beside this one. */
export function siblingRun({ dir }: RunFolder, id: string): RunFolder {
  return folderAt(path.join(path.dirname(dir), id));
}

function folderAt(dir: string): RunFolder {
  return { id: path.basename(dir), dir, file: (name) => path.join(dir, RUN_FILES[name]) };
}
