import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { SyncError } from '../model/errors.js';
import type { PlanLine } from '../model/plan-line.js';
import { parsePlanLine } from './lines.js';
import { parseLines } from '../disk/ndjson.js';

/** What a complete plan is: its lines, how many of them are `planned`, and the SHA-256 of plan.ndjson in hex. */
export interface PlanDigest {
  rows: number;
  planned: number;
  sha256: string;
  /** Of the plan that is about to take its place, while a contact is taken out of it. */
  next?: string | undefined;
}

/**
 * A plan on disk that is known to be whole. The file stays open from the check to the last line, so that one that is
 * put in its place meanwhile is not read.
 */
export class PlanFile {
  private constructor(
    private readonly file: FileHandle,
    private readonly path: string,
  ) {}

  /**
   * Opens plan.ndjson and checks it against the digest that the run's summary has.
   * @throws SyncError where it was cut, edited, or never completed
   */
  static async open(path: string, digest: PlanDigest): Promise<PlanFile> {
    const file = await openFile(path);
    try {
      await verify(file, path, digest);
    } catch (error) {
      await file.close();
      throw error;
    }
    return new PlanFile(file, path);
  }

  /** The lines, from the first one on. @throws SyncError where a line is not what it should be */
  lines(): AsyncGenerator<PlanLine> {
    return parseLines(chunksOf(this.file), this.path, parsePlanLine);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    const { code: errno = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new SyncError('file_unreadable', { file: path, errno }, { cause });
  }
}

async function verify(file: FileHandle, path: string, { rows, sha256, next }: PlanDigest): Promise<void> {
  const hash = createHash('sha256');
  let lines = 0;
  for await (const chunk of chunksOf(file)) {
    hash.update(chunk);
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) lines++;
  }
  if (sha256 !== '' && lines === rows && [sha256, next].includes(hash.digest('hex'))) return;
  throw new SyncError('plan_damaged', { file: path, expected: rows, ...(lines === rows ? {} : { lines }) });
}

async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  const size = 256 * 1024;
  for (let position = 0; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(size), 0, size, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
