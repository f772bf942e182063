import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeDir } from './make-dir.js';
import { SyncError } from '../model/errors.js';
import { hold, removeIfLeft } from './held-file.js';

/** Held by the process that works in the folder. */
const HELD = '.held';

/** A folder for stores on disk, which may hold all contacts of an organisation. */
export interface Scratch {
  /** Lets the folder go and removes it with all that is in it. */
  remove(): Promise<void>;
}

/** A process that removes what another one has left is done with it in no time. */
const TRIES = 50;
const WAIT_MS = 20;

/**
 * Makes a folder for as long as this process lives, whatever it is ended by: `removeScratch` removes it afterwards.
 * @throws SyncError where another process works in it
 */
export async function holdScratch(dir: string): Promise<Scratch> {
  for (let tries = 0; tries < TRIES; tries++) {
    if (tries > 0) await wait(WAIT_MS);
    await makeDir(dir);
    const held = path.join(dir, HELD);
    const file = await open(held, 'a+', 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      // Another process has just removed the folder.
      return undefined;
    });
    if (file && (await hold(file, held))) {
      return {
        async remove() {
          await rm(dir, { recursive: true, force: true });
          await file.close();
        },
      };
    }
    await file?.close();
  }
  throw new SyncError('run_busy', { dir: path.dirname(dir) });
}

/** Removes a folder that a process of this user left when it was killed. @param user by uid; undefined where there are none */
export function removeScratch(dir: string, user: number | undefined): Promise<void> {
  return removeIfLeft(path.join(dir, HELD), user, dir);
}
