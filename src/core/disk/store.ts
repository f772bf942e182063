import { rm } from 'node:fs/promises';
import { ClassicLevel } from 'classic-level';

/**
 * A key-value store on disk for what may outgrow memory: an organisation's contacts, and what earlier rows will have
 * made of them. Scratch space of one run: it is removed when closed.
 */
export class ScratchStore<V> {
  readonly #db: ClassicLevel<string, V>;
  #empty = true;

  private constructor(private readonly dir: string) {
    this.#db = new ClassicLevel<string, V>(dir, { valueEncoding: 'json' });
  }

  static async open<V>(dir: string): Promise<ScratchStore<V>> {
    await rm(dir, { recursive: true, force: true });
    const store = new ScratchStore<V>(dir);
    await store.#db.open();
    return store;
  }

  /** Values in the order of the keys; undefined where there is none. */
  async getMany(keys: readonly string[]): Promise<(V | undefined)[]> {
    if (this.#empty) return keys.map(() => undefined);
    return this.#db.getMany([...keys]);
  }

  async putMany(entries: Iterable<[string, V]>): Promise<void> {
    const batch = [...entries].map(([key, value]) => ({ type: 'put' as const, key, value }));
    if (batch.length === 0) return;
    this.#empty = false;
    await this.#db.batch(batch);
  }

  /** All entries, in the order of their keys. */
  entries(): AsyncIterable<[string, V]> {
    return this.#db.iterator();
  }

  async close(): Promise<void> {
    await this.#db.close();
    await rm(this.dir, { recursive: true, force: true });
  }
}
