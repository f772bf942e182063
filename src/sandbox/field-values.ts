import type { FieldSchema } from '../core/contacts/types.js';
import { isUuid } from './ids.js';

const isString = (value: unknown): value is string => typeof value === 'string';
const isStrings = (value: unknown) => Array.isArray(value) && value.every(isString);
const DATETIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** Says what is wrong with a value (never null) for a field, such as `must be a number`; undefined if it is valid. */
export function problemWithValue(field: FieldSchema, value: unknown): string | undefined {
  if (field.key === 'tags') {
    return Array.isArray(value) && value.every(isUuid) ? undefined : 'must be an array of tag ids (UUIDs)';
  }
  if (field.type === 'enum') {
    const keys = field.enum_field_settings?.allowed_values.map(({ key }) => key) ?? [];
    return isString(value) && keys.includes(value) ? undefined : `must be one of ${keys.join(', ')}`;
  }
  const check = CHECKS[field.type];
  if (!check) return `has a type that cannot be written (${field.type})`;
  return check.ok(value) ? undefined : `must be ${check.what}`;
}

const TEXT = { what: 'a string', ok: isString };

const CHECKS: Record<string, { what: string; ok: (value: unknown) => boolean }> = {
  string: TEXT,
  text: TEXT,
  number: { what: 'a number', ok: Number.isFinite },
  boolean: { what: 'a boolean', ok: (value) => typeof value === 'boolean' },
  uuid: { what: 'a UUID', ok: isUuid },
  array: { what: 'an array of strings', ok: isStrings },
  date: { what: 'a date, YYYY-MM-DD', ok: (value) => isString(value) && isDate(value) },
  datetime: { what: 'an ISO 8601 date and time', ok: (value) => isString(value) && isDatetime(value) },
  time: { what: 'a time, HH:MM', ok: (value) => isString(value) && /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/.test(value) },
  object: { what: 'an object', ok: (value) => typeof value === 'object' && !Array.isArray(value) },
};

/** Whether a day exists: JavaScript reads 30 February as 1 March. */
function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

function isDatetime(text: string): boolean {
  return DATETIME.test(text) && isDate(text.slice(0, 10)) && !Number.isNaN(Date.parse(text));
}
