import type { Contact, FieldSchema, Tag } from '../core/contacts/types.js';
import { SANDBOX_TAGS } from './defaults.js';
import { missingCustomFields, sandboxSchema } from './contact-schema.js';
import { canonicalId } from './ids.js';
import type { FilterCase } from './operators.js';
import { uuidOfText } from './random.js';
import { compareContacts, sortedIds, type SortOrder } from './sort-contacts.js';

/** Fields whose value is unique among contacts. */
export const UNIQUE_FIELDS = ['email', 'linkedin_url'] as const;
export type UniqueField = (typeof UNIQUE_FIELDS)[number];

/** The result of a write: the contact, and the written fields (tags as names) before and after. */
export interface Written {
  contact: Contact;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

/**
 * The contacts, tags and schema of a sandbox, in memory. A write puts a new object into the map instead of changing the
 * old one, so what a test read earlier stays as it was. Contacts hold tags as names, as the API returns them.
 */
export class SandboxStore {
  readonly contacts = new Map<string, Contact>();
  readonly tags: Tag[] = SANDBOX_TAGS.map((tag) => ({ ...tag }));
  readonly schema: FieldSchema[];
  private readonly owners: Record<UniqueField, Map<string, string>> = { email: new Map(), linkedin_url: new Map() };
  private readonly orders = new Map<string, string[]>();

  readonly filterCase: FilterCase;

  constructor({
    notFilterable = [],
    filterCase = 'equals',
  }: { notFilterable?: readonly string[]; filterCase?: FilterCase } = {}) {
    this.schema = sandboxSchema(notFilterable);
    this.filterCase = filterCase;
  }

  /** Adds contacts, with null for fields that they lack, and the tags that are new. */
  load(contacts: Iterable<Contact>, now = new Date()): void {
    const tagNames = new Set(this.tags.map(({ name }) => name));
    const blank = blankContact(this.schema, now.toISOString());
    for (const given of contacts) {
      const contact: Contact = { ...blank, ...given, id: canonicalId(given.id), tags: given.tags ?? [] };
      for (const name of contact.tags ?? []) {
        if (tagNames.has(name)) continue;
        tagNames.add(name);
        this.tags.push({ id: uuidOfText(name), name });
      }
      this.contacts.set(contact.id, contact);
      this.own(contact);
    }
    this.orders.clear();
  }

  /** As `load`, for contacts that may have custom fields of their own: those become part of the schema. */
  loadForeign(contacts: readonly Contact[], now = new Date()): void {
    this.schema.push(...missingCustomFields(contacts, this.schema));
    this.load(contacts, now);
  }

  /** The contact with this id; UUIDs match in any case. */
  find(id: string): Contact | undefined {
    return this.contacts.get(id) ?? this.contacts.get(canonicalId(id));
  }

  /** The contact with this e-mail address or LinkedIn URL, in any case. */
  ownerOf(field: UniqueField, value: string): Contact | undefined {
    const owner = this.contacts.get(this.owners[field].get(uniqueKey(value)) ?? '');
    // A test may have edited or deleted contacts in the map itself, so the index may be out of date.
    const held = owner?.[field];
    return typeof held === 'string' && uniqueKey(held) === uniqueKey(value) ? owner : undefined;
  }

  /**
   * Writes fields to a contact, as a PATCH or another user would (tags as names), and moves `updated_at` forward.
   * Throws an Error for an unknown id.
   */
  write(id: string, fields: Readonly<Record<string, unknown>>, now = new Date()): Written {
    const old = this.find(id);
    if (!old) throw new Error(`The sandbox has no contact ${id}`);
    const updatedAt = later(old.updated_at, now);
    const contact: Contact = { ...old, ...fields, id: old.id, updated_at: updatedAt };
    this.contacts.set(old.id, contact);
    if (UNIQUE_FIELDS.some((field) => field in fields)) this.own(contact);
    this.forgetOrders([...Object.keys(fields), 'updated_at']);
    const only = (from: Contact) => Object.fromEntries(Object.keys(fields).map((key) => [key, from[key]]));
    return { contact, before: only(old), after: only(contact) };
  }

  /** The ids of all contacts in an order, cached until a write touches the sorted field. */
  order({ field, descending }: SortOrder): readonly string[] {
    const key = `${descending ? '-' : ''}${field}`;
    const kept = this.orders.get(key);
    if (kept?.length === this.contacts.size) return kept;
    const ids = sortedIds(this.contacts.values(), { field, descending }, this.typeOf(field));
    this.orders.set(key, ids);
    return ids;
  }

  /** Sorts a few contacts in place, without sorting all of them. */
  sortFew(contacts: Contact[], order: SortOrder): Contact[] {
    return contacts.sort(compareContacts(order, this.typeOf(order.field)));
  }

  private typeOf(key: string): string {
    return this.schema.find((field) => field.key === key)?.type ?? 'string';
  }

  private own(contact: Contact): void {
    for (const field of UNIQUE_FIELDS) {
      const value = contact[field];
      if (typeof value === 'string' && value !== '') this.owners[field].set(uniqueKey(value), contact.id);
    }
  }

  private forgetOrders(fields: readonly string[]): void {
    for (const field of fields) {
      this.orders.delete(field);
      this.orders.delete(`-${field}`);
    }
  }
}

function uniqueKey(value: string): string {
  return value.toLowerCase().replace(/\/+$/, '');
}

/** All contacts start as copies of one blank, so that they have the same keys in memory and in answers. */
function blankContact(schema: readonly FieldSchema[], now: string): Contact {
  const nulls = Object.fromEntries(schema.map(({ key }) => [key, null]));
  return { ...nulls, id: '', created_at: now, updated_at: now };
}

/** Two writes within a millisecond still differ in `updated_at`. */
function later(before: string | null | undefined, now: Date): string {
  const floor = before ? Date.parse(before) + 1 : 0;
  return new Date(Math.max(now.getTime(), floor || 0)).toISOString();
}
