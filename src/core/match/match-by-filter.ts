import { hasSpellings, keyRules, showsLooseFilter, type KeyFilter, type Spelling } from '../contacts/key-filter.js';
import { MAX_PAGE_SIZE, unwrap, type ContactsApi, type FilterRule } from '../contacts/contacts-api.js';
import { heldKey, keyText, type FieldKey } from '../contacts/keys.js';
import type { Field } from '../contacts/fields.js';
import type { Contact } from '../contacts/types.js';
import { inBatches } from '../model/batches.js';
import { listPage } from '../read/read-by-scan.js';
import type { KeyIndex } from './key-index.js';

/** So many more calls may be made for one batch, where an answer has no room for all that match. */
const MOST_SPLITS = 16;

export interface FilterDeps {
  api: ContactsApi;
  index: KeyIndex;
  /** Keeps the contacts that were found. */
  keep: (contacts: readonly Contact[]) => Promise<void>;
  onBatch?: (done: number, total: number) => void;
}

/** Why the API's filter cannot be relied on. */
class FilterUnfitError extends Error {
  override name = 'FilterUnfitError';
}

/**
 * Finds the contacts of all keys by one field, 500 keys a call, by the API's own filter. What it answers is checked:
 * a contact counts only where it holds the key, and that there is none is believed only of a filter that has shown a
 * contact that is known to be there, in another spelling where spelling does not count.
 * @returns why the contacts that are missing must be looked for in another way; undefined: there are none
 * @throws what ends the run
 */
export async function matchByFilter(by: Field, filter: KeyFilter, deps: FilterDeps): Promise<string | undefined> {
  try {
    return await new FilterMatch(by, filter, deps).run();
  } catch (error) {
    if (error instanceof FilterUnfitError) return error.message;
    throw error;
  }
}

class FilterMatch {
  /** A key that the API has shown a contact for. */
  #shown: FieldKey | undefined;

  constructor(
    private readonly by: Field,
    private readonly filter: KeyFilter,
    private readonly deps: FilterDeps,
  ) {}

  async run(): Promise<string | undefined> {
    const { loose, exact } = this.filter;
    const first = await this.#unmatched(MAX_PAGE_SIZE);
    if (first.length === 0) return undefined;
    const proven = await this.#findLoose(first);
    const condition = proven ?? exact ?? loose[0]!;
    await this.#askAll(condition, proven === undefined ? 'likely' : 'any');
    const missing = await this.#unmatched(MAX_PAGE_SIZE - 1);
    if (missing.length === 0) return undefined;
    const trusted = proven !== undefined ? [proven] : hasSpellings(this.by) ? loose : [condition];
    return this.#check(missing, condition, trusted);
  }

  /** The first operator that finds contacts in another spelling than theirs. The keys that it finds need not be asked for again. */
  async #findLoose(keys: readonly FieldKey[]): Promise<string | undefined> {
    for (const condition of this.filter.loose) {
      const found = await this.#ask(keys, condition, 'upper');
      if (found.some(({ key, contact }) => showsLooseFilter(key, contact))) return condition;
    }
    return undefined;
  }

  async #askAll(condition: string, spelling: Spelling): Promise<void> {
    const total = this.deps.index.counts.get(this.by) ?? 0;
    let done = 0;
    for await (const keys of inBatches(this.deps.index.unmatched(this.by), MAX_PAGE_SIZE)) {
      await this.#ask(keys, condition, spelling);
      this.deps.onBatch?.((done += keys.length), total);
    }
  }

  /**
   * Asks once more for keys that no contact was found for, beside one that is known to be held.
   * @param asked the operator that did not find them
   * @param trusted operators that would find them, if they work
   */
  async #check(missing: readonly FieldKey[], asked: string, trusted: readonly string[]): Promise<string | undefined> {
    const known = this.#shown ?? (await this.#lookUp());
    if (known === 'all_seen') return undefined;
    if (known === undefined) return 'the API shows no contact to check its filter by';
    const spellings = hasSpellings(this.by);
    for (const condition of trusted) {
      const found = await this.#ask([...missing.toReversed(), known], condition, spellings ? 'upper' : 'likely');
      const shown = found.filter(({ key }) => key === known);
      if (!shown.some(({ key, contact }) => !spellings || showsLooseFilter(key, contact))) continue;
      if (condition !== asked) await this.#askAll(condition, 'any');
      else if (found.some(({ key }) => key !== known)) return 'the API left out contacts that match';
      return undefined;
    }
    return `the API's filter on ${this.by.label} misses other spellings`;
  }

  /** A key that a contact of the list holds. */
  async #lookUp(): Promise<FieldKey | 'all_seen' | undefined> {
    const page = await listPage(this.deps.api, 1);
    await this.#keep(page.contacts);
    if (page.totalCount <= page.contacts.length) return 'all_seen';
    const { by } = this;
    const holder = page.contacts.find((contact) => heldKey(by, contact) !== undefined);
    return holder && { by, value: by.type.read(holder[by.key]) };
  }

  /** @returns the contacts that hold one of the keys, each with its key */
  async #ask(
    keys: readonly FieldKey[],
    condition: string,
    spelling: Spelling,
  ): Promise<{ key: FieldKey; contact: Contact }[]> {
    const rules = keys.flatMap((key) => keyRules(key, condition, spelling));
    const contacts = await this.#list(rules, { left: MOST_SPLITS });
    await this.#keep(contacts);
    const byText = new Map(keys.map((key) => [keyText(key), key]));
    const found = contacts.flatMap((contact) => {
      const key = byText.get(heldKey(this.by, contact) ?? '');
      return key ? [{ key, contact }] : [];
    });
    this.#shown ??= found[0]?.key;
    return found;
  }

  /** All contacts that the rules let through: in halves, where one answer has no room for them. */
  async #list(rules: readonly FilterRule[], splits: { left: number }): Promise<Contact[]> {
    const filters = rules.length === 1 ? [...rules] : { operator: 'or' as const, filters: [...rules] };
    const reply = await this.deps.api.listContacts({ page: 1, page_size: MAX_PAGE_SIZE, filters });
    // Some servers break on a long filter instead of refusing it.
    const isRefused = reply.kind === 'refused' && reply.verdict === 'refused';
    if (isRefused || (reply.kind === 'unanswered' && reply.status === 500)) {
      throw new FilterUnfitError(`the API did not take a filter on ${this.by.label}: ${reply.answer}`);
    }
    const { contacts, totalCount } = unwrap(reply);
    if (totalCount <= contacts.length) return contacts;
    splits.left -= 2;
    if (rules.length === 1 || splits.left < 0) {
      throw new FilterUnfitError(`the API gave ${contacts.length} of ${totalCount} contacts that match`);
    }
    const middle = Math.ceil(rules.length / 2);
    const halves = [rules.slice(0, middle), rules.slice(middle)];
    return [...(await this.#list(halves[0]!, splits)), ...(await this.#list(halves[1]!, splits))];
  }

  async #keep(contacts: readonly Contact[]): Promise<void> {
    await this.deps.keep(await this.deps.index.note(contacts));
  }

  async #unmatched(most: number): Promise<FieldKey[]> {
    const keys: FieldKey[] = [];
    for await (const key of this.deps.index.unmatched(this.by)) {
      keys.push(key);
      if (keys.length === most) break;
    }
    return keys;
  }
}
