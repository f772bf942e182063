import type { Contact, FieldSchema } from '../../src/core/contacts/types.js';
import { CONTACT_FIELDS, customField, type Field } from '../../src/core/contacts/fields.js';
import { rowToEdit, type Edit, type EditOptions, type EditResult } from '../../src/core/contacts/row-to-edit.js';
import type { CsvOptions } from '../../src/core/input/survey.js';
import type { TagDirectory } from '../../src/core/contacts/tags.js';
import { matchCustomFields, matchHeader, type Header } from '../../src/core/contacts/header.js';
import { sandboxSchema } from '../../src/sandbox/contact-schema.js';

export const ID = '3c90c3cc-0d44-4b50-8888-8dd25736052a';

export const EDIT_OPTIONS: EditOptions = { empty: undefined, nullToken: '<clear>', idFormat: 'uuid', lint: 'hold' };

/** How a CSV is read where a test does not say. */
export const CSV_OPTIONS: CsvOptions = {
  ...EDIT_OPTIONS,
  ...{ map: [], ignoreUnknownColumns: false, ignoreColumn: [], delimiter: undefined },
  ...{ skipLines: 0, shortRows: 'refuse' },
};

const HEADER_OPTIONS = { map: [], ignoreUnknownColumns: false, ignoreColumn: [] };

/** The custom fields of the sandbox. */
export const CUSTOM: Field[] = customFields(sandboxSchema());

export function customFields(schema: readonly FieldSchema[]): Field[] {
  return schema.flatMap((entry) => (entry.key.startsWith('custom_field_') ? (customField(entry) ?? []) : []));
}

export function fieldOf(key: string): Field {
  const found = [...CONTACT_FIELDS, ...CUSTOM].find((field) => field.key === key);
  if (!found) throw new Error(`no field ${key}`);
  return found;
}

/** A contact of which nothing is known but what is given. */
export function contact(values: Partial<Contact> = {}): Contact {
  return { id: ID, updated_at: '2026-03-01T10:00:00.000Z', tags: [], ...values };
}

/** A header whose columns are all known: fields of the reference and the sandbox's custom fields. */
export function header(...names: string[]): Header {
  const first = matchHeader(names, HEADER_OPTIONS);
  const { header, problems } = matchCustomFields(first.header, CUSTOM, HEADER_OPTIONS);
  if (first.problems.length + problems.length > 0)
    throw new Error([...first.problems, ...problems].map(({ message }) => message).join('\n'));
  return header;
}

export interface RowOptions extends Partial<EditOptions> {
  directory?: TagDirectory;
}

/** What a data row of these columns is read as; `contact_id` is added. */
export function readRow(cells: Readonly<Record<string, string>>, options: RowOptions = {}): EditResult {
  const { directory, ...edit } = options;
  const columns = { contact_id: ID, ...cells };
  const record = { row: 1, line: 2, cells: Object.values(columns) };
  return rowToEdit(record, header(...Object.keys(columns)), { ...EDIT_OPTIONS, ...edit }, directory);
}

/** As `readRow`, for a row that is a valid edit. */
export function editOf(cells: Readonly<Record<string, string>>, options: RowOptions = {}): Edit {
  const result = readRow(cells, options);
  if ('edit' in result) return { ...result.edit, contactId: String(result.edit.key.value) };
  throw new Error(result.problems.map((problem) => problem.message).join('\n'));
}

/** What is wrong with a row, in the words for people. */
export function problemsOf(cells: Readonly<Record<string, string>>, options: RowOptions = {}): string[] {
  const result = readRow(cells, options);
  return 'edit' in result ? [] : result.problems.map((problem) => problem.message);
}
