import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { hold, removeIfLeft } from './held-file.js';

/** What the name of a file beside another one ends with. */
const PART = /^\.[0-9a-f]{12}\.part$/;

/**
 * Replaces a file in one step, so that a crash leaves the old one or the new one.
 * @param mode of the new file; by default its owner alone can read it
 */
export async function replaceFile(path: string, text: string, mode = 0o600): Promise<void> {
  const { file, path: next } = await openBeside(path);
  try {
    try {
      await file.writeFile(text);
      if (mode !== 0o600) await file.chmod(mode);
      await file.datasync();
      await rename(next, path);
    } finally {
      await file.close();
    }
  } catch (error) {
    // The error that counts is the first one.
    await rm(next, { force: true }).catch(() => undefined);
    throw error;
  }
}

/**
 * Makes a file beside another one whose place it is to take. Its name cannot be foreseen and nothing may have it yet:
 * in a folder that others can write to, a file or link of theirs would be written through. It is to be renamed before it is
 * closed: once it is closed, it counts as left behind.
 */
export async function openBeside(path: string): Promise<{ file: FileHandle; path: string }> {
  for (;;) {
    const next = `${path}.${randomBytes(6).toString('hex')}.part`;
    const file = await open(next, 'wx', 0o600);
    if (await hold(file, next)) return { file, path: next };
    await file.close();
  }
}

/** Removes what processes of this user that were killed have left beside a file. */
export async function removePartsOf(file: string, user: number | undefined): Promise<void> {
  const name = path.basename(file);
  await removeParts(path.dirname(file), user, (entry) => entry.startsWith(name) && PART.test(entry.slice(name.length)));
}

/** The same for all files of a folder, or for some. */
export async function removeParts(
  dir: string,
  user: number | undefined,
  isPart: (name: string) => boolean = (name) => PART.test(name.slice(-PART_LENGTH)),
): Promise<void> {
  for (const name of await readdir(dir).catch(() => [])) {
    if (isPart(name)) await removeIfLeft(path.join(dir, name), user).catch(() => undefined);
  }
}

const PART_LENGTH = '.0123456789ab.part'.length;
