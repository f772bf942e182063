import { canonicalId, isUuid } from '../contacts/contact-id.js';
import type { EditOptions } from './row-to-edit.js';
import { CONTACT_FIELDS } from '../contacts/fields.js';
import { UsageError } from '../model/exit.js';
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
  /** The flag that named the file, for messages. */
  flag: string;
  /** Where the store is kept. */
  dir: string;
}

/**
 * Reads contacts as `export` writes them to NDJSON into a store on disk, by contact id.
 * @throws UsageError where it is no such file, with its line and what was expected
 */
export async function loadNdjsonExport(source: CsvSource, reading: NdjsonReading): Promise<ScratchStore<object>> {
  const { wanted, options, flag, dir } = reading;
  const name = `${flag} ${source.name}`;
  const contacts = await OncePerContact.open<object>(name, dir);
  let empty = true;
  try {
    for await (const { line, value } of readJsonLines(source, name)) {
      const problem = problemOf(value, wanted, options);
      if (problem !== undefined) throw new UsageError(`${name}: line ${line}: ${problem}`);
      const contact = value as Record<string, unknown> & { id: string };
      const kept = ['updated_at', ...wanted].map((key) => [key, contact[key]]);
      await contacts.add(canonicalId(contact.id), line, Object.fromEntries(kept) as object);
      empty = false;
    }
    if (empty) throw new UsageError(`${name}: is empty, expected a contact a line, as contact-sync export writes`);
    return await contacts.end();
  } catch (error) {
    await contacts.abandon();
    throw error;
  }
}

/** What a line's value is not, if it is no contact that an edit can be held against. */
function problemOf(
  value: unknown,
  wanted: readonly string[],
  { idFormat }: Pick<EditOptions, 'idFormat'>,
): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `got ${shown(value)}, expected a contact as a JSON object`;
  }
  const contact = value as Record<string, unknown>;
  const { id } = contact;
  if (typeof id !== 'string' || id === '') return `id: got ${shown(id)}, expected a contact id as text`;
  if (idFormat === 'uuid' && !isUuid(id)) return `id: "${id}" is no UUID (--id-format any takes other ids)`;
  const absent = wanted.filter((key) => !Object.hasOwn(contact, key));
  if (absent.length > 0) return `has no ${absent.join(', ')}, which the file edits; expected a value or null`;
  return TYPES.flatMap(({ key, expected, is }) => {
    const given = contact[key] ?? null;
    return given === null || is(given) ? [] : [`${key}: got ${shown(given)}, expected ${expected} or null`];
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
