import { SyncError } from '../model/errors.js';
import type { ReferenceRole } from '../model/error-facts.js';
import { shownId } from '../contacts/contact-id.js';
import { ScratchStore } from '../disk/store.js';

const BATCH = 1000;

/**
 * Collects the records of a file by contact, in a store on disk. A contact that is there twice is refused: which
 * of the two would be its values?
 */
export class OncePerContact<V> {
  readonly #batch = new Map<string, { line: number; value: V }>();

  private constructor(
    private readonly of: { file: string; role: ReferenceRole },
    private readonly store: ScratchStore<V>,
    /** Where each contact stands. Beside the values, and needed no longer than the file is read. */
    private readonly lines: ScratchStore<number>,
  ) {}

  /**
   * @param of the file
   * @param dir where the store is kept
   */
  static async open<V>(of: { file: string; role: ReferenceRole }, dir: string): Promise<OncePerContact<V>> {
    return new OncePerContact(of, await ScratchStore.open<V>(dir), await ScratchStore.open<number>(`${dir}-lines`));
  }

  /** @throws SyncError where the contact is in an earlier line */
  async add(contactId: string, line: number, value: V): Promise<void> {
    const earlier = this.#batch.get(contactId);
    if (earlier) throw this.#repeated(contactId, earlier.line, line);
    this.#batch.set(contactId, { line, value });
    if (this.#batch.size >= BATCH) await this.#flush();
  }

  /** The store, for the caller to close. @throws SyncError as `add` does */
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

  #repeated(contactId: string, earlier: number, line: number): SyncError {
    const message = `contact ${shownId(contactId)} is already in line ${earlier}, expected each contact once`;
    return new SyncError('reference_invalid', { ...this.of, line, problem: { code: 'repeated_contact', message } });
  }
}
