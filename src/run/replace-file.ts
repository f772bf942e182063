import { open, rename } from 'node:fs/promises';

/** Replaces a file in one step, readable by its owner alone, so that a crash leaves the old one or the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const next = `${path}.next`;
  const file = await open(next, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(next, path);
}
