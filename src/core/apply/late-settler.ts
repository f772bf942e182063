import { MAX_PAGE_SIZE } from '../contacts/contacts-api.js';
import { MACHINE_CLOCK } from '../model/clock.js';
import type { Entry, Found } from '../read/reader.js';
import type { PlanLine } from '../model/plan-line.js';
import type { Session } from '../run/session.js';
import type { Decided } from './decide.js';

/** A row whose request was never answered. */
export interface OpenRow {
  line: PlanLine;
  sent: Decided;
  /** Where later rows of the batch look for the contact. */
  values: Found | undefined;
}

interface Waiting extends OpenRow {
  lostAt: number;
  /** What was read of the contact, once it was. */
  found?: Entry | undefined;
}

export interface SettlerDeps {
  session: Pick<Session, 'outlast' | 'options'>;
  /** Reads at most 500 contacts as they are now. */
  read: (ids: readonly string[]) => Promise<Found>;
  /** Brings a row to its end, by what was read of its contact. */
  conclude: (row: OpenRow, found: Entry | undefined) => Promise<void>;
}

/**
 * Settles what became of requests that were never answered, late. A server can carry a request out after the connection
 * is gone, so a contact is read only when the request's time-out has passed since it was sent; and as up to 500 contacts
 * can take one call, rows wait for each other, at most until so many wait.
 *
 * A later row of the same contact is the exception: its lane waits for the time-out, and the row before it is settled
 * ahead of the others. To send the later one at once could let the lost request land on top of it, unnoticed; to put it
 * off until the end would keep all that follows it in memory. The same wait holds where a retry was answered and the
 * request before it was not. Such a wait takes no place in the pool.
 */
export class LateSettler {
  /** By contact: there is never more than one, as the next row of the contact waits for it. In the order of the losses. */
  readonly #waiting = new Map<string, Waiting>();
  /** By contact, when a request of a row that has ended was lost. */
  readonly #lostAt = new Map<string, number>();
  #reading: Promise<void> = Promise.resolve();

  constructor(private readonly deps: SettlerDeps) {}

  /** So many rows wait that no other is to be begun. */
  get isFull(): boolean {
    return this.#waiting.size >= MAX_PAGE_SIZE;
  }

  /** Adds a row that is to be settled. */
  add(contactId: string, row: OpenRow, lostAt: number): void {
    this.#waiting.set(contactId, { ...row, lostAt });
  }

  /** Notes that a row has ended of which an earlier request was lost. */
  note(contactId: string, lostAt: number): void {
    this.#lostAt.delete(contactId);
    this.#lostAt.set(contactId, lostAt);
    for (const [id, time] of this.#lostAt) {
      if (!this.#isOver(time)) break;
      this.#lostAt.delete(id);
    }
  }

  /**
   * Resolves when no request for the contact can be carried out any more, and its rows so far have ended.
   * @param values is given what was read of the contact
   * @throws the stop signal's reason
   */
  async clear(contactId: string, values: Found | undefined): Promise<void> {
    const lostAt = this.#lostAt.get(contactId);
    if (lostAt !== undefined) await this.deps.session.outlast(lostAt);
    const row = this.#waiting.get(contactId);
    if (!row) return;
    while (this.#waiting.get(contactId) === row) {
      await this.deps.session.outlast(row.lostAt);
      await this.#settle(row);
    }
    if (row.found && 'contact' in row.found) values?.set(contactId, row.found);
  }

  /** Settles those that have waited the longest, as many as one call can read. @throws as `clear` does */
  async settleSome(): Promise<void> {
    const [first, ...others] = [...this.#waiting.values()].slice(0, MAX_PAGE_SIZE);
    if (!first) return;
    await this.deps.session.outlast(Math.max(first.lostAt, ...others.map((row) => row.lostAt)));
    await this.#settle(first);
  }

  /** Settles all. @throws as `clear` does */
  async settleAll(): Promise<void> {
    while (this.#waiting.size > 0) await this.settleSome();
  }

  /** Reads the contacts of all rows whose time has come, unless this one was read with others meanwhile. */
  #settle(wanted: Waiting): Promise<void> {
    const id = wanted.line.contact_id ?? '';
    this.#reading = this.#reading.then(async () => {
      if (this.#waiting.get(id) !== wanted) return;
      const due = [...this.#waiting].filter(([, row]) => this.#isOver(row.lostAt)).slice(0, MAX_PAGE_SIZE);
      const found = await this.deps.read(due.map(([contactId]) => contactId));
      for (const [contactId, row] of due) {
        row.found = found.get(contactId);
        await this.deps.conclude(row, row.found);
        this.#waiting.delete(contactId);
      }
    });
    return this.#reading;
  }

  #isOver(lostAt: number): boolean {
    return MACHINE_CLOCK.monotonic() >= lostAt + this.deps.session.options.timeout;
  }
}
