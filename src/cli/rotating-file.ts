import { open, rename, type FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';

type Done = (error?: Error | null) => void;

/**
 * A file that is appended to, readable by its owner alone. Before it outgrows its bound it takes the place of the older file,
 * and begins again: the two hold the newest lines, at most twice the bound.
 */
export class RotatingFile extends Writable {
  #file: FileHandle | undefined;
  #size = 0;

  constructor(private readonly options: { path: string; olderPath: string; maxBytes: number }) {
    super();
  }

  override _construct(done: Done): void {
    this.#open().then(() => done(), done);
  }

  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    this.#append(chunk).then(() => done(), done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    this.#appendAll(chunks.map(({ chunk }) => chunk)).then(() => done(), done);
  }

  override _destroy(error: Error | null, done: Done): void {
    (this.#file?.close() ?? Promise.resolve()).then(() => done(error), done);
  }

  async #open(): Promise<void> {
    this.#file = await open(this.options.path, 'a', 0o600);
    this.#size = (await this.#file.stat()).size;
  }

  /** Chunks that fit are written at once. */
  async #appendAll(chunks: readonly Buffer[]): Promise<void> {
    let batch: Buffer[] = [];
    let bytes = 0;
    for (const chunk of chunks) {
      if (bytes > 0 && this.#size + bytes + chunk.length > this.options.maxBytes) {
        await this.#append(Buffer.concat(batch));
        [batch, bytes] = [[], 0];
      }
      batch.push(chunk);
      bytes += chunk.length;
    }
    await this.#append(Buffer.concat(batch));
  }

  async #append(bytes: Buffer): Promise<void> {
    const { path, olderPath, maxBytes } = this.options;
    if (this.#size > 0 && this.#size + bytes.length > maxBytes) {
      await this.#file?.close();
      this.#file = undefined;
      await rename(path, olderPath);
      await this.#open();
    }
    await this.#file?.appendFile(bytes);
    this.#size += bytes.length;
  }
}
