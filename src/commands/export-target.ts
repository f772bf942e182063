import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { Transform } from 'node:stream';
import { finished } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { UsageError } from '../exit.js';

/** Cells to lines of a CSV. */
export function csvEncoder(): Transform {
  return stringify();
}

/** Values to lines of JSON. */
export function ndjsonEncoder(): Transform {
  return new Transform({
    writableObjectMode: true,
    transform: (value, _encoding, done) => done(null, JSON.stringify(value) + '\n'),
  });
}

/**
 * Writes records to standard output, or to a file that is there whole or not at all.
 * @param encoder turns records into text
 * @param fill makes the records; what it returns is returned once they are written
 * @throws UsageError where the file cannot be written
 */
export async function writeRecords<R, T>(
  out: string | undefined,
  encoder: Transform,
  fill: (write: (record: R) => Promise<void>) => Promise<T>,
): Promise<T> {
  const next = out === undefined ? undefined : `${out}.part`;
  // What an export that was killed left there would keep its own mode. What cannot be removed cannot be opened either.
  if (next !== undefined) await rm(next, { force: true }).catch(() => undefined);
  // On the disk before it gets its name: else a power cut could leave an empty file of that name.
  const target = next === undefined ? process.stdout : createWriteStream(next, { mode: 0o600, flush: true });
  encoder.pipe(target, { end: next !== undefined });
  const unwritable = (cause: unknown): never => {
    throw new UsageError(`${out ?? 'standard output'}: ${(cause as Error).message}`, { cause });
  };
  const ended = finished(next === undefined ? encoder : target).catch(unwritable);
  const failed = once(target, 'error').then(([error]) => unwritable(error));
  // Either may fail while the first call is still under way, when nobody waits for it yet.
  for (const end of [ended, failed]) end.catch(() => undefined);
  try {
    const filled = await fill(async (record) => {
      if (!encoder.write(record)) await Promise.race([once(encoder, 'drain'), failed]);
    });
    encoder.end();
    await Promise.race([ended, failed]);
    if (next !== undefined && out !== undefined) await rename(next, out);
    return filled;
  } catch (error) {
    // The error that counts is the first one.
    if (next !== undefined) await rm(next, { force: true }).catch(() => undefined);
    throw error;
  }
}
