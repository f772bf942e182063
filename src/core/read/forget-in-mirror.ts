import { rm } from 'node:fs/promises';
import path from 'node:path';
import { SyncError } from '../model/errors.js';
import { MirrorBrokenError, MirrorBusyError, MirrorStore } from './mirror-store.js';

/**
 * Deletes a mirror that has a contact: what a store of this kind deletes stays in its files for a while. It is a cache,
 * and the next run that uses it fills it again.
 * @param dryRun only tells whether it has the contact
 * @returns whether it has, or cannot tell
 * @throws SyncError `mirror_in_use` where a run has it open
 */
export async function forgetInMirror(dir: string, id: string, dryRun: boolean): Promise<boolean> {
  let has = true;
  try {
    const store = await MirrorStore.open(dir);
    try {
      has = await store.names(id);
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof MirrorBusyError)
      throw new SyncError('mirror_in_use', { dir: path.basename(dir) }, { cause: error });
    if (!(error instanceof MirrorBrokenError)) throw error;
  }
  if (has && !dryRun) await rm(dir, { recursive: true, force: true });
  return has;
}
