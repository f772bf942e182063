import { lstatSync, type Stats } from 'node:fs';
import type { ErrorFacts } from '../model/error-facts.js';
import { SyncError } from '../model/errors.js';

const WRITABLE_BY_OTHERS = 0o022;
/** In a folder with this bit, others can add entries and touch none of ours. */
const STICKY = 0o1000;

/**
 * Refuses a folder in which another user could plant a plan or swap one: it would be sent with this user's key.
 * A folder that does not exist is fine.
 * @param user who works on runs, by uid; undefined: any folder will do
 * @param entries `ours`: what is in the folder counts as it is; `checked`: its entries are checked by themselves
 * @throws SyncError naming what is wrong
 */
export function assertTrusted(dir: string, user: number | undefined, entries: 'ours' | 'checked' = 'ours'): void {
  if (user === undefined) return;
  const stats = lstatSync(dir, { throwIfNoEntry: false });
  const why = stats && flawOf(stats, user, entries);
  if (why !== undefined) throw new SyncError('folder_not_trusted', { dir, why, owner: stats!.uid });
}

function flawOf(
  stats: Stats,
  user: number,
  entries: 'ours' | 'checked',
): ErrorFacts['folder_not_trusted']['why'] | undefined {
  const { uid, mode } = stats;
  if (stats.isSymbolicLink()) return entries === 'ours' ? 'link' : undefined;
  if (uid !== user && uid !== 0) return 'owner';
  if ((mode & WRITABLE_BY_OTHERS) === 0 || (entries === 'checked' && (mode & STICKY) !== 0)) return undefined;
  return 'writable';
}
