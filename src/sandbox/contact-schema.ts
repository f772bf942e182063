import type { Contact, FieldSchema } from '../core/contacts/types.js';
import { ACCOUNT_TIERS, CUSTOM_FIELDS } from './defaults.js';

const EMPTY = ['is_empty', 'is_not_empty'];
const TEXT = ['equals', 'not_equals', 'contains', 'not_contains', 'starts_with', 'ends_with', ...EMPTY];
const TIME = ['equals', 'before', 'after', 'on_or_before', 'on_or_after', 'greater_than', 'less_than', ...EMPTY];

const OPERATORS_BY_TYPE: Record<string, string[]> = {
  string: TEXT,
  text: TEXT,
  uuid: ['equals', 'not_equals', ...EMPTY],
  number: ['equals', 'not_equals', 'greater_than', 'greater_or_equal', 'less_than', 'less_or_equal', ...EMPTY],
  boolean: ['is', 'is_not', ...EMPTY],
  enum: ['is', 'is_not', ...EMPTY],
  array: ['contains', 'not_contains', ...EMPTY],
  date: TIME,
  datetime: TIME,
};

const UNSORTABLE = new Set(['array', 'text', 'object']);
export const CUSTOM_FIELD_KEY = /^custom_field_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The data of `GET /v1/schemas/contacts`. A new list each time, as a test may change the schema of its sandbox. */
export function sandboxSchema(notFilterable: readonly string[] = []): FieldSchema[] {
  return allFields().map((entry) =>
    notFilterable.includes(entry.key) ? { ...entry, filterable: false, allowed_operators: [] } : entry,
  );
}

function allFields(): FieldSchema[] {
  return [
    field('ID', 'id', 'uuid'),
    field('Created At', 'created_at', 'datetime'),
    field('Updated At', 'updated_at', 'datetime'),
    field('Account ID', 'account_id', 'uuid'),
    ...UPDATABLE.map(([name, key, type]) => field(name, key, type, { updatable: true })),
    field('Source', 'source', 'string'),
    field('Scoring', 'scoring', 'object'),
    custom('Account Tier', CUSTOM_FIELDS.accountTier, 'enum', {
      enum_field_settings: { allowed_values: ACCOUNT_TIERS.map((tier) => ({ ...tier })) },
    }),
    custom('Renewal Date', CUSTOM_FIELDS.renewalDate, 'date'),
    custom('Seats', CUSTOM_FIELDS.seats, 'number'),
    custom('Newsletter', CUSTOM_FIELDS.newsletter, 'boolean'),
    custom('Interests', CUSTOM_FIELDS.interests, 'array'),
    custom('Last Demo', CUSTOM_FIELDS.lastDemo, 'datetime'),
    custom('ERP Number', CUSTOM_FIELDS.erpNumber, 'string'),
    custom('AI Summary', CUSTOM_FIELDS.aiSummary, 'text', {
      custom_field_settings: { id: CUSTOM_FIELDS.aiSummary.slice('custom_field_'.length), is_ai_auto_filled: true },
    }),
  ];
}

const UPDATABLE: readonly [name: string, key: string, type: string][] = [
  ['First Name', 'first_name', 'string'],
  ['Last Name', 'last_name', 'string'],
  ['Email', 'email', 'string'],
  ['Title', 'title', 'string'],
  ['Phone Number', 'phone_number', 'string'],
  ['LinkedIn URL', 'linkedin_url', 'string'],
  ['Location', 'location', 'string'],
  ['Notes', 'notes', 'text'],
  ['Do Not Contact', 'do_not_contact', 'boolean'],
  ['Tags', 'tags', 'array'],
];

/**
 * The custom fields of contacts that `schema` lacks, each with the type of its first value: an export of a real
 * organisation has its own fields.
 */
export function missingCustomFields(contacts: Iterable<Contact>, schema: readonly FieldSchema[]): FieldSchema[] {
  const known = new Set(schema.map(({ key }) => key));
  const found = new Map<string, FieldSchema>();
  for (const contact of contacts) {
    for (const key of Object.keys(contact)) {
      if (known.has(key) || !CUSTOM_FIELD_KEY.test(key)) continue;
      const value = contact[key];
      if (value === null || value === undefined) found.set(key, found.get(key) ?? unnamed(key, 'text'));
      else {
        known.add(key);
        found.set(key, unnamed(key, typeOfValue(value)));
      }
    }
  }
  return [...found.values()];
}

function unnamed(key: string, type: string): FieldSchema {
  return custom(`Custom ${key.slice('custom_field_'.length, 'custom_field_'.length + 8)}`, key, type);
}

function typeOfValue(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'object') return typeof value;
  return 'text';
}

function custom(name: string, key: string, type: string, more: Partial<FieldSchema> = {}): FieldSchema {
  const settings = { id: key.slice('custom_field_'.length), is_ai_auto_filled: false };
  return field(name, key, type, { updatable: true, custom_field_settings: settings, ...more });
}

function field(name: string, key: string, type: string, more: Partial<FieldSchema> = {}): FieldSchema {
  const operators = OPERATORS_BY_TYPE[type] ?? [];
  return {
    name,
    key,
    type,
    filterable: operators.length > 0,
    sortable: !UNSORTABLE.has(type),
    updatable: false,
    allowed_operators: [...operators],
    ...more,
  };
}
