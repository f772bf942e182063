import { isUuid } from './contact-id.js';
import { CHANGED_AT, CONTACT_FIELDS } from './fields.js';
import type { EditOptions } from './row-to-edit.js';
import type { Problem } from '../model/problem.js';

/**
 * What is wrong with a value that is to be a contact as `export` writes it to NDJSON.
 * @param wanted keys that it must have
 */
export function findExportProblem(
  value: unknown,
  wanted: readonly string[],
  { idFormat }: Pick<EditOptions, 'idFormat'>,
): Problem | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { code: 'bad_line', message: `got ${shown(value)}, expected a contact as a JSON object` };
  }
  const contact = value as Record<string, unknown>;
  const { id } = contact;
  if (typeof id !== 'string' || id === '') {
    return { code: 'no_id', message: `id: got ${shown(id)}, expected a contact id as text` };
  }
  if (idFormat === 'uuid' && !isUuid(id)) return { code: 'bad_id', message: `id: "${id}" is not a UUID` };
  const absent = wanted.filter((key) => !Object.hasOwn(contact, key));
  if (absent.length > 0) {
    return { code: 'no_field', message: `has no ${absent.join(', ')}, which the CSV edits; expected a value or null` };
  }
  return TYPES.flatMap(({ key, expected, is }) => {
    const given = contact[key] ?? null;
    if (given === null || is(given)) return [];
    return [{ code: 'bad_value', field: key, message: `${key}: got ${shown(given)}, expected ${expected} or null` }];
  })[0];
}

const isText = (value: unknown): boolean => typeof value === 'string';

/** What the fields of the reference hold. Custom fields are read in whatever form the API wraps them. */
const TYPES = [
  ...CONTACT_FIELDS.map(({ key, type: { name } }) => {
    if (name === 'boolean') return { key, expected: 'true, false', is: (value: unknown) => typeof value === 'boolean' };
    if (name !== 'tags') return { key, expected: 'text', is: isText };
    return { key, expected: 'a list of names', is: (value: unknown) => Array.isArray(value) && value.every(isText) };
  }),
  { key: CHANGED_AT, expected: 'a time as text', is: isText },
];

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
