import { canonicalId, isUuid } from '../contacts/contact-id.js';
import type { EditOptions } from './row-to-edit.js';
import { CONTACT_FIELDS } from '../contacts/fields.js';
import { SyncError } from '../model/errors.js';
import type { ReferenceRole } from '../model/error-facts.js';
import type { Problem } from '../model/problem.js';
import type { ScratchStore } from '../disk/store.js';
import { readJsonLines } from './json-lines.js';
import { OncePerContact } from './once-per-contact.js';
import type { CsvSource } from './records.js';

/** Whether a file is NDJSON by its name; any other is a CSV. */
export function isNdjson(file: string): boolean {
  return /\.(ndjson|jsonl)$/i.test(file);
}

/** What an NDJSON export is read with. */
export interface NdjsonReading {
  /** Keys that each contact must have; no others are kept, but for `updated_at`. */
  wanted: readonly string[];
  options: Pick<EditOptions, 'idFormat'>;
  role: ReferenceRole;
  /** Where the store is kept. */
  dir: string;
}

/**
 * Reads contacts as `export` writes them to NDJSON into a store on disk, by contact id.
 * @throws SyncError where it is not such a file, with its line and what was expected
 */
export async function loadNdjsonExport(source: CsvSource, reading: NdjsonReading): Promise<ScratchStore<object>> {
  const { wanted, options, role, dir } = reading;
  const file = source.name;
  const contacts = await OncePerContact.open<object>({ file, role }, dir);
  let empty = true;
  try {
    for await (const { line, value } of readJsonLines(source, role)) {
      const problem = problemOf(value, wanted, options);
      if (problem !== undefined) throw new SyncError('reference_invalid', { file, role, line, problem });
      const contact = value as Record<string, unknown> & { id: string };
      const kept = ['updated_at', ...wanted].map((key) => [key, contact[key]]);
      await contacts.add(canonicalId(contact.id), line, Object.fromEntries(kept) as object);
      empty = false;
    }
    if (empty) throw new SyncError('reference_empty', { file, role });
    return await contacts.end();
  } catch (error) {
    await contacts.abandon();
    throw error;
  }
}

/** What a line's value is not, if it is not a contact that an edit can be held against. */
function problemOf(
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
  { key: 'updated_at', expected: 'a time as text', is: isText },
];

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
