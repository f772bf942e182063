import { CHANGED_AT, CONTACT_FIELDS, CUSTOM_KEY, KEY_COLUMN, READ_ONLY_COLUMNS, type Field } from './fields.js';
import { asKeyColumn, badKey, isIdName, keyNames, placeKeys, readKeys } from './key-columns.js';
import { fieldsByName } from './fields-by-name.js';
import { canBeKey } from './keys.js';
import { namesCustomFields, readRules, type RulesByName } from './read-rules.js';
import type { RuleOfField } from '../model/field-rules.js';
import { foldName } from '../model/fold-name.js';
import { LEFT_OUT_COLUMN } from '../model/formula-cell.js';
import { trimBlank } from '../model/invisible.js';
import type { HeaderProblem } from '../model/problem.js';
import {
  ambiguousColumn,
  asRead,
  findClashes,
  findFieldless,
  FIRST_LINE,
  unknownColumn,
  type HeaderFound,
} from './header-problems.js';
import { didYouMean, nearest } from '../model/suggest.js';

/** What a column of the CSV is for. */
export type Column =
  /** Says which contact a row is about, by its id or by the value of a field. */
  | { kind: 'key'; by: 'id' | Field }
  | { kind: 'field'; field: Field }
  | { kind: 'expected'; field: Field }
  /** A time after which the contact must not have been changed. */
  | { kind: 'unchanged_since' }
  | Ignored
  /** No field of the reference: the schema will tell whether it is a custom field. */
  | { kind: 'custom'; name: string; expected: boolean; isKey?: boolean };

interface Ignored {
  kind: 'ignored';
  /** What the file calls it, where a custom field may be called so as well. */
  name?: string;
  /** Whether the schema must be asked for such a field. The API's own spelling is what an export writes. */
  asks?: boolean;
}

export interface HeaderOptions {
  /** `["Job Title=title"]`: column name in the file, field. */
  map: readonly string[];
  ignoreUnknownColumns: boolean;
  /** Names of columns that edit nothing. */
  ignoreColumn: readonly string[];
  /** What rows name their contacts by, in the order in which it is tried; by default `contact_id` alone. */
  key?: readonly string[];
  /** What an edit may do to fields, by their names; by default it overwrites. */
  rule?: RulesByName;
}

export interface Header {
  /** As in the file. */
  names: readonly string[];
  columns: readonly Column[];
  /** The physical line where it starts. */
  line: number;
  /** Positions of the key columns, in the order in which they are tried: the first that a row has names its contact. */
  keys: readonly number[];
  /** What edits may do to fields: those of the reference, until the custom ones are matched. */
  rules: RuleOfField;
}

type Matched = { header: Header; problems: HeaderProblem[] };

const IGNORED = new Set(READ_ONLY_COLUMNS.map(foldName));
/** Columns of the files of a run, and of an export. */
const OWN_COLUMNS: readonly string[] = ['_status', '_error', '_changes', LEFT_OUT_COLUMN];
const FIELD_BY_NAME = new Map(CONTACT_FIELDS.map((field) => [foldName(field.key), field]));
/** Columns that a person writes by hand and that edit no field. */
const OTHER_NAMES = new Map([KEY_COLUMN, CHANGED_AT].map((name) => [foldName(name), name]));
const KNOWN_NAMES = [KEY_COLUMN, ...CONTACT_FIELDS.map((field) => field.key)];

/** Whether these cells are a header: one of them names a key, by itself or by its mapping. */
export function hasKeyColumn(names: readonly string[], { key, map }: Pick<HeaderOptions, 'key' | 'map'>): boolean {
  const keys = keyNames(key);
  const mapped = map.map(splitMapping).filter(({ to }) => keys.has(foldName(to)));
  const all = new Set([...keys, ...mapped.map(({ from }) => foldName(from))]);
  return names.some((name) => all.has(foldName(name)));
}

/**
 * The part of matching that needs no API: the fields of the reference, guards, and what is ignored.
 * What is left is `custom`, to be looked up by `matchCustomFields`.
 * @param seen how the header was found
 */
