import { UsageError } from '../model/exit.js';
import { ScratchStore } from '../disk/store.js';

const BATCH = 1000;

/**
 * Takes up the records of a file by contact, into a store on disk. A contact that stands there twice is refused: which
 * of the two would be its values?
 */
export class OncePerContact<V> {
  readonly #batch = new Map<string, { line: number; value: V }>();

  private constructor(
    private readonly name: string,
    private readonly store: ScratchStore<V>,
    /** Where each contact stands. Beside the values, and needed no longer than the file is read. */
    private readonly lines: ScratchStore<number>,
  ) {}

  /**
   * @param name of the file, for messages
   * @param dir where the store is kept
   */
  static async open<V>(name: string, dir: string): Promise<OncePerContact<V>> {
    return new OncePerContact(name, await ScratchStore.open<V>(dir), await ScratchStore.open<number>(`${dir}-lines`));
  }

  /** @throws UsageError where the contact stands in an earlier line */
  async add(contactId: string, line: number, value: V): Promise<void> {
    const earlier = this.#batch.get(contactId);
    if (earlier) throw this.#repeated(contactId, earlier.line, line);
    this.#batch.set(contactId, { line, value });
    if (this.#batch.size >= BATCH) await this.#flush();
  }

  /** The store, for the caller to close. @throws UsageError as `add` does */
  async end(): Promise<ScratchStore<V>> {
    await this.#flush();
    await this.lines.close();
    return this.store;
  }

  /** Instead of `end`, where the file is refused. */
  async abandon(): Promise<void> {
    await this.store.close();
    await this.lines.close();
  }

  async #flush(): Promise<void> {
    const entries = [...this.#batch];
    const earlier = await this.lines.getMany(entries.map(([id]) => id));
    for (const [at, [id, { line }]] of entries.entries()) {
      const before = earlier[at];
      if (before !== undefined) throw this.#repeated(id, before, line);
    }
    await this.lines.putMany(entries.map(([id, { line }]) => [id, line]));
    await this.store.putMany(entries.map(([id, { value }]) => [id, value]));
    this.#batch.clear();
  }

  #repeated(contactId: string, earlier: number, line: number): UsageError {
    return new UsageError(
      `${this.name}: line ${line}: contact ${contactId} stands in line ${earlier} already, expected each contact once`,
    );
  }
}
