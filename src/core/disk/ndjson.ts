import { createHash, type Hash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { platform } from 'node:os';
import type { Damage } from '../model/error-facts.js';
import { SyncError } from '../model/errors.js';

/** The format of a run's line files; their first line carries it. Files of another format are refused. */
export const FORMAT = 1;

/** A longer line is not one of ours, and is not held in memory to find out. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

/** Bytes gathered before they are written, where nobody waits for the line to be on disk. */
const BUFFER_CHARS = 64 * 1024;

/** Appends JSON lines to a file. A failed write throws at the next call: nothing continues that disk cannot tell. */
export class NdjsonWriter<T extends object> {
  readonly #hash: Hash = createHash('sha256');
  #lines = 0;
  #buffer = '';
  #written: Promise<void> = Promise.resolve();
  #lastSync: Promise<void> = Promise.resolve();
  #nextSync: Promise<void> | undefined;

  private constructor(
    private readonly file: FileHandle,
    private readonly path: string,
    private hasFormat: boolean,
  ) {}

  /** @param flags `w` to start over, `a` to append */
  static async open<T extends object>(path: string, flags: 'w' | 'a'): Promise<NdjsonWriter<T>> {
    const file = await open(path, flags, 0o600);
    return new NdjsonWriter<T>(file, path, (await file.stat()).size > 0);
  }

  /** Lines written by this writer, and the SHA-256 of their bytes in hex. Final once the writer is closed. */
  get digest(): { lines: number; sha256: string } {
    return { lines: this.#lines, sha256: this.#hash.copy().digest('hex') };
  }

  /** Adds a line; it is on disk after the next `flush` or `sync`. */
  async add(value: T): Promise<void> {
    const line = JSON.stringify(this.hasFormat ? value : { format: FORMAT, ...value }) + '\n';
    this.hasFormat = true;
    this.#lines++;
    this.#buffer += line;
    if (this.#buffer.length >= BUFFER_CHARS) await this.flush();
  }

  /** Hands all lines to the operating system: they outlive this process. */
  flush(): Promise<void> {
    const text = this.#buffer;
    this.#buffer = '';
    this.#hash.update(text);
    // One write after another, so that lines stay whole; after a failed one, all that follow fail.
    this.#written = this.#written.then(() => (text === '' ? undefined : this.file.appendFile(text)));
    return this.#written;
  }

  /** `flush`, and on to the disk: they outlive a power cut. @throws where the file was deleted meanwhile */
  sync(): Promise<void> {
    // Those who ask while one is running share the next one.
    this.#nextSync ??= this.#lastSync.then(() => {
      this.#lastSync = this.#nextSync ?? Promise.resolve();
      this.#nextSync = undefined;
      return this.#syncNow();
    });
    return this.#nextSync;
  }

  async #syncNow(): Promise<void> {
    await this.flush();
    await this.file.datasync();
    if ((await this.file.stat()).nlink === 0) throw new SyncError('file_deleted', { file: this.path });
  }

  async close(): Promise<void> {
    try {
      await this.sync();
    } finally {
      await this.file.close();
    }
  }
}

/** Puts on disk which files a folder has: they outlive a power cut. Windows does so by itself, and opens no folder. */
export async function syncFolder(dir: string): Promise<void> {
  if (platform() === 'win32') return;
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Cuts off a last line that a crash tore, so that the file can be appended to. A file that is not there is left so. */
export async function cutTornTail(path: string): Promise<void> {
  let file: FileHandle;
  try {
    file = await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    let end = (await file.stat()).size;
    const chunk = Buffer.alloc(BUFFER_CHARS);
    while (end > 0) {
      const start = Math.max(0, end - chunk.length);
      const { bytesRead } = await file.read(chunk, 0, end - start, start);
      const newline = chunk.subarray(0, bytesRead).lastIndexOf(0x0a);
      if (newline !== -1) return await file.truncate(start + newline + 1);
      end = start;
    }
    await file.truncate(0);
  } finally {
    await file.close();
  }
}

/** Turns a line's JSON into a value. @throws where it is not one, with what was expected */
export type ParseLine<T> = (value: unknown) => T;

/** Whether a line is of no interest, told from its bytes. */
export type SkipLine = (bytes: Buffer) => boolean;

/**
 * Streams the lines of one of a run's own files. Lines end at the byte 0x0a alone: text may hold any other character.
 * @param parse checks each line: a run's files may be damaged or edited
 * @param missing what a missing file is: an error, or a file without lines
 * @param skip lines to leave out, as bytes: parsing is what takes time. The first line is always read
 * @throws SyncError naming file and line where one is not what it should be. A last line that a crash tore, and only
 * that, is left out.
 */
export async function* readNdjson<T>(
  path: string,
  parse: ParseLine<T>,
  missing: 'error' | 'empty' = 'error',
  skip?: SkipLine,
): AsyncGenerator<T> {
  if (missing === 'empty' && !existsSync(path)) return;
  yield* parseLines(createReadStream(path), path, parse, skip);
}

/** As `readNdjson`, from the bytes of the file. @param path of the file, for messages */
export async function* parseLines<T>(
  chunks: AsyncIterable<Buffer>,
  path: string,
  parse: ParseLine<T>,
  skip?: SkipLine,
): AsyncGenerator<T> {
  for await (const { line, bytes, ended } of splitLines(chunks, path)) {
    if (bytes.length === 0 || (line > 1 && skip?.(bytes))) continue;
    const damaged = (damage: Damage, cause: unknown): SyncError =>
      new SyncError('file_damaged', { file: path, line, damage }, { cause });
    let value: unknown;
    try {
      value = JSON.parse(bytes.toString('utf8'));
    } catch (cause) {
      if (!ended) return; // A crash tore it.
      throw damaged({ kind: 'not_json' }, cause);
    }
    if (line === 1) assertFormat(value, path);
    let parsed: T;
    try {
      parsed = parse(value);
    } catch (cause) {
      throw damaged({ kind: 'unexpected', detail: (cause as Error).message }, cause);
    }
    yield parsed;
  }
}

/** @throws SyncError where a file was written in a format that this version does not know */
export function assertFormat(value: unknown, path: string): void {
  const found = (value as { format?: unknown } | null)?.format;
  if (found === FORMAT) return;
  throw new SyncError('format_unknown', { file: path, found, expected: FORMAT });
}

/** The lines of a file, without their ends. @throws SyncError where one is too long to be ours */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  path: string,
): AsyncGenerator<{ line: number; bytes: Buffer; ended: boolean }> {
  let parts: Buffer[] = [];
  let size = 0;
  let line = 1;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      parts.push(chunk.subarray(start, end));
      yield { line: line++, bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts), ended: true };
      [parts, size, start] = [[], 0, end + 1];
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > MAX_LINE_BYTES) throw new SyncError('file_damaged', { file: path, line, damage: { kind: 'too_long' } });
  }
  if (size > 0) yield { line, bytes: Buffer.concat(parts), ended: false };
}
