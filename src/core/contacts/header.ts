import { CHANGED_AT, CONTACT_FIELDS, CUSTOM_KEY, KEY_COLUMN, READ_ONLY_COLUMNS, type Field } from './fields.js';
import { asKeyColumn, badKey, isIdName, placeKeys, readKeys } from './key-columns.js';
import { canBeKey } from './keys.js';
import { foldName } from '../model/fold-name.js';
import type { HeaderProblem } from '../model/problem.js';
import { didYouMean, nearest } from '../model/suggest.js';

/** What a column of the CSV is for. */
export type Column =
  /** Says which contact a row is about, by its id or by the value of a field. */
  | { kind: 'key'; by: 'id' | Field }
  | { kind: 'field'; field: Field }
  | { kind: 'expected'; field: Field }
  /** A time after which the contact must not have been changed. */
  | { kind: 'unchanged_since' }
  | { kind: 'ignored' }
  /** No field of the reference: the schema will tell whether it is a custom field. */
  | { kind: 'custom'; name: string; expected: boolean; isKey?: boolean };

export interface HeaderOptions {
  /** `["Job Title=title"]`: column name in the file, field. */
  map: readonly string[];
  ignoreUnknownColumns: boolean;
  /** What rows name their contacts by, in the order in which it is tried; by default `contact_id` alone. */
  key?: readonly string[];
}

export interface Header {
  /** As in the file. */
  names: readonly string[];
  columns: readonly Column[];
  /** Positions of the key columns, in the order in which they are tried: the first that a row has names its contact. */
  keys: readonly number[];
}

type Matched = { header: Header; problems: HeaderProblem[] };

const IGNORED = new Set(READ_ONLY_COLUMNS.map(foldName));
const FIELD_BY_NAME = new Map(CONTACT_FIELDS.map((field) => [foldName(field.key), field]));
/** Columns that a person writes by hand and that edit no field. */
const OTHER_NAMES = new Map([KEY_COLUMN, CHANGED_AT].map((name) => [foldName(name), name]));
const KNOWN_NAMES = [KEY_COLUMN, ...CONTACT_FIELDS.map((field) => field.key)];

/**
 * The part of matching that needs no API: the fields of the reference, guards, and what is ignored.
 * What is left is `custom`, to be looked up by `matchCustomFields`.
 */
export function matchHeader(names: readonly string[], options: HeaderOptions): Matched {
  const problems: HeaderProblem[] = [];
  const { keys, problems: badKeys } = readKeys(options.key);
  problems.push(...badKeys);
  const renamed = readMap(names, options.map, problems);
  const columns = names.map((name, at): Column => {
    const target = renamed.get(at);
    const column = asKeyColumn(classify(target ?? name), keys);
    // A name that a person wrote on the command line is meant; one in a file may be a typo.
    const isMeant = target !== undefined || (column.kind === 'custom' && column.isKey === true);
    const typo = column.kind === 'custom' && !isMeant ? typoOf(column.name) : undefined;
    // Where unknown columns may pass there is no call to save by telling one early, and it may be a custom field's.
    if (typo === undefined || options.ignoreUnknownColumns) return column;
    problems.push(unknownColumn(at, name, ` (did you mean "${typo}"?)`));
    return { kind: 'ignored' };
  });
  problems.push(...findClashes(names, columns));
  const placed = placeKeys(names, columns, keys);
  if (badKeys.length === 0) problems.push(...placed.problems);
  return { header: { names, columns, keys: placed.positions }, problems };
}

