import { constants } from 'node:fs';
import { open, rm, stat, type FileHandle } from 'node:fs/promises';

/** Whether a file is held by a process that lives is asked of the operating system: its lock is gone with the process. */
type TryLock = (fd: number) => boolean;

/** Where the platform has no such locks, nothing is held, and nothing is taken for left behind. */
async function loadTryLock(): Promise<TryLock | undefined> {
  try {
    return (await import('fs-native-extensions')).tryLock;
  } catch {
    return undefined;
  }
}

/**
 * Holds a file that this process has just opened, for as long as it is open.
 * @returns false where another process is about to remove it, or has: another one must be made
 */
export async function hold(file: FileHandle, path: string): Promise<boolean> {
  const tryLock = await loadTryLock();
  if (tryLock === undefined) return true;
  return tryLock(file.fd) && (await isAt(file, path));
}

/** Whether a path still leads to a file that is open. */
export async function isAt(file: FileHandle, path: string): Promise<boolean> {
  const [opened, found] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
  return found !== undefined && opened.ino === found.ino && opened.dev === found.dev;
}

/**
 * Removes what a process that is gone has left.
 * @param path of the file that it held
 * @param what is removed, by default that file
 * @param user who may have left it, by uid; undefined where there are none
 */
export async function removeIfLeft(path: string, user: number | undefined, what = path): Promise<void> {
  const tryLock = await loadTryLock();
  if (tryLock === undefined) return;
  const { O_RDWR, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const file = await open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK).catch(() => undefined);
  if (!file) return;
  try {
    const stats = await file.stat();
    const isOurs = stats.isFile() && (user === undefined || stats.uid === user);
    if (isOurs && tryLock(file.fd) && (await isAt(file, path))) await rm(what, { recursive: true, force: true });
  } finally {
    await file.close();
  }
}
