import { createReadStream, createWriteStream, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SyncError } from '../model/errors.js';
import type { CsvSource } from './records.js';

/**
 * The CSV that a command was given. What is not a regular file (standard input, a pipe) cannot be read twice, so it is
 * kept in a file first.
 * @param csv a path, or `-`
 * @param keepAs where standard input is kept
 * @param stdin standard input
 * @throws the signal's reason, where it is aborted meanwhile
 */
export async function openSource(
  csv: string,
  keepAs: string,
  stdin: (() => Readable) | undefined,
  signal?: AbortSignal,
): Promise<CsvSource> {
  const piped = isStandardInput(csv);
  if (!piped && !isPipe(csv)) return { path: csv, name: csv };
  try {
    const from = piped ? openInput(stdin) : createReadStream(csv);
    await pipeline(from, createWriteStream(keepAs, { mode: 0o600 }), signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
  return { path: keepAs, name: piped ? 'standard input' : csv };
}

function openInput(stdin: (() => Readable) | undefined): Readable {
  if (!stdin) throw new SyncError('input_missing', {});
  return stdin();
}

export function isStandardInput(csv: string): boolean {
  return csv === '-' || csv === '/dev/stdin';
}

/** Whether the path can be read only once. */
export function isPipe(csv: string): boolean {
  const stat = statSync(csv, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isFile() && !stat.isDirectory();
}
