import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../exit.js';

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

/** Makes the folder of a new run. Ids sort by time: `20261123T020001000Z-3f9c`. */
export async function createRun(runsDir: string, now: Date): Promise<RunFolder> {
  const stamp = now.toISOString().replace(/[-:.]/g, '');
  const id = `${stamp}-${randomBytes(2).toString('hex')}`;
  const dir = path.resolve(runsDir, id);
  try {
    await mkdir(path.resolve(runsDir), { recursive: true, mode: 0o700 });
    await mkdir(dir, { mode: 0o700 });
  } catch (cause) {
    throw new UsageError(`cannot make the run's folder ${dir}: ${(cause as Error).message}`, { cause });
  }
  return { id, dir, file: (name) => path.join(dir, RUN_FILES[name]) };
}
