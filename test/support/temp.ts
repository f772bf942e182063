import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CsvSource } from '../../src/core/input/records.js';

/** Runs a test in a folder of its own, which is gone afterwards. */
export async function inTempDir(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-test-'));
  try {
    await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Runs a test on a CSV file with these bytes. Its name in messages is `edits.csv`. */
export function withCsv(content: string | Buffer, use: (source: CsvSource) => Promise<void>): Promise<void> {
  return inTempDir(async (dir) => {
    const source = { path: path.join(dir, 'edits.csv'), name: 'edits.csv' };
    await writeFile(source.path, content);
    await use(source);
  });
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
