import type { ContactsApi } from '../contacts/contacts-api.js';
import type { Contact } from '../contacts/types.js';
import { entryOf } from './read-by-get.js';
import type { Found } from './reader.js';

/**
 * Tells a field that a contact does not have from one that the API does not show. Some APIs leave out what is empty, so
 * that one contact with the field shows that the others have none; some leave fields out of lists, which one GET tells;
 * and some never show them.
 */
export class Completeness {
  readonly #seen = new Set<string>();
  #isAsked = false;

  /** @param fields keys of the fields that the run is about */
  constructor(
    private readonly api: Pick<ContactsApi, 'getContact'>,
    private readonly fields: readonly string[],
  ) {}

  /** @returns whether contacts show less in this way of reading than by a GET each */
  async showsLess(found: Found): Promise<boolean> {
    const [first] = this.#note(found);
    const unseen = this.fields.filter((key) => !this.#seen.has(key));
    if (first === undefined || unseen.length === 0 || this.#isAsked) return false;
    this.#isAsked = true;
    const alone = entryOf(await this.api.getContact(first.id));
    return alone !== undefined && 'contact' in alone && unseen.some((key) => Object.hasOwn(alone.contact, key));
  }

  /**
   * Puts null for what contacts do not have. What stays absent, nobody knows.
   * @param isWhole whatever is absent is empty
   */
  fill(found: Found, isWhole = false): Found {
    this.#note(found);
    for (const [id, entry] of found) {
      if (!('contact' in entry)) continue;
      const missing = this.fields.filter(
        (key) => (isWhole || this.#seen.has(key)) && !Object.hasOwn(entry.contact, key),
      );
      if (missing.length === 0) continue;
      const nothing = Object.fromEntries(missing.map((key) => [key, null]));
      found.set(id, { contact: { ...entry.contact, ...nothing } });
    }
    return found;
  }

  #note(found: Found): Contact[] {
    const contacts = [...found.values()].flatMap((entry) => ('contact' in entry ? [entry.contact] : []));
    for (const key of this.fields) {
      if (!this.#seen.has(key) && contacts.some((contact) => Object.hasOwn(contact, key))) this.#seen.add(key);
    }
    return contacts;
  }
}
