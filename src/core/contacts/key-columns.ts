import type { Column, HeaderOptions } from './header.js';
import { CONTACT_FIELDS, KEY_COLUMN, KEY_FIELDS, type Field } from './fields.js';
import { foldName } from '../model/fold-name.js';
import type { HeaderProblem } from '../model/problem.js';
import { trimBlank } from '../model/invisible.js';
import { didYouMean } from '../model/suggest.js';

/** A name that says what rows name their contacts by. `custom`: the schema will tell whether it is a field. */
type KeyName = { by: 'id' } | { by: Field } | { by: 'custom'; name: string };

const ID_NAMES: ReadonlySet<string> = new Set([KEY_COLUMN, 'id'].map(foldName));
const FIELD_BY_NAME = new Map(CONTACT_FIELDS.map((field) => [foldName(field.key), field]));

/** What can be a key, for messages. */
const EXPECTED = `${[KEY_COLUMN, ...KEY_FIELDS].join(', ')} or a custom field that holds one value`;

/** Whether a column is that of contact ids. */
export function isIdName(folded: string): boolean {
  return ID_NAMES.has(folded);
}

/** The names of keys, in the order in which they are tried. Pure. */
export function readKeys(names: HeaderOptions['key'] = [KEY_COLUMN]): { keys: KeyName[]; problems: HeaderProblem[] } {
  const keys: KeyName[] = [];
  const problems: HeaderProblem[] = [];
  for (const given of names) {
    const name = trimBlank(given);
    const folded = foldName(name);
    const field = FIELD_BY_NAME.get(folded);
    if (isIdName(folded)) keys.push({ by: 'id' });
    else if (field === undefined && folded !== '') keys.push({ by: 'custom', name });
    else if (field !== undefined && KEY_FIELDS.includes(field.key)) keys.push({ by: field });
    else problems.push(badKey(name, `"${name}" cannot tell which contact a row is about; expected ${EXPECTED}`));
  }
  if (names.length === 0) problems.push(badKey('', `no key; expected ${EXPECTED}`));
  return { keys, problems };
}

/** The folded names of columns that can name contacts. */
export function keyNames(names: HeaderOptions['key']): Set<string> {
  const { keys } = readKeys(names);
  return new Set(
    keys.flatMap((key) => (key.by === 'id' ? [...ID_NAMES] : [foldName(key.by === 'custom' ? key.name : key.by.key)])),
  );
}

/** Whether rows name their contacts by id alone. */
export function namesOnlyIds(names: HeaderOptions['key']): boolean {
  return readKeys(names).keys.every(({ by }) => by === 'id');
}

/** What a column is for, given the keys. A field that is a key is not edited. Pure. */
export function asKeyColumn(column: Column, keys: readonly KeyName[]): Column {
  switch (column.kind) {
    case 'key':
      return keys.some(({ by }) => by === 'id') ? column : { kind: 'ignored' };
    case 'field':
      return keys.some(({ by }) => by === column.field) ? { kind: 'key', by: column.field } : column;
    case 'custom': {
      const isKey = !column.expected && keys.some((key) => key.by === 'custom' && isNamed(column.name, key.name));
      return isKey ? { ...column, isKey } : column;
    }
    default:
      return column;
  }
}

/**
 * The positions of the key columns, in the order in which they are tried. Pure.
 * @returns also what keeps rows from naming their contacts
 */
export function placeKeys(
  names: readonly string[],
  columns: readonly Column[],
  keys: readonly KeyName[],
  line: number,
): { positions: number[]; problems: HeaderProblem[] } {
  const places = keys.map((key) => columns.findIndex((column) => isColumnOf(key, column)));
  const problems = keys.flatMap((key, at) =>
    key.by === 'custom' && places[at] === -1
      ? [
          noColumn(
            `line ${line}: no column "${key.name}", which is to say which contact a row is about`,
            names,
            key.name,
          ),
        ]
      : [],
  );
  const positions = [...new Set(places)].filter((at) => at !== -1);
  if (positions.length > 0 || problems.length > 0) return { positions, problems };
  const fields = keys.flatMap(({ by }) => (by === 'id' || by === 'custom' ? [] : [by.key]));
  return {
    positions,
    problems: [fields.length === 0 ? noIdColumn(names, columns, line) : noKeyColumn(names, keys, fields, line)],
  };
}

function isColumnOf(key: KeyName, column: Column): boolean {
  if (key.by === 'custom') return column.kind === 'custom' && column.isKey === true && isNamed(column.name, key.name);
  return column.kind === 'key' && column.by === key.by;
}

function isNamed(column: string, key: string): boolean {
  return foldName(column) === foldName(key);
}

function noIdColumn(names: readonly string[], columns: readonly Column[], line: number): HeaderProblem {
  const fields = columns.flatMap((column) => (column.kind === 'field' ? [column.field.key] : []));
  const problem = noColumn(`line ${line}: no column "${KEY_COLUMN}" or "id"`, names, KEY_COLUMN);
  return { ...problem, code: 'no_id_column', candidates: fields.filter((key) => KEY_FIELDS.includes(key)) };
}

function noKeyColumn(
  names: readonly string[],
  keys: readonly KeyName[],
  fields: readonly string[],
  line: number,
): HeaderProblem {
  const wanted = [...(keys.some(({ by }) => by === 'id') ? [KEY_COLUMN] : []), ...fields];
  return noColumn(`line ${line}: no column ${wanted.map((key) => `"${key}"`).join(' or ')}`, names, fields[0]!);
}

function noColumn(message: string, names: readonly string[], wanted: string): HeaderProblem {
  const folded = names.map((name) => name.toLowerCase());
  return { code: 'no_key_column', message: `${message}${didYouMean(wanted, folded)}` };
}

/** @param key as it was given */
export function badKey(key: string, message: string): HeaderProblem {
  return { code: 'bad_key', message, key };
}
