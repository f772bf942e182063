import type { FieldSchema } from './types.js';
import * as types from './field-types.js';
import type { FieldType } from '../model/values.js';

/** A field that a CSV can edit. */
export interface Field {
  /** The key in the API's bodies. */
  key: string;
  /** What people call it. */
  label: string;
  type: FieldType;
  /** An AI fills this field and may overwrite it later. */
  aiFilled?: boolean;
}

/** The ten fields of the update endpoint. */
const CONTACT_FIELD_TYPES = {
  first_name: types.text,
  last_name: types.text,
  email: types.email,
  title: types.text,
  phone_number: types.phone,
  linkedin_url: types.profileUrl,
  location: types.text,
  notes: types.text,
  do_not_contact: types.boolean,
  tags: types.tags,
} as const;

export const CONTACT_FIELDS: readonly Field[] = Object.entries(CONTACT_FIELD_TYPES).map(([key, type]) => ({
  key,
  label: key,
  type,
}));

/** The types of custom fields; `enum` and `array` depend on the schema's allowed values and are made below. */
const CUSTOM_TYPES: Record<string, FieldType> = {
  string: types.text,
  text: types.text,
  number: types.number,
  boolean: types.boolean,
  date: types.date,
  datetime: types.datetime,
  time: types.time,
  uuid: types.uuid,
};

/** Types of which a schema may list the values, as it does of an enum. (Of dates it lists periods, for filters.) */
const NAMED_TYPES = ['string', 'text', 'uuid'];

/** The column that says which contact a row is about. */
export const KEY_COLUMN = 'contact_id';

/** Fields of the reference whose values can say so as well. */
export const KEY_FIELDS: readonly string[] = ['email', 'linkedin_url'];

/** When a contact was last changed. In a CSV it is a guard: the contact must not have been changed after it. */
export const CHANGED_AT = 'updated_at';

/** When a contact was added. */
export const CREATED_AT = 'created_at';

/** Columns of `export` that no edit can set: they pass unread. */
export const READ_ONLY_COLUMNS: readonly string[] = [
  CREATED_AT,
  'account_id',
  'source',
  'scoring',
  'heat_score',
  'scoring.heat_score',
  'object',
  'last_activity_at',
  'last_activity_type',
  'last_outbound_at',
  'last_outbound_type',
  'last_inbound_at',
  'last_inbound_type',
];

/** How the keys of custom fields begin. */
export const CUSTOM_PREFIX = 'custom_field_';

/** Custom keys end in the field's UUID. */
export const CUSTOM_KEY = /^custom_field_[0-9a-f-]{32,36}$/i;

/** A custom field of `GET /v1/schemas/contacts`, or undefined for a type that a cell cannot hold (`object`). */
export function customField(schema: FieldSchema): Field | undefined {
  const allowed = schema.enum_field_settings?.allowed_values ?? [];
  const item = allowed.length > 0 ? types.enumOf(allowed) : types.text;
  const isEnum = schema.type === 'enum' || (NAMED_TYPES.includes(schema.type) && allowed.length > 0);
  const type = isEnum ? item : schema.type === 'array' ? types.arrayOf(item) : CUSTOM_TYPES[schema.type];
  if (!type) return undefined;
  const aiFilled = schema.custom_field_settings?.is_ai_auto_filled === true;
  return { key: schema.key, label: schema.name, type, aiFilled };
}
