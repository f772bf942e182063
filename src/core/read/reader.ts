import type { ReadWay } from '../model/read-choice.js';
import type { Contact } from '../contacts/types.js';
import type { Problem } from '../model/problem.js';

/** What the API has for an id. An id without an entry has no contact. */
export type Found = Map<string, Entry>;
export type Entry = { contact: Contact } | { problem: Problem };

/** Reads the current values of contacts. */
export interface ContactReader {
  readonly way: ReadWay;
  /** @param ids at most 500, canonical and distinct */
  read(ids: readonly string[]): Promise<Found>;
  readonly prefetch?: Prefetch;
  /** Waits for what is in flight. */
  close(): Promise<void>;
}

/** Starts the calls of later reads, so that several are in flight. */
export interface Prefetch {
  /** How many reads to start before their turn; 0 while it is not known that this way of reading works. */
  readonly depth: number;
  /** @param ids exactly those of a later `read`, which then gives what this call brought */
  start(ids: readonly string[]): void;
}

/** Brings a contact up to date. The answer to a write may leave fields out that were read before, such as a key. */
export function noteAnswer(values: Found | undefined, id: string, contact: Contact): void {
  const before = values?.get(id);
  values?.set(id, { contact: before && 'contact' in before ? { ...before.contact, ...contact } : contact });
}