/** The second part: columns that match a custom field by key or display name. The others are unknown. */
export function matchCustomFields(header: Header, customFields: readonly Field[], options: HeaderOptions): Matched {
  const problems: HeaderProblem[] = [];
  const labels = customFields.map((field) => field.label);
  const columns = header.columns.map((column, at): Column => {
    if (column.kind !== 'custom') return column;
    const folded = foldName(column.name);
    const found = customFields.filter((f) => foldName(f.key) === folded || foldName(f.label) === folded);
    const [field] = found;
    if (field && found.length === 1) {
      if (column.isKey !== true) return { kind: column.expected ? 'expected' : 'field', field };
      if (canBeKey(field)) return { kind: 'key', by: field };
      problems.push(badKey(column.name, `"${column.name}" is of type ${field.type.name}, which names no one contact`));
    } else if (found.length > 1) {
      const keys = found.map((field) => field.key).join(', ');
      const message = `column ${at + 1}: several custom fields are called "${column.name}"; name one by its key: ${keys}`;
      problems.push({ code: 'ambiguous_column', message });
    } else if (column.isKey === true || !options.ignoreUnknownColumns) {
      problems.push(unknownColumn(at, column.name, didYouMean(column.name, [...KNOWN_NAMES, ...labels])));
    }
    return { kind: 'ignored' };
  });
  if (problems.length === 0) problems.push(...findClashes(header.names, columns));
  return { header: { ...header, columns }, problems };
}

/** Whether the schema is needed to read this file. */
export function hasCustomColumns(header: Header): boolean {
  return header.columns.some((column) => column.kind === 'custom');
}

/** Whether the file edits tags. */
export function hasTagsColumn(header: Header): boolean {
  return header.columns.some((column) => column.kind === 'field' && column.field.type.name === 'tags');
}

function classify(name: string): Column {
  const trimmed = name.trim();
  const folded = foldName(trimmed);
  if (trimmed.startsWith('_') || folded === '' || IGNORED.has(folded)) return { kind: 'ignored' };
  if (isIdName(folded)) return { kind: 'key', by: 'id' };
  if (folded === foldName(CHANGED_AT)) return { kind: 'unchanged_since' };
  const [, prefix, rest] = /^(expected:)?(.*)$/is.exec(trimmed)!;
  const field = FIELD_BY_NAME.get(foldName(rest!));
  if (field) return { kind: prefix === undefined ? 'field' : 'expected', field };
  return { kind: 'custom', name: rest!.trim(), expected: prefix !== undefined };
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

function unknownColumn(at: number, column: string, suggestion: string): HeaderProblem {
  const message = `line 1, column ${at + 1}: unknown column "${column}"${suggestion}; expected a field of the API or a custom field`;
  return { code: 'unknown_column', message, column };
}

function readMap(names: readonly string[], map: readonly string[], problems: HeaderProblem[]): Map<number, string> {
  const renamed = new Map<number, string>();
  const refuse = (mapping: string, message: string): void =>
    void problems.push({ code: 'bad_mapping', mapping, message });
  for (const entry of map) {
    const cut = entry.lastIndexOf('=');
    const [from, to] = [entry.slice(0, cut).trim(), entry.slice(cut + 1).trim()];
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

function findClashes(names: readonly string[], columns: readonly Column[]): HeaderProblem[] {
  const problems: HeaderProblem[] = [];
  const seen = new Map<string, number>();
  columns.forEach((column, at) => {
    const purpose = purposeOf(column);
    if (purpose === undefined) return;
    const first = seen.get(purpose);
    if (first === undefined) seen.set(purpose, at);
    else {
      const message = `line 1, column ${at + 1}: "${names[at]}" and column ${first + 1} "${names[first]}" are both ${purpose}`;
      problems.push({ code: 'repeated_column', message });
    }
  });
  if (!columns.some((column) => column.kind === 'field' || (column.kind === 'custom' && column.isKey !== true))) {
    const fields = CONTACT_FIELDS.map((field) => field.key).filter((key) => !seen.has(key));
    const message = `line 1: no column to edit; expected at least one of ${fields.join(', ')}`;
    problems.push({ code: 'no_field_column', message });
  }
  return problems;
}

function purposeOf(column: Column): string | undefined {
  switch (column.kind) {
    case 'key':
      return column.by === 'id' ? KEY_COLUMN : column.by.key;
    case 'unchanged_since':
      return CHANGED_AT;
    case 'field':
      return column.field.key;
    case 'expected':
      return `expected:${column.field.key}`;
    case 'custom':
      return `${column.expected ? 'expected:' : ''}${foldName(column.name)}`;
    case 'ignored':
      return undefined;
  }
}
