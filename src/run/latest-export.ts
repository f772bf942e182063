import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../exit.js';

/** What `--snapshot` takes for the newest export to a file. */
export const LATEST_EXPORT = 'latest-export';

function noteFile(runsDir: string): string {
  return path.resolve(runsDir, 'latest-export.json');
}

/** Remembers where the newest export is. */
export async function noteExport(runsDir: string, out: string): Promise<void> {
  const note = { file: path.resolve(out), at: new Date().toISOString() };
  await mkdir(path.resolve(runsDir), { recursive: true, mode: 0o700 });
  await writeFile(noteFile(runsDir), JSON.stringify(note) + '\n', { mode: 0o600 });
}

/** @throws UsageError where no export was made with `--out` yet */
export async function findLatestExport(runsDir: string): Promise<string> {
  try {
    return (JSON.parse(await readFile(noteFile(runsDir), 'utf8')) as { file: string }).file;
  } catch (cause) {
    throw new UsageError('--snapshot latest-export: no export was made yet; contact-sync export --out FILE makes one', {
      cause,
    });
  }
}
