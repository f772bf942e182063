import { shownId } from '../contacts/contact-id.js';
import type { RepeatedContact } from '../model/error-facts.js';
import { ScratchStore } from '../disk/store.js';

const BATCH = 1000;
const TOLD = 20;

/** Which row of a file is the last about each contact. On disk, as a file may be about any number of contacts. */
export class LastRows {
  readonly #batch = new Map<string, number>();
  /** The first repetitions found. */
  readonly repeated: RepeatedContact[] = [];
  repeatedCount = 0;

  private constructor(private readonly store: ScratchStore<number>) {}

  static async open(dir: string): Promise<LastRows> {
    return new LastRows(await ScratchStore.open<number>(dir));
  }

  async add(contactId: string, row: number): Promise<void> {
    this.#note(contactId, this.#batch.get(contactId), row);
    this.#batch.set(contactId, row);
    if (this.#batch.size >= BATCH) await this.flush();
  }

  /** To be called after the last row. */
  async flush(): Promise<void> {
    const ids = [...this.#batch.keys()];
    const known = await this.store.getMany(ids);
    known.forEach((earlier, at) => this.#note(ids[at]!, earlier, this.#batch.get(ids[at]!)!));
    await this.store.putMany(this.#batch);
    this.#batch.clear();
  }

  /** The last rows about these contacts. */
  async of(contactIds: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.store.getMany(contactIds);
    return new Map(contactIds.map((id, at) => [id, rows[at] ?? 0]));
  }

  close(): Promise<void> {
    return this.store.close();
  }

  #note(contactId: string, earlier: number | undefined, row: number): void {
    if (earlier === undefined) return;
    this.repeatedCount++;
    if (this.repeated.length < TOLD) this.repeated.push({ row, contactId: shownId(contactId), earlier });
  }
}
