import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { CsvSource } from './records.js';

/**
 * The CSV that a command was given. Standard input cannot be read twice, so it is kept in a file first.
 * @param csv a path, or `-`
 * @param keepAs where standard input is kept
 * @throws the signal's reason, where it is aborted meanwhile
 */
export async function openSource(csv: string, keepAs: string, signal?: AbortSignal): Promise<CsvSource> {
  if (csv !== '-') return { path: csv, name: csv };
  try {
    await pipeline(process.stdin, createWriteStream(keepAs, { mode: 0o600 }), signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
  return { path: keepAs, name: 'standard input' };
}
