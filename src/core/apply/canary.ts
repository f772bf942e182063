import type { Found } from '../read/reader.js';
import type { Changes, PlanLine } from '../model/plan-line.js';
import { findNotKept, type FieldByKey } from './check-answer.js';

/** A canary row whose contact is not as the row says, and the fields at fault; none where the row was not written at all. */
export interface NotKeptRow {
  row: number;
  fields: string[];
}

/**
 * The first planned rows of a run, which are written and read again before the others. Where several are about one contact, the
 * last one about a field says what it must hold.
 */
export class Canary {
  readonly #contacts = new Map<string, { changes: Changes; rowOf: Map<string, number> }>();
  readonly #rows: number[] = [];

  /** @param most how many rows it has at most */
  constructor(private readonly most: number) {}

  /** Rows that it has so far. */
  get size(): number {
    return this.#rows.length;
  }

  get isFull(): boolean {
    return this.size >= this.most;
  }

  /** The contacts that are to be read again. */
  get contactIds(): string[] {
    return [...this.#contacts.keys()];
  }

  /** Adds the next planned row, if there is room for it. @returns `full` for the last one that there is room for */
  add({ row, contact_id, changes = {} }: PlanLine): 'full' | undefined {
    if (this.isFull) return undefined;
    this.#rows.push(row);
    const id = contact_id ?? '';
    const contact = this.#contacts.get(id) ?? { changes: {}, rowOf: new Map<string, number>() };
    this.#contacts.set(id, contact);
    for (const [key, change] of Object.entries(changes)) {
      contact.changes[key] = change;
      contact.rowOf.set(key, row);
    }
    return this.isFull ? 'full' : undefined;
  }

  /** The rows that did not even end as they should. @param isBroken whether a row ended otherwise than updated or unchanged */
  broken(isBroken: (row: number) => boolean): NotKeptRow[] {
    return this.#rows.filter(isBroken).map((row) => ({ row, fields: [] }));
  }

  /**
   * The rows whose contacts do not hold their values. A value that the API keeps in another form is kept.
   * @param found the contacts as they are now
   */
  notKept(found: Found, fieldByKey: FieldByKey): NotKeptRow[] {
    const rows = new Map<number, string[]>();
    for (const [id, { changes, rowOf }] of this.#contacts) {
      const entry = found.get(id);
      const fields =
        entry && 'contact' in entry
          ? findNotKept(changes, entry.contact, fieldByKey).flatMap(({ field = '', form }) => (form ? [] : [field]))
          : [...rowOf.keys()];
      for (const field of fields) {
        const row = rowOf.get(field)!;
        rows.set(row, [...(rows.get(row) ?? []), field]);
      }
    }
    return [...rows].map(([row, fields]) => ({ row, fields }));
  }
}
