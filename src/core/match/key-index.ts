import { canonicalId } from '../contacts/contact-id.js';
import type { Field } from '../contacts/fields.js';
import { heldKey, keyText, type FieldKey } from '../contacts/keys.js';
import type { Contact } from '../contacts/types.js';
import { ScratchStore } from '../disk/store.js';
import type { FieldValue } from '../model/values.js';

/** A key of the file as it was first written, and the contacts that hold it. */
interface Indexed {
  value: FieldValue;
  ids: string[];
}

const BATCH = 1000;

/** Of a key that more contacts hold, so many are kept: with two it is ambiguous. */
const MOST_HOLDERS = 20;

/**
 * The values that a file names contacts by, each once, and the contacts that hold them. On disk, as a file may name any
 * number.
 */
export class KeyIndex {
  /** How many there are, by field. */
  readonly counts = new Map<Field, number>();
  readonly #batch = new Map<string, FieldKey>();

  private constructor(private readonly store: ScratchStore<Indexed>) {}

  static async open(dir: string): Promise<KeyIndex> {
    return new KeyIndex(await ScratchStore.open<Indexed>(dir));
  }

  get size(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Adds a key that a row has. */
  async add(key: FieldKey): Promise<void> {
    this.#batch.set(keyText(key), key);
    if (this.#batch.size >= BATCH) await this.flush();
  }

  /** To be called after the last row. */
  async flush(): Promise<void> {
    const keys = [...this.#batch];
    const known = await this.store.getMany(keys.map(([text]) => text));
    const added = keys.filter((_, at) => known[at] === undefined);
    for (const [, { by }] of added) this.counts.set(by, (this.counts.get(by) ?? 0) + 1);
    await this.store.putMany(added.map(([text, { value }]) => [text, { value, ids: [] }]));
    this.#batch.clear();
  }

  /** Notes which of these contacts hold a key of the file. @returns those that do */
  async note(contacts: readonly Contact[]): Promise<Contact[]> {
    const held = contacts.flatMap((contact) =>
      [...this.counts.keys()].flatMap((by) => {
        const text = heldKey(by, contact);
        return text === undefined ? [] : [{ text, contact }];
      }),
    );
    const texts = [...new Set(held.map(({ text }) => text))];
    const known = await this.store.getMany(texts);
    const entries = new Map(texts.flatMap((text, at) => (known[at] ? [[text, known[at]]] : [])));
    const wanted = held.filter(({ text }) => entries.has(text));
    for (const { text, contact } of wanted) {
      const { ids } = entries.get(text)!;
      const id = canonicalId(contact.id);
      if (!ids.includes(id) && ids.length < MOST_HOLDERS) ids.push(id);
    }
    await this.store.putMany(entries);
    return [...new Set(wanted.map(({ contact }) => contact))];
  }

  /** Notes that a key was resolved to a contact before: it is not looked for. @returns whether the file has the key */
  async settle(key: FieldKey, id: string): Promise<boolean> {
    const text = keyText(key);
    const [entry] = await this.store.getMany([text]);
    if (entry) await this.store.putMany([[text, { ...entry, ids: [id] }]]);
    return entry !== undefined;
  }

  /** The keys by a field that no contact holds, as far as was noted when this begins. */
  async *unmatched(by: Field): AsyncGenerator<FieldKey> {
    for await (const [text, { value, ids }] of this.store.entries()) {
      if (ids.length === 0 && text.startsWith(`${by.key}\n`)) yield { by, value };
    }
  }

  /** The contacts that were noted for keys, by the key's text. */
  async holders(texts: readonly string[]): Promise<Map<string, readonly string[]>> {
    const known = await this.store.getMany(texts);
    return new Map(texts.map((text, at) => [text, known[at]?.ids ?? []]));
  }

  close(): Promise<void> {
    return this.store.close();
  }
}
