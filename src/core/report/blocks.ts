import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { BlockKind } from './report-data.js';

const compress = promisify(gzip);

/** Characters of JSON in a block: small enough to be decoded between two frames, large enough to compress well. */
const BLOCK_CHARS = 256 * 1024;

/**
 * Writes values into the page as they come, in blocks of gzipped JSON arrays. Base64 has no character that HTML knows,
 * so nothing in the values can reach the page's markup.
 */
export class BlockWriter<T> {
  #entries: string[] = [];
  #chars = 0;

  constructor(
    private readonly kind: BlockKind,
    private readonly write: (text: string) => Promise<void>,
  ) {}

  async add(value: T): Promise<void> {
    const text = JSON.stringify(value);
    this.#entries.push(text);
    this.#chars += text.length;
    if (this.#chars >= BLOCK_CHARS) await this.end();
  }

  /** Writes what is left. */
  async end(): Promise<void> {
    if (this.#entries.length === 0) return;
    const packed = await compress(`[${this.#entries.join(',')}]`);
    this.#entries = [];
    this.#chars = 0;
    await this.write(`<script type="text/plain" data-block="${this.kind}">${packed.toString('base64')}</script>\n`);
  }
}
