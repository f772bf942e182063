import type { CurrentValues } from '../read/current-values.js';
import type { Found } from '../read/reader.js';
import type { PlanLine } from '../model/plan-line.js';
import type { Session } from '../run/session.js';
import type { Seen } from './decide.js';

/** The live values of the batch that is being applied, where those of the plan are too old to be written over. */
export class LiveBatch {
  #seen: Seen;
  #usedSince: number;
  #current: CurrentValues | undefined;

  constructor(
    private readonly session: Session,
    readAt: number,
  ) {
    this.#seen = { values: undefined, readAt };
    this.#usedSince = readAt;
  }

  get seen(): Seen {
    return this.#seen;
  }

  /** A new batch: what was read for the last one says nothing of it. */
  begin(): void {
    if (!this.#seen.values) return;
    this.#seen = { values: undefined, readAt: 0 };
    this.#usedSince = 0;
  }

  /** At half the age that values may have: rows wait before they are sent, and to read one alone costs a call. */
  isStale(): boolean {
    // Where each contact takes a call in any case, those that wait too long are read one by one.
    if (this.#seen.values && this.#current?.choice.way !== 'ids') return false;
    return Date.now() - this.#usedSince > this.session.options.planMaxAge / 2;
  }

  async read(lines: readonly PlanLine[]): Promise<void> {
    const ids = new Set(
      lines.flatMap((line) => (line.status === 'planned' && line.contact_id ? [line.contact_id] : [])),
    );
    const current = await this.#open();
    const readAt = Date.now();
    this.#seen = { values: await current.read([...ids]), readAt };
    // Reading may itself take long: were that counted, there would be no end to it.
    this.#usedSince = Date.now();
  }

  /** Contacts as they are now. @param ids at most 500 */
  async readNow(ids: readonly string[]): Promise<Found> {
    return (await this.#open()).read(ids);
  }

  async close(): Promise<void> {
    await this.#current?.close();
    this.#current = undefined;
  }

  async #open(): Promise<CurrentValues> {
    this.#current ??= await this.session.openAsNow(this.session.summary.writes_planned);
    return this.#current;
  }
}
