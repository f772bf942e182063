import { isUuid } from './contact-id.js';
import { CUSTOM_PREFIX } from './fields.js';
import type { Contact } from './types.js';

/** Where APIs keep custom fields that are not extra keys of the contact. */
const NESTED = 'custom_fields';

/**
 * A contact in the one shape that the rest of the tool knows, whichever the API shows it in: tags as a list of names,
 * custom fields as extra keys. Tags in a form that nobody can read are left out: what is absent is unknown, and null is
 * nothing. Pure; gives back the same object where there is nothing to do.
 * @param nameOfTag the name of a tag by its id, where the tags were read
 */
export function readShape(shown: Contact, nameOfTag: (id: string) => string | undefined): Contact {
  return withCustomFields(withTags(shown, nameOfTag));
}

function withTags(contact: Contact, nameOfTag: (id: string) => string | undefined): Contact {
  const tags: unknown = contact.tags;
  if (tags === undefined || tags === null) return contact;
  const names = Array.isArray(tags) ? tags.map((tag: unknown) => nameIn(tag, nameOfTag)) : [undefined];
  if (names.includes(undefined)) {
    const readable: Contact = { ...contact };
    delete readable.tags;
    return readable;
  }
  return { ...contact, tags: names as string[] };
}

/** A tag by name or id, or as an object that has them. */
function nameIn(tag: unknown, nameOfTag: (id: string) => string | undefined): string | undefined {
  if (typeof tag === 'string') return nameOfTag(tag) ?? tag;
  const { name, id } = (tag ?? {}) as { name?: unknown; id?: unknown };
  if (typeof name === 'string') return name;
  return typeof id === 'string' ? nameOfTag(id) : undefined;
}

function withCustomFields(contact: Contact): Contact {
  const nested = contact[NESTED];
  if (typeof nested !== 'object' || nested === null) return contact;
  const entries = Array.isArray(nested) ? nested.map(entryIn) : Object.entries(nested);
  const fields = entries.flatMap(([key, value]) => {
    const full = isUuid(key) ? CUSTOM_PREFIX + key : key;
    return full.startsWith(CUSTOM_PREFIX) && !Object.hasOwn(contact, full) ? [[full, value] as const] : [];
  });
  return { ...contact, ...Object.fromEntries(fields) };
}

/** One of `[{id, name, value}]`. */
function entryIn(item: unknown): [string, unknown] {
  const { key, id, field_id, value } = (item ?? {}) as Record<string, unknown>;
  const name = [key, id, field_id].find((one): one is string => typeof one === 'string');
  return [name ?? '', value];
}
