import { CONTACT_FIELDS, CUSTOM_PREFIX, customField, type Field } from './fields.js';
import { TagDirectory } from './tags.js';
import type { ContactsApi } from './contacts-api.js';
import type { FieldSchema } from './types.js';

/** The organisation's own words: its custom fields and tags. Each is fetched once, and only when it is needed. */
export class Vocabulary {
  #schema: Promise<readonly FieldSchema[]> | undefined;
  #known: readonly FieldSchema[] | undefined;
  #directory: TagDirectory | undefined;
  readonly #fields = new Map<string, Field>(CONTACT_FIELDS.map((field) => [field.key, field]));

  constructor(private readonly api: ContactsApi) {}

  /** The schema, if it was read already. */
  get known(): readonly FieldSchema[] | undefined {
    return this.#known;
  }

  /** The tags, if they were read already. */
  get directory(): TagDirectory | undefined {
    return this.#directory;
  }

  read(): Promise<readonly FieldSchema[]> {
    this.#schema ??= this.#readSchema();
    return this.#schema;
  }

  async readTags(): Promise<TagDirectory> {
    this.#directory ??= new TagDirectory(await this.api.getTags());
    return this.#directory;
  }

  /** Fetches what values of these fields need to be compared: custom fields' types. */
  async learnTypes(keys: readonly string[]): Promise<void> {
    if (keys.some((key) => key.startsWith(CUSTOM_PREFIX))) await this.read();
  }

  /** Fetches what values of these fields need to be compared and written: custom fields' types, tags' ids. */
  async learn(keys: readonly string[]): Promise<void> {
    if (keys.includes('tags')) await this.readTags();
    await this.learnTypes(keys);
  }

  /** Custom fields that a CSV can hold. @throws as `read` does */
  async customFields(): Promise<Field[]> {
    await this.read();
    return [...this.#fields.values()].filter((field) => !CONTACT_FIELDS.includes(field));
  }

  /** Whether a field by this key is known, and can be edited. */
  has = (key: string): boolean => this.#fields.has(key);

  /** A field by its key. @throws where the schema was not read, or does not have it */
  fieldByKey = (key: string): Field => {
    const field = this.#fields.get(key);
    if (!field) throw new Error(`the API's schema has no field ${key} that can be edited`);
    return field;
  };

  async #readSchema(): Promise<readonly FieldSchema[]> {
    const schema = await this.api.getSchema();
    this.#known = schema;
    for (const entry of schema) {
      const field = entry.key.startsWith(CUSTOM_PREFIX) ? customField(entry) : undefined;
      if (field) this.#fields.set(field.key, field);
    }
    return schema;
  }
}
