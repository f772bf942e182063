import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { removeParts } from '../disk/replace-file.js';
import { removeScratch } from '../disk/scratch.js';
import { findRun, isFolderOfRun, isRunId, listRuns, newRun, RUN_FILES, type RunFolder } from './run-folder.js';
import type { Owner } from './summary.js';
import { assertTrusted } from './trust.js';

/** Where runs are kept, and by whom. */
export interface RunStore {
  /** Holds the runs' folders, and what is kept across runs. */
  readonly dir: string;
  /** What this machine remembers across folders: whose key is whose. */
  readonly machineDir: string;
  /** The process that works on runs; told in each run's summary. */
  readonly owner: Owner;
  /**
   * Names the folder of a new run; nothing is made yet.
   * @param beside another run's folder, where not in `dir`
   * @throws SyncError where other users could write there
   */
  newRun(now: Date, beside?: RunFolder): RunFolder;
  /**
   * @param run its folder, its id or a part that no other run's has, or `latest`
   * @param wrote `latest` is the newest run that sent something
   * @throws SyncError where there is no such run, or other users could have made or changed it
   */
  findRun(run: string, wrote?: boolean): Promise<RunFolder>;
  /** Ids, newest first. @throws SyncError where other users could write there */
  listRuns(): Promise<string[]>;
  /** Removes what killed processes have left: stores that may hold all contacts, and files that never got their name. */
  removeLeftovers(): Promise<void>;
}

export interface FileStoreOptions {
  dir: string;
  machineDir: string;
  owner: Owner;
  /**
   * The uid that works on runs. Folders of runs that are links, belong to another user but root, or can be written by others
   * are refused then. Undefined on systems that have no uids.
   */
  user?: number | undefined;
  /** Others are meant to write there: no folder is refused. */
  isShared?: boolean;
}

/** Runs as folders on disk. */
export function fileStore({ user, isShared = false, ...options }: FileStoreOptions): RunStore {
  const { dir } = options;
  const trusted = isShared ? undefined : user;
  const inTrusted = (runsDir: string): string => {
    assertTrusted(path.resolve(runsDir), trusted);
    return runsDir;
  };
  return {
    ...options,
    newRun: (now, beside) => newRun(inTrusted(beside ? path.dirname(beside.dir) : dir), now),
    async findRun(run, wrote) {
      const folder = await findRun(isFolderOfRun(run) ? dir : inTrusted(dir), run, wrote);
      assertTrusted(path.dirname(folder.dir), trusted, 'checked');
      assertTrusted(folder.dir, trusted);
      return folder;
    },
    listRuns: async () => listRuns(inTrusted(dir)),
    async removeLeftovers() {
      // Only where nobody else can have a link lead to what is removed.
      await removeParts(inTrusted(dir), user);
      for (const id of (await readdir(dir).catch(() => [])).filter(isRunId)) {
        await removeParts(path.join(dir, id), user);
        await removeScratch(path.join(dir, id, RUN_FILES.scratch), user);
      }
    },
  };
}
