import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a folder for this user alone, with those around it that are missing. Node's own recursive `mkdir` never ends
 * where the folder around is there and nothing can be made in it, as in /proc.
 * @returns whether it was missing
 * @throws NodeJS.ErrnoException whose `path` is the folder that cannot be made
 */
export async function makeDir(dir: string): Promise<boolean> {
  try {
    await mkdir(dir, { mode: 0o700 });
    return true;
  } catch (error) {
    if (await isDir(dir)) return false;
    const around = path.dirname(dir);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || (await isDir(around))) throw error;
    await makeDir(around);
    return makeDir(dir);
  }
}

async function isDir(dir: string): Promise<boolean> {
  try {
    return (await stat(dir)).isDirectory();
  } catch {
    return false;
  }
}