export function matchHeader(names: readonly string[], options: HeaderOptions, seen: HeaderFound = FIRST_LINE): Matched {
  const problems: HeaderProblem[] = [];
  const { line } = seen;
  const { keys, problems: badKeys } = readKeys(options.key);
  problems.push(...badKeys);
  const renamed = readMap(names, options.map, problems);
  const ignored = readIgnored(names, options.ignoreColumn, renamed, problems);
  const columns = names.map((name, at): Column => {
    if (ignored.has(at)) return { kind: 'ignored' };
    const target = renamed.get(at);
    const column = asKeyColumn(classify(target ?? name), keys);
    // A name that a person wrote on the command line is meant; one in a file may be a typo.
    const isMeant = target !== undefined || (column.kind === 'custom' && column.isKey === true);
    const typo = column.kind === 'custom' && !isMeant ? typoOf(column.name) : undefined;
    // Where unknown columns may pass there is no call to save by telling one early, and it may be a custom field's.
    if (typo === undefined || options.ignoreUnknownColumns) return column;
    problems.push(unknownColumn(line, at, name, ` (did you mean "${typo}"?)`));
    return { kind: 'ignored' };
  });
  // A title that is like the name of a key is none.
  const placed = placeKeys(seen.elsewhere ? [] : names, columns, keys, line);
  const { rules, problems: badRules } = readRules(options.rule, keyFields(columns));
  problems.push(...badRules);
  const header = { names, columns, line, keys: placed.positions, rules };
  const missing = placed.problems.map((problem) => asRead(problem, names, seen));
  // What is wrong with a line of titles is not that it lacks fields.
  if (seen.elsewhere && missing.length > 0) return { header, problems: missing };
  // Where unknown columns are skipped, two of one name are as well: only the schema tells whether they are unknown.
  const isSettled = (column: Column): boolean =>
    column.kind !== 'custom' || column.isKey === true || !options.ignoreUnknownColumns;
  problems.push(...findClashes(header, isSettled), ...findFieldless(header));
  if (badKeys.length === 0) problems.push(...missing);
  return { header, problems };
}

/** The second part: columns that match a custom field by key or display name. The others are unknown. */
export function matchCustomFields(header: Header, customFields: readonly Field[], options: HeaderOptions): Matched {
  const problems: HeaderProblem[] = [];
  const { names, line } = header;
  const labels = customFields.map((field) => field.label);
  const fields = fieldsByName(customFields);
  const find = (name: string): readonly Field[] => fields.get(foldName(name)) ?? [];
  const own = new Set(names.map(foldName));
  const columns = header.columns.map((column, at): Column => {
    if (column.kind === 'ignored' && column.name !== undefined) {
      const field = find(column.name).find(({ key }) => !own.has(foldName(key)));
      if (field) problems.push(ambiguousColumn(line, at, column.name, field));
    }
    if (column.kind !== 'custom') return column;
    const found = find(column.name);
    const [field] = found;
    if (field && found.length === 1) {
      if (column.isKey !== true) return { kind: column.expected ? 'expected' : 'field', field };
      if (canBeKey(field)) return { kind: 'key', by: field };
      problems.push(badKey(column.name, `"${column.name}" is of type ${field.type.name}, which names no one contact`));
    } else if (found.length > 1) {
      const keys = found.map((field) => field.key).join(', ');
      const message = `line ${line}, column ${at + 1}: several custom fields are called "${column.name}"; name one by its key: ${keys}`;
      problems.push({ code: 'ambiguous_column', message });
    } else if (column.isKey === true || !options.ignoreUnknownColumns) {
      problems.push(unknownColumn(line, at, column.name, didYouMean(column.name, [...KNOWN_NAMES, ...labels])));
    }
    return { kind: 'ignored' };
  });
  const { rules, problems: badRules } = readRules(options.rule, keyFields(columns), customFields);
  problems.push(...badRules);
  const matched = { ...header, columns, rules };
  if (problems.length === 0) problems.push(...findClashes(matched), ...findFieldless(matched));
  return { header: matched, problems };
}

function keyFields(columns: readonly Column[]): Set<Field> {
  return new Set(columns.flatMap((column) => (column.kind === 'key' && column.by !== 'id' ? [column.by] : [])));
}

