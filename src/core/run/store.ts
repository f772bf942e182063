import path from 'node:path';
import { findRun, listRuns, newRun, type RunFolder } from './run-folder.js';
import type { Owner } from './summary.js';

/** Where runs are kept, and by whom. */
export interface RunStore {
  /** Holds the runs' folders, and what is kept across runs. */
  readonly dir: string;
  /** What this machine remembers across folders: whose key is whose. */
  readonly machineDir: string;
  /** The process that works on runs; told in each run's summary. */
  readonly owner: Owner;
  /** Names the folder of a new run; nothing is made yet. @param beside another run's folder, where not in `dir` */
  newRun(now: Date, beside?: RunFolder): RunFolder;
  /**
   * @param run its folder, its id, or `latest`
   * @param wrote `latest` is the newest run that sent something
   * @throws SyncError where there is no such run
   */
  findRun(run: string, wrote?: boolean): Promise<RunFolder>;
  /** Ids, newest first. */
  listRuns(): Promise<string[]>;
}

/** Runs as folders on disk. */
export function fileStore(options: { dir: string; machineDir: string; owner: Owner }): RunStore {
  const { dir } = options;
  return {
    ...options,
    newRun: (now, beside) => newRun(beside ? path.dirname(beside.dir) : dir, now),
    findRun: (run, wrote) => findRun(dir, run, wrote),
    listRuns: () => listRuns(dir),
  };
}
