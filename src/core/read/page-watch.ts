import { DateTime } from 'luxon';
import { CREATED_AT } from '../contacts/fields.js';
import type { ListPage } from '../contacts/contacts-api.js';

/**
 * Tells whether contacts were deleted while the pages of a list were read, oldest first. Pages are offsets: then those
 * behind move up, and one can slip between two pages. The counts alone do not tell, as others may add as many.
 */
export class PageWatch {
  #began: number | undefined;
  #first = 0;
  #last = 0;
  #added = 0;
  #fell = false;
  #pages = 0;

  /** @param now our clock, which counts where the server does not tell its own */
  constructor(private readonly now: number) {}

  /** Pages in their order, from the first on. */
  note({ contacts, totalCount, timestamp }: ListPage): void {
    if (this.#began === undefined) {
      this.#began = millis(timestamp) || this.now;
      this.#first = totalCount;
    }
    if (totalCount < this.#last) this.#fell = true;
    const began = this.#began;
    this.#last = totalCount;
    // Later than the page itself none can have been made: that is no time to go by.
    const end = (millis(timestamp) || Infinity) + 1000;
    const isAdded = (ms: number): boolean => ms >= began && ms <= end;
    this.#added += contacts.filter((contact) => isAdded(latest(contact[CREATED_AT]))).length;
    this.#pages++;
  }

  /** Fewer were counted than on a page before. */
  get fell(): boolean {
    return this.#fell;
  }

  /** Nothing was deleted: what was counted at first and what was added since is what is counted in the end. */
  get isSteady(): boolean {
    return this.#pages === 1 || (!this.#fell && this.#last === this.#first + this.#added);
  }
}

/** Of a time that is cut to whole seconds, the last moment that it can mean. */
function latest(time: string | null | undefined): number {
  const ms = millis(time);
  return ms % 1000 === 0 ? ms + 999 : ms;
}

/** A time without a zone is taken as the server's, which is UTC. @returns epoch milliseconds; 0 where it is not a time */
export function millis(time: string | null | undefined): number {
  return DateTime.fromISO(time ?? '', { zone: 'utc' }).toMillis() || 0;
}
