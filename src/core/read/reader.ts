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
  close(): Promise<void>;
}

/** Brings a contact up to date. The answer to a write may leave fields out that were read before, such as a key. */
export function noteAnswer(values: Found | undefined, id: string, contact: Contact): void {
  const before = values?.get(id);
  values?.set(id, { contact: before && 'contact' in before ? { ...before.contact, ...contact } : contact });
}