/** Whether the schema is needed to read this file by these rules. */
export function needsSchema(header: Header, { rule }: Pick<HeaderOptions, 'rule'>): boolean {
  if (namesCustomFields(rule)) return true;
  return header.columns.some(
    (column) => column.kind === 'custom' || (column.kind === 'ignored' && column.asks === true),
  );
}

/** Whether the file edits tags. */
export function hasTagsColumn(header: Header): boolean {
  return header.columns.some((column) => column.kind === 'field' && column.field.type.name === 'tags');
}

function classify(name: string): Column {
  const trimmed = trimBlank(name);
  const folded = foldName(trimmed);
  if (folded === '' || OWN_COLUMNS.includes(trimmed)) return { kind: 'ignored' };
  if (trimmed.startsWith('_') || IGNORED.has(folded)) {
    return { kind: 'ignored', name: trimmed, asks: !READ_ONLY_COLUMNS.includes(trimmed) };
  }
  if (isIdName(folded)) return { kind: 'key', by: 'id' };
  if (folded === foldName(CHANGED_AT)) return { kind: 'unchanged_since' };
  const [, prefix, rest] = /^(expected:)?(.*)$/is.exec(trimmed)!;
  const field = FIELD_BY_NAME.get(foldName(rest!));
  if (field) return { kind: prefix === undefined ? 'field' : 'expected', field };
  return { kind: 'custom', name: trimBlank(rest!), expected: prefix !== undefined };
}

/**
 * A slip of the pen in a field of the reference, told without a call. A name that holds the field's whole name or a
 * digit (`Emails`, `Email 2`) may well be a custom field's.
 */
export function typoOf(name: string): string | undefined {
  const folded = foldName(name);
  if (CUSTOM_KEY.test(name) || /\d/.test(name) || folded.length < 4) return undefined;
  const found = nearest(folded, [...FIELD_BY_NAME.keys(), ...OTHER_NAMES.keys()]);
  if (found === undefined || folded.includes(found)) return undefined;
  return FIELD_BY_NAME.get(found)?.key ?? OTHER_NAMES.get(found);
}

function splitMapping(entry: string): { cut: number; from: string; to: string } {
  const cut = entry.lastIndexOf('=');
  return { cut, from: trimBlank(entry.slice(0, cut)), to: trimBlank(entry.slice(cut + 1)) };
}

function readMap(names: readonly string[], map: readonly string[], problems: HeaderProblem[]): Map<number, string> {
  const renamed = new Map<number, string>();
  const refuse = (mapping: string, message: string): void =>
    void problems.push({ code: 'bad_mapping', mapping, message });
  for (const entry of map) {
    const { cut, from, to } = splitMapping(entry);
    if (cut === -1 || to === '') {
      refuse(entry, 'expected a column and a field such as "Job Title=title"');
      continue;
    }
    const at = names.findIndex((name) => foldName(name) === foldName(from));
    if (at === -1) refuse(entry, `the file has no column "${from}"${didYouMean(from, names)}`);
    else if (renamed.has(at)) refuse(entry, `the column "${from}" is mapped twice`);
    else if (classify(to).kind === 'ignored') refuse(entry, `"${to}" is not a field that can be written`);
    else renamed.set(at, to);
  }
  return renamed;
}

/** Where the columns are that are to edit nothing. A name that the file lacks may be a typo for one that edits. */
function readIgnored(
  names: readonly string[],
  ignoreColumn: readonly string[],
  renamed: ReadonlyMap<number, string>,
  problems: HeaderProblem[],
): Set<number> {
  const ignored = new Set<number>();
  const refuse = (column: string, message: string): void =>
    void problems.push({ code: 'bad_ignored_column', column, message });
  for (const entry of ignoreColumn) {
    const folded = foldName(entry);
    const found = [...names.keys()].filter((at) => folded !== '' && foldName(names[at]!) === folded);
    if (found.length === 0) refuse(entry, `the file has no column "${entry}"${didYouMean(entry, names)}`);
    else if (found.some((at) => renamed.has(at))) refuse(entry, `the column "${entry}" is mapped to a field as well`);
    for (const at of found) ignored.add(at);
  }
  return ignored;
}
