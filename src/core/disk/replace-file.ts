import { randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';

/** Replaces a file in one step, readable by its owner alone, so that a crash leaves the old one or the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const { file, path: next } = await openBeside(path);
  try {
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(next, path);
  } catch (error) {
    // The error that counts is the first one.
    await rm(next, { force: true }).catch(() => undefined);
    throw error;
  }
}

/**
 * Makes a file beside another one whose place it is to take. Its name cannot be foreseen and nothing may have it yet:
 * in a folder that others can write to, a file or link of theirs would be written through.
 */
export async function openBeside(path: string): Promise<{ file: FileHandle; path: string }> {
  const next = `${path}.${randomBytes(6).toString('hex')}.part`;
  return { file: await open(next, 'wx', 0o600), path: next };
}
