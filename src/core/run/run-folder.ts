import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeDir } from '../disk/make-dir.js';
import { whyNotMade } from '../disk/near-file.js';
import { SyncError } from '../model/errors.js';
import { nearest } from '../model/suggest.js';

/** The files of a run, as the outside knows them. */
export const RUN_FILES = {
  plan: 'plan.ndjson',
  results: 'results.ndjson',
  rejected: 'rejected.csv',
  /** The same for rows that were updated. */
  succeeded: 'succeeded.csv',
  summary: 'summary.json',
  log: 'run.log',
  /** What came before, where the log outgrew one file. */
  olderLog: 'run.log.1',
  /** What the API said in its own words of requests that no row is about; there only where it said something. */
  answers: 'answers.ndjson',
  /** The run as a page, where one was asked for. */
  report: 'report.html',
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

const RUN_ID = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-[0-9a-f]{4}$/;

/** Whether a name has the form of a run's id. */
export function isRunId(name: string): boolean {
  return RUN_ID.test(name);
}

/**
 * Names the folder of a new run. Ids sort in the order in which runs were made: `20261123T020001000Z-3f9c`. Where the
 * clock was ahead once, the time in the name is the one after the newest run's.
 */
export function newRun(runsDir: string, now: Date): RunFolder {
  const isFolder = statSync(runsDir, { throwIfNoEntry: false })?.isDirectory() === true;
  const newest = isFolder ? readdirSync(runsDir).filter(isRunId).sort().at(-1) : undefined;
  const after = newest === undefined ? 0 : timeOf(newest) + 1;
  const stamp = new Date(Math.max(now.getTime(), after)).toISOString().replace(/[-:.]/g, '');
  return folderAt(path.resolve(runsDir, `${stamp}-${randomBytes(2).toString('hex')}`));
}

function timeOf(id: string): number {
  const [, year, month, day, hour, minute, second, ms] = RUN_ID.exec(id)!;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`) || 0;
}

/** Makes the folder of the runs where it is not there, such that no one commits the personal data in it. */
export async function makeRunsDir(dir: string): Promise<void> {
  const made = await makeDir(dir);
  if (made) await writeFile(path.join(dir, '.gitignore'), '*\n', { mode: 0o600 });
}

export async function makeFolder({ dir }: RunFolder): Promise<void> {
  try {
    await makeRunsDir(path.dirname(dir));
    await mkdir(dir, { mode: 0o700 });
  } catch (cause) {
    throw new SyncError(
      'folder_not_made',
      { dir, detail: whyNotMade((cause as NodeJS.ErrnoException).path ?? dir, cause) },
      { cause },
    );
  }
}

/**
 * Finds a run.
 * @param run its folder, its id or a part that no other run's has, or `latest`
 * @param wrote `latest` is the newest run that sent something
 * @throws SyncError where there is no such run, or several have that part
 */
export async function findRun(runsDir: string, run: string, wrote = false): Promise<RunFolder> {
  if (isFolderOfRun(run)) return folderAt(path.resolve(run));
  const ids = await listRuns(runsDir);
  const dir = path.resolve(runsDir);
  const id = run === 'latest' ? await newestOf(runsDir, ids, wrote) : idOf(run, ids, dir);
  if (id !== undefined) return folderAt(path.resolve(runsDir, id));
  if (ids.length === 0) throw new SyncError('no_runs', { dir });
  if (run === 'latest') throw new SyncError('no_run_wrote', { dir });
  throw new SyncError('run_not_found', { run, dir, suggestion: nearest(run, ids) });
}

/** The one id that has this part. @throws SyncError where several have it: which one is meant cannot be guessed */
function idOf(part: string, ids: readonly string[], dir: string): string | undefined {
  const matching = part === '' ? [] : ids.filter((id) => id.includes(part));
  if (matching.length > 1) throw new SyncError('run_ambiguous', { run: part, dir, matching });
  return matching[0];
}

/** Whether a run is named by its folder. */
export function isFolderOfRun(run: string): boolean {
  return existsSync(path.join(run, RUN_FILES.summary));
}

/** The runs kept in a folder, newest first. */
export async function listRuns(runsDir: string): Promise<string[]> {
  if (!existsSync(runsDir)) return [];
  const names = (await readdir(runsDir)).filter(isRunId).sort().reverse();
  const runs: string[] = [];
  for (const name of names) if (await isOwnSummary(runsDir, name)) runs.push(name);
  return runs;
}

/** A copy of a run under another name is not a run. A summary that cannot be read is still one, for `runs` to tell. */
async function isOwnSummary(runsDir: string, name: string): Promise<boolean> {
  try {
    const text = await readFile(path.join(runsDir, name, RUN_FILES.summary), 'utf8');
    const { run_id } = (JSON.parse(text) ?? {}) as { run_id?: unknown };
    return run_id === undefined || run_id === name;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

async function newestOf(runsDir: string, ids: readonly string[], wrote: boolean): Promise<string | undefined> {
  if (!wrote) return ids[0];
  for (const id of ids) if (await hasSent(folderAt(path.resolve(runsDir, id)))) return id;
  return undefined;
}

/** Whether a request of the run may have been sent: an apply that changes nothing leaves an empty file. */
export async function hasSent(folder: RunFolder): Promise<boolean> {
  return (await lastSent(folder)) !== undefined;
}

/** When the last request was noted; undefined where none was. */
async function lastSent(folder: RunFolder): Promise<Date | undefined> {
  const sent = await stat(folder.file('sent')).catch(() => undefined);
  return sent !== undefined && sent.size > 0 ? sent.mtime : undefined;
}

/** How many runs kept in a folder have sent something since a time. */
export async function countSentSince(runsDir: string, time: Date): Promise<number> {
  let runs = 0;
  for (const id of await listRuns(runsDir)) {
    const at = await lastSent(folderAt(path.resolve(runsDir, id)));
    if (at !== undefined && at > time) runs++;
  }
  return runs;
}

/** Another run beside this one. @throws SyncError where that is not a run's id */
export function siblingRun({ dir }: RunFolder, id: string): RunFolder {
  if (!isRunId(id)) throw new SyncError('run_id_invalid', { run: id });
  return folderAt(path.join(path.dirname(dir), id));
}

function folderAt(dir: string): RunFolder {
  return { id: path.basename(dir), dir, file: (name) => path.join(dir, RUN_FILES[name]) };
}
