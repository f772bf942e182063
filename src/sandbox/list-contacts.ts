import { z } from 'zod';
import type { Contact } from '../core/contacts/types.js';
import { compileFilters, type Filter } from './filter.js';
import { parseSort, type SortOrder } from './sort-contacts.js';
import type { SandboxStore } from './store.js';

/** The body of `POST …/contacts/list`. */
export const LIST_QUERY = z.strictObject({
  // Filters nest and depend on the schema of contacts: filter.ts validates them.
  filters: z.unknown().optional(),
  page: z.int().min(1).default(1),
  page_size: z.int().min(1).max(500).default(50),
  sort: z.string().default('-created_at'),
  include_custom_fields: z.boolean().default(true),
});
export type ListQuery = z.infer<typeof LIST_QUERY>;

/** One page as the API returns it, without `meta`. */
export interface ListPage {
  data: Contact[];
  pagination: { page: number; page_size: number; total_count: number; total_pages: number };
}

/** A page of the contacts as they are now: pages share no snapshot. Throws an ApiError (422) for an invalid query. */
export function listContacts(store: SandboxStore, query: ListQuery): ListPage {
  const { page, page_size } = query;
  const order = parseSort(query.sort, store.schema);
  const filter = compileFilters(query.filters, store);
  const start = (page - 1) * page_size;
  const { total, contacts } = query.filters
    ? matching(store, filter, order, start, page_size)
    : everyone(store, order, start, page_size);
  return {
    data: query.include_custom_fields ? contacts : contacts.map(withoutCustomFields),
    pagination: { page, page_size, total_count: total, total_pages: Math.ceil(total / page_size) },
  };
}

interface Slice {
  total: number;
  contacts: Contact[];
}

function everyone(store: SandboxStore, order: SortOrder, start: number, size: number): Slice {
  const ids = store.order(order);
  return { total: ids.length, contacts: present(store, ids.slice(start, start + size)) };
}

function matching(store: SandboxStore, filter: Filter, order: SortOrder, start: number, size: number): Slice {
  const found = filter.ids
    ? store.sortFew(present(store, filter.ids).filter(filter.matches), order)
    : present(store, store.order(order)).filter(filter.matches);
  return { total: found.length, contacts: found.slice(start, start + size) };
}

function present(store: SandboxStore, ids: Iterable<string>): Contact[] {
  const contacts: Contact[] = [];
  for (const id of ids) {
    const contact = store.contacts.get(id);
    if (contact) contacts.push(contact);
  }
  return contacts;
}

function withoutCustomFields(contact: Contact): Contact {
  const entries = Object.entries(contact).filter(([key]) => !key.startsWith('custom_field_'));
  return { ...Object.fromEntries(entries), id: contact.id };
}
