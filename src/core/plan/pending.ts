import type { Contact } from '../contacts/types.js';
import type { FieldValue } from '../model/values.js';
import { ScratchStore } from '../disk/store.js';
import type { Changes } from '../model/plan-line.js';

/** What earlier rows of the plan will have made of a contact: by field, the value and the row that sets it. */
type Pending = Record<string, { row: number; value: FieldValue }>;

/**
 * The changes that are planned and not yet made, by contact, so that several rows for one contact follow one another
 * wherever they stand in the file. On disk, as the file may be about any number of contacts.
 */
export class PendingChanges {
  readonly #batch = new Map<string, Pending>();

  private constructor(private readonly store: ScratchStore<Pending>) {}

  static async open(dir: string): Promise<PendingChanges> {
    return new PendingChanges(await ScratchStore.open<Pending>(dir));
  }

  /** Loads what earlier batches left for these contacts. */
  async load(ids: readonly string[]): Promise<void> {
    const known = await this.store.getMany(ids);
    known.forEach((pending, at) => pending && this.#batch.set(ids[at]!, pending));
  }

  /** The contact as the rows before this one will have made it. */
  overlay(id: string, contact: Contact): Contact {
    const pending = this.#batch.get(id);
    if (!pending) return contact;
    const values = Object.entries(pending).map(([key, { value }]) => [key, value]);
    return { ...contact, ...(Object.fromEntries(values) as Partial<Contact>) };
  }

  /** Whether an earlier row changes the contact. */
  has(id: string): boolean {
    return this.#batch.has(id);
  }

  /** Rows whose values the decision on these fields rests on. */
  rowsBehind(id: string, keys: Iterable<string>): number[] {
    const pending = this.#batch.get(id);
    if (!pending) return [];
    const rows = [...keys].flatMap((key) => (pending[key] ? [pending[key].row] : []));
    return [...new Set(rows)].sort((a, b) => a - b);
  }

  add(id: string, row: number, changes: Changes): void {
    const made = Object.entries(changes).map(([key, { to }]) => [key, { row, value: to }]);
    this.#batch.set(id, { ...this.#batch.get(id), ...(Object.fromEntries(made) as Pending) });
  }

  /** Puts this batch's changes to disk and forgets them. */
  async save(): Promise<void> {
    await this.store.putMany(this.#batch);
    this.#batch.clear();
  }

  close(): Promise<void> {
    return this.store.close();
  }
}
