import { createReadStream, existsSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { EXIT, ExitError } from '../exit.js';

/** Bytes gathered before they are written, where nobody waits for the line to be on disk. */
const BUFFER_CHARS = 64 * 1024;

/** Appends JSON lines to a file. A failed write throws at the next call: nothing goes on that disk cannot tell. */
export class NdjsonWriter<T> {
  #buffer = '';
  #written: Promise<void> = Promise.resolve();
  #lastSync: Promise<void> = Promise.resolve();
  #nextSync: Promise<void> | undefined;

  private constructor(
    private readonly file: FileHandle,
    private readonly path: string,
  ) {}

  /** @param flags `w` to begin anew, `a` to go on */
  static async open<T>(path: string, flags: 'w' | 'a'): Promise<NdjsonWriter<T>> {
    return new NdjsonWriter<T>(await open(path, flags, 0o600), path);
  }

  /** Adds a line; it is on disk after the next `flush` or `sync`. */
  async add(value: T): Promise<void> {
    this.#buffer += JSON.stringify(value) + '\n';
    if (this.#buffer.length >= BUFFER_CHARS) await this.flush();
  }

  /** Hands all lines to the operating system: they outlive this process. */
  flush(): Promise<void> {
    const text = this.#buffer;
    this.#buffer = '';
    // One write after another, so that lines stay whole; after a failed one, all that follow fail.
    this.#written = this.#written.then(() => (text === '' ? undefined : this.file.appendFile(text)));
    return this.#written;
  }

  /** `flush`, and on to the disk: they outlive a power cut. @throws where the file was deleted meanwhile */
  sync(): Promise<void> {
    // Those who ask while one is under way share the next one.
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
    if ((await this.file.stat()).nlink === 0)
      throw new ExitError(EXIT.fault, `${this.path} was deleted during the run`);
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
  if (process.platform === 'win32') return;
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

/**
 * Streams the lines of an NDJSON file. A last line that a crash tore, and only that, is left out.
 * @param missing what a file that is not there is: an error, or a file without lines
 */
export async function* readNdjson<T>(path: string, missing: 'error' | 'empty' = 'error'): AsyncGenerator<T> {
  if (missing === 'empty' && !existsSync(path)) return;
  const input = createReadStream(path);
  let torn: string | undefined;
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      if (torn !== undefined) throw new Error(`${path} is damaged: ${torn.slice(0, 80)}`);
      if (line === '') continue;
      try {
        yield JSON.parse(line) as T;
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        torn = line;
      }
    }
  } finally {
    // Whoever reads no further leaves the file open otherwise.
    input.destroy();
  }
}
