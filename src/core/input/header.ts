import { CONTACT_FIELDS, CUSTOM_KEY, READ_ONLY_COLUMNS, type Field } from '../contacts/fields.js';
import { didYouMean, nearest } from '../model/suggest.js';

/** What a column of the CSV is for. */
export type Column =
  | { kind: 'key' }
  | { kind: 'field'; field: Field }
  | { kind: 'expected'; field: Field }
  | { kind: 'updated_at' }
  | { kind: 'ignored' }
  /** No field of the reference: the schema will tell whether it is a custom field. */
  | { kind: 'custom'; name: string; expected: boolean };

export interface HeaderOptions {
  /** `["Job Title=title"]`: column name in the file, field. */
  map: readonly string[];
  ignoreUnknownColumns: boolean;
}

export interface Header {
  /** As in the file. */
  names: readonly string[];
  columns: readonly Column[];
}

type Matched = { header: Header; problems: string[] };

/** Names match without regard to case, spaces, dashes or underscores. */
export function foldName(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s_-]/g, '');
}

const KEY_NAMES = new Set(['contactid', 'id']);
const IGNORED = new Set(READ_ONLY_COLUMNS.map(foldName));
const FIELD_BY_NAME = new Map(CONTACT_FIELDS.map((field) => [foldName(field.key), field]));
const KNOWN_NAMES = ['contact_id', ...CONTACT_FIELDS.map((field) => field.key)];

/**
 * The part of matching that needs no API: the fields of the reference, guards, and what is ignored.
 * What is left is `custom`, to be looked up by `matchCustomFields`.
 */
export function matchHeader(names: readonly string[], options: HeaderOptions): Matched {
  const problems: string[] = [];
  const renamed = readMap(names, options.map, problems);
  const columns = names.map((name, at): Column => {
    const target = renamed.get(at);
    const column = classify(target ?? name);
    // A name that a person wrote on the command line is meant; one in a file may be a typo.
    const typo = column.kind === 'custom' && target === undefined ? typoOf(column.name) : undefined;
    // Where unknown columns may pass there is no call to save by telling one early, and it may be a custom field's.
    if (typo === undefined || options.ignoreUnknownColumns) return column;
    problems.push(unknownColumn(at, name, ` (did you mean "${typo}"?)`));
    return { kind: 'ignored' };
  });
  problems.push(...findClashes(names, columns));
  return { header: { names, columns }, problems };
}

/** The second part: columns that match a custom field by key or display name. The rest is unknown. */
export function matchCustomFields(header: Header, customFields: readonly Field[], options: HeaderOptions): Matched {
  const problems: string[] = [];
  const labels = customFields.map((field) => field.label);
  const columns = header.columns.map((column, at): Column => {
    if (column.kind !== 'custom') return column;
    const folded = foldName(column.name);
    const found = customFields.filter((f) => foldName(f.key) === folded || foldName(f.label) === folded);
    if (found.length === 1) return { kind: column.expected ? 'expected' : 'field', field: found[0]! };
    if (found.length > 1) {
      const keys = found.map((field) => field.key).join(', ');
      problems.push(`column ${at + 1} "${column.name}" is the name of several custom fields; name one by key: ${keys}`);
    } else if (!options.ignoreUnknownColumns) {
      problems.push(unknownColumn(at, column.name, didYouMean(column.name, [...KNOWN_NAMES, ...labels])));
    }
    return { kind: 'ignored' };
  });
  if (problems.length === 0) problems.push(...findClashes(header.names, columns));
  return { header: { names: header.names, columns }, problems };
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
  if (KEY_NAMES.has(folded)) return { kind: 'key' };
  if (folded === 'updatedat') return { kind: 'updated_at' };
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
  const found = nearest(folded, [...FIELD_BY_NAME.keys(), 'contactid', 'updatedat']);
  if (found === undefined || folded.includes(found)) return undefined;
  return FIELD_BY_NAME.get(found)?.key ?? (found === 'contactid' ? 'contact_id' : 'updated_at');
}

function unknownColumn(at: number, name: string, hint: string): string {
  return (
    `line 1, column ${at + 1}: unknown column "${name}"${hint}; expected a field of the API or a custom field. ` +
    `Name it with --map "${name}=field", or pass over it with --ignore-unknown-columns`
  );
}

function readMap(names: readonly string[], map: readonly string[], problems: string[]): Map<number, string> {
  const renamed = new Map<number, string>();
  for (const entry of map) {
    const cut = entry.lastIndexOf('=');
    const [from, to] = [entry.slice(0, cut).trim(), entry.slice(cut + 1).trim()];
    if (cut === -1 || to === '') {
      problems.push(`--map "${entry}": expected a column and a field such as "Job Title=title"`);
      continue;
    }
    const at = names.findIndex((name) => foldName(name) === foldName(from));
    if (at === -1) problems.push(`--map "${entry}": the file has no column "${from}"${didYouMean(from, names)}`);
    else if (renamed.has(at)) problems.push(`--map names the column "${from}" twice`);
    else renamed.set(at, to);
  }
  return renamed;
}

function findClashes(names: readonly string[], columns: readonly Column[]): string[] {
  const problems: string[] = [];
  const seen = new Map<string, number>();
  columns.forEach((column, at) => {
    const purpose = purposeOf(column);
    if (purpose === undefined) return;
    const first = seen.get(purpose);
    if (first === undefined) seen.set(purpose, at);
    else {
      problems.push(
        `line 1, column ${at + 1}: "${names[at]}" and column ${first + 1} "${names[first]}" are both ${purpose}`,
      );
    }
  });
  if (!seen.has('contact_id')) {
    problems.push(
      `line 1: no column "contact_id" or "id"${didYouMean(
        'contact_id',
        names.map((n) => n.toLowerCase()),
      )}`,
    );
  }
  if (!columns.some((column) => column.kind === 'field' || column.kind === 'custom')) {
    problems.push(`line 1: no column to edit; expected at least one of ${CONTACT_FIELDS.map((f) => f.key).join(', ')}`);
  }
  return problems;
}

function purposeOf(column: Column): string | undefined {
  switch (column.kind) {
    case 'key':
      return 'contact_id';
    case 'updated_at':
      return 'updated_at';
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
