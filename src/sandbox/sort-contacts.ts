import type { Contact, FieldSchema } from '../core/contacts/types.js';
import { refused } from './api-error.js';

export interface SortOrder {
  field: string;
  descending: boolean;
}

/** Parses a sort order; `-created_at` is descending. Throws an ApiError (422) for a field that cannot be sorted by. */
export function parseSort(text: string, schema: readonly FieldSchema[]): SortOrder {
  const descending = text.startsWith('-');
  const field = descending ? text.slice(1) : text;
  if (!schema.some(({ key, sortable }) => key === field && sortable)) {
    throw refused(`Contacts cannot be sorted by "${field}"`);
  }
  return { field, descending };
}

/** Ids in order. Values are made comparable once per contact, not per comparison. */
export function sortedIds(contacts: Iterable<Contact>, order: SortOrder, type: string): string[] {
  const rows: Row[] = [];
  for (const contact of contacts) rows.push(rowOf(contact, order.field, type));
  rows.sort((a, b) => compareRows(a, b, order.descending));
  return rows.map(({ id }) => id);
}

/** A comparator with the same order, for a few contacts. */
export function compareContacts({ field, descending }: SortOrder, type: string): (a: Contact, b: Contact) => number {
  return (a, b) => compareRows(rowOf(a, field, type), rowOf(b, field, type), descending);
}

type Comparable = string | number | null;
interface Row {
  id: string;
  value: Comparable;
}

function rowOf(contact: Contact, field: string, type: string): Row {
  return { id: contact.id, value: comparable(contact[field], type) };
}

function comparable(value: unknown, type: string): Comparable {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return null;
  return type === 'datetime' ? Date.parse(value) : value;
}

/** Nulls come last in both directions; ties are broken by id, so that pages neither repeat nor skip a contact. */
function compareRows(a: Row, b: Row, descending: boolean): number {
  if (a.value === null || b.value === null) {
    if (a.value !== b.value) return a.value === null ? 1 : -1;
  } else if (a.value !== b.value) {
    return a.value < b.value === descending ? 1 : -1;
  }
  return a.id < b.id ? -1 : 1;
}
