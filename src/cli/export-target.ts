import { constants, existsSync, openSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { Transform, type Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { openBeside, removePartsOf } from '../core/disk/replace-file.js';
import { whyNotMade } from '../core/disk/near-file.js';
import { whyOf } from '../core/model/errno.js';
import { sleep } from '../core/model/sleep.js';
import { UsageError } from './settings/command-error.js';
import { existing, findDestination } from './export-path.js';
import { userId } from './open-store.js';

const LOOK_FOR_READER_EVERY_MS = 100;

/** What an export is written to. */
export interface ExportTarget {
  /** For messages. */
  name: string;
  /** Whether it is a file, which is there whole once the export is complete and not at all before. */
  isFile: boolean;
  /** Others write there as well: it stays open. */
  isShared: boolean;
  stream: Writable;
  /** All is written: gives a file its name. */
  complete(): Promise<void>;
  /** Leaves nothing of an export that failed. Does nothing once it is complete. */
  discard(): Promise<void>;
}

/**
 * Opens what an export is written to, so that what cannot be written fails before a call is spent.
 * @param out undefined for standard output
 * @param force lets a file that exists be overwritten
 * @param stdout standard output
 * @param signal ends the wait for the reader of a FIFO
 * @throws UsageError where it is not to be written to, or cannot be
 */
export async function openTarget(
  out: string | undefined,
  force: boolean,
  stdout: Writable,
  signal: AbortSignal,
): Promise<ExportTarget> {
  const destination = await findDestination(out, force);
  const nothing = (): Promise<void> => Promise.resolve();
  const streamed = { isFile: false, isShared: false, complete: nothing, discard: nothing };
  if (destination.kind === 'stdout') {
    return { ...streamed, isShared: true, name: 'standard output', stream: stdout };
  }
  const { kind, path } = destination;
  const name = out ?? path;
  try {
    if (kind === 'file') return await openFile(name, path, force);
    const stream = kind === 'fifo' ? await openFifo(path, signal) : await openDevice(path);
    // Whoever writes to it is told as well.
    stream.on('error', () => undefined);
    const discard = (): Promise<void> => Promise.resolve(void stream.destroy());
    return { ...streamed, name, stream, discard };
  } catch (cause) {
    signal.throwIfAborted();
    throw new UsageError(`${name}: ${whyNotMade(path, cause)}`, { cause });
  }
}

async function openFile(name: string, path: string, force: boolean): Promise<ExportTarget> {
  await removePartsOf(path, userId());
  const { file, path: next } = await openBeside(path);
  const stream = file.createWriteStream({ autoClose: false });
  stream.on('error', () => undefined);
  // A second signal ends the process at once.
  const remove = (): void => rmSync(next, { force: true });
  process.once('exit', remove);
  return {
    ...{ name, isFile: true, isShared: false, stream },
    async complete() {
      // Someone may have saved a file of that name while the contacts were read.
      if (!force && existsSync(path)) throw existing(name);
      // On the disk before it gets its name: else a power cut could leave an empty file of that name.
      await file.datasync().catch((cause: unknown) => {
        throw new UsageError(`${name}: ${whyOf(cause)}`, { cause });
      });
      await rename(next, path);
      process.off('exit', remove);
    },
    async discard() {
      stream.destroy();
      // The error that counts is the first one.
      await rm(next, { force: true }).catch(() => undefined);
      await file.close().catch(() => undefined);
      process.off('exit', remove);
    },
  };
}

/** Neither makes nor empties anything, should the device have gone since it was looked at. */
async function openDevice(path: string): Promise<Writable> {
  return (await open(path, constants.O_WRONLY)).createWriteStream();
}

/** Waits for a reader without blocking: an open that blocks keeps a process from ending upon a signal. */
async function openFifo(path: string, signal: AbortSignal): Promise<Writable> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return new Socket({ fd: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK), readable: false });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
    }
    await sleep(LOOK_FOR_READER_EVERY_MS, signal);
  }
}

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
 * Writes records to a target and completes it.
 * @param encoder turns records into text
 * @param fill makes the records; what it returns is returned once they are written
 * @throws UsageError where the target cannot be written
 */
export async function writeRecords<R, T>(
  target: ExportTarget,
  encoder: Transform,
  fill: (write: (record: R) => Promise<void>) => Promise<T>,
): Promise<T> {
  const { name, stream, isShared } = target;
  encoder.pipe(stream, { end: !isShared });
  const unwritable = (cause: unknown): never => {
    throw new UsageError(`${name}: ${whyOf(cause)}`, { cause });
  };
  const ended = finished(isShared ? encoder : stream, isShared ? {} : { readable: false }).catch(unwritable);
  const failed = once(stream, 'error').then(([error]) => unwritable(error));
  // Either may fail while the first call is still in flight, when nobody waits for it yet.
  for (const end of [ended, failed]) end.catch(() => undefined);
  const filled = await fill(async (record) => {
    if (!encoder.write(record)) await Promise.race([once(encoder, 'drain'), ended, failed]);
  });
  encoder.end();
  await Promise.race([ended, failed]);
  await target.complete();
  return filled;
}
