import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { RunFolder } from '../run/run-folder.js';

/** Removes copies that a run can do without: stores of a process that was killed, halves of files, the API's words. */
export async function removeLeftovers(folder: RunFolder): Promise<void> {
  await rm(folder.file('scratch'), { recursive: true, force: true });
  await rm(folder.file('answers'), { force: true });
  for (const name of await readdir(folder.dir)) {
    if (name.endsWith('.part')) await rm(path.join(folder.dir, name), { force: true });
  }
}
