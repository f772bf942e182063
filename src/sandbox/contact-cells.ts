import { closest } from 'fastest-levenshtein';
import type { Contact, FieldSchema } from '../core/contacts/types.js';
import { CUSTOM_FIELD_KEY, sandboxSchema } from './contact-schema.js';
import { problemWithValue } from './field-values.js';

/** A column of a contacts file: the field its cells hold. */
export type Column = FieldSchema;

/**
 * The fields of a header, in order; undefined for columns that start with `_` (`_status`). Throws an Error for an
 * unknown column, with the nearest name, and where there is no `id`.
 */
export function columnsOf(header: readonly string[]): (Column | undefined)[] {
  const schema = sandboxSchema();
  const byName = new Map(schema.flatMap((field) => [field.name, field.key].map((name) => [plain(name), field])));
  const columns = header.map((title) => {
    if (title.trim().startsWith('_')) return undefined;
    const field = byName.get(plain(title) === 'contactid' ? 'id' : plain(title)) ?? foreignField(title);
    if (!field) {
      const known = schema.map(({ key }) => key);
      throw new Error(`unknown column "${title}": did you mean "${closest(title.trim(), known)}"?`);
    }
    return field;
  });
  if (!columns.some((column) => column?.key === 'id')) throw new Error('there is no column "id"');
  return columns;
}

/** The contact of a record; empty cells are null. Throws an Error that names the field for an invalid cell. */
export function contactFromCells(columns: readonly (Column | undefined)[], cells: readonly string[]): Contact {
  const values: Record<string, unknown> = {};
  columns.forEach((column, index) => {
    if (!column) return;
    const cell = cells[index] ?? '';
    try {
      values[column.key] = cell === '' ? null : valueOf(column, cell);
    } catch (error) {
      throw new Error(`${column.key}: ${(error as Error).message}`, { cause: error });
    }
  });
  return checkedContact(values);
}

/** A contact as the API returns it. Throws an Error for a missing id, and for a field of the wrong type. */
export function checkedContact(values: Readonly<Record<string, unknown>>): Contact {
  const { id, tags } = values;
  if (typeof id !== 'string' || id === '') throw new Error('the contact has no id');
  if (tags !== null && tags !== undefined && !isStrings(tags)) throw new Error('tags: must be an array of tag names');
  for (const field of STANDARD_FIELDS) {
    const value = values[field.key];
    const problem = value === null || value === undefined ? undefined : problemWithValue(field, value);
    if (problem) throw new Error(`${field.key}: ${problem}`);
  }
  return { ...values, id };
}

/** Fields whose type does not depend on the organisation. Ids need not be UUIDs, and tags are checked as names. */
const STANDARD_FIELDS = sandboxSchema().filter(
  ({ key, type }) => key !== 'tags' && type !== 'uuid' && !key.startsWith('custom_field_'),
);

function plain(title: string): string {
  return title.toLowerCase().replace(/[\s_-]/g, '');
}

/** A custom field of another organisation: a CSV does not tell its type, so it is text. */
function foreignField(title: string): Column | undefined {
  const key = title.trim().toLowerCase();
  return CUSTOM_FIELD_KEY.test(key) ? { name: key, key, type: 'text' } : undefined;
}

function valueOf(column: Column, cell: string): unknown {
  const value = read(column, cell);
  if (column.key === 'id' || column.key === 'tags' || column.type === 'uuid') return value;
  const problem = problemWithValue(column, value);
  if (problem) throw new Error(`"${cell}" ${problem}`);
  return value;
}

function read(column: Column, cell: string): unknown {
  switch (column.type) {
    case 'number':
      return Number(cell);
    case 'boolean':
      return BOOLEANS[cell.trim().toLowerCase()] ?? cell;
    case 'array':
      return cell
        .split(';')
        .map((part) => part.trim())
        .filter(Boolean);
    case 'enum':
      return column.enum_field_settings?.allowed_values.find((v) => v.display_value === cell)?.key ?? cell;
    case 'object':
      // In the API, scoring is an object with one number; in a CSV it may be the number alone.
      return column.key === 'scoring' && cell.trim() !== '' && Number.isFinite(Number(cell))
        ? { heat_score: Number(cell) }
        : (JSON.parse(cell) as unknown);
    default:
      return cell;
  }
}

const BOOLEANS: Record<string, boolean> = {
  true: true,
  yes: true,
  y: true,
  1: true,
  false: false,
  no: false,
  n: false,
  0: false,
};

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
