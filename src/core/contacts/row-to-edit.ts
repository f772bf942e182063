import { DateTime } from 'luxon';
import { countBreaks, swallowedRows } from './damage-lines.js';
import { damageOfCell, type DamageKind } from './lint.js';
import type { Header } from './header.js';
import type { FieldKey, RowKey } from './keys.js';
import { readKey } from './read-key.js';
import type { CsvRecord } from '../model/csv-record.js';
import type { Problem } from '../model/problem.js';
import { CHANGED_AT, type Field } from './fields.js';
import { parseTags, type TagDirectory } from './tags.js';
import { trimBlank } from '../model/invisible.js';
import { cleanText, isEmpty, type FieldValue } from '../model/values.js';
import type { LintMode } from './lint-modes.js';

/** What a row asks of one field: a value, or items to add to the live list and to remove from it. */
export type Wanted =
  | { kind: 'value'; field: Field; value: FieldValue }
  | { kind: 'items'; field: Field; add: readonly string[]; remove: readonly string[] };

/** A data row, understood. */
export interface RowEdit {
  row: number;
  line: number;
  /** What it names its contact by. */
  key: RowKey;
  /** Other cells that could have named it, which are not edits. */
  otherKeys: readonly FieldKey[];
  wanted: readonly Wanted[];
  /** Fields whose cells are empty; once that is settled, those that are left alone. */
  empty: readonly Field[];
  /** Cells that are damaged: no edit was made of those that are held. */
  damage: readonly DamagedCell[];
  warnings: readonly Problem[];
  guards: {
    /** ISO time: the row is a conflict if the contact was changed after it. */
    unchangedSince?: string;
    /** Field keys and the values that the author of the file saw. */
    expected: ReadonlyMap<string, { field: Field; value: FieldValue }>;
  };
}

/** A cell that something damaged on its way into the file. */
export interface DamagedCell {
  kind: DamageKind;
  /** The field's key; undefined where the cell is no field's. */
  field?: string;
  cell: string;
  problem: Problem;
  /** Told and sent. */
  isWarning?: boolean;
}

/** An edit of a contact that is known. */
export interface Edit extends RowEdit {
  contactId: string;
}

/**
 * What an empty cell does to its field, where that was said. Undefined: it leaves the field alone, unless the base
 * shows that the cell was emptied.
 */
export type EmptyMode = 'leave' | 'clear' | undefined;

export interface EditOptions {
  empty: EmptyMode;
  /** The text of a cell that clears its field. */
  nullToken: string;
  idFormat: 'uuid' | 'any';
  lint: LintMode;
  /** The file's, where it is known: it says how numbers are written. */
  delimiter?: string | undefined;
}

export type EditResult = { edit: RowEdit } | { contactId: string | null; problems: Problem[] };

/**
 * A record to a typed edit, or everything that is wrong with it. Pure.
 * @param directory without it (offline) tags are checked for form only
 */
export function rowToEdit(
  record: CsvRecord,
  header: Header,
  options: EditOptions,
  directory?: TagDirectory,
): EditResult {
  const problems: Problem[] = [];
  const damage = options.lint === 'off' ? [] : findSwallowed(record, header);
  const reading = { record, options, directory, problems, damage };
  const wanted: Wanted[] = [];
  const empty: Field[] = [];
  const expected = new Map<string, { field: Field; value: FieldValue }>();
  let unchangedSince: string | undefined;
  checkWidth(record, header, problems);
  const { key, others } = readKey(record, header, options, problems);
  header.columns.forEach((column, at) => {
    const cell = trimBlank(record.cells[at] ?? '');
    switch (column.kind) {
      case 'unchanged_since':
        unchangedSince = readGuardTime(cell, problems);
        break;
      case 'expected': {
        const found = cell === '' ? undefined : readCell(cell, at, column.field, reading);
        if (found?.kind === 'items') fail(column.field, cell, 'the tags as they were, A;B', problems);
        else if (found) expected.set(column.field.key, { field: column.field, value: found.value });
        break;
      }
      case 'field': {
        // What is wrong with a cell that edits nothing is wrong with no edit.
        const isIgnored = header.rules.get(column.field.key) === 'ignore';
        const how = isIgnored ? { ...reading, problems: [], damage: [] } : reading;
        const found = cell === '' ? undefined : readCell(cell, at, column.field, how);
        if (cell === '') empty.push(column.field);
        else if (found) wanted.push(found);
        break;
      }
      case 'key':
      case 'custom':
      case 'ignored':
        break;
    }
  });
  const contactId = key?.by === 'id' ? key.value : null;
  if (problems.length > 0 || key === undefined) return { contactId, problems };
  const guards = { expected, ...(unchangedSince === undefined ? {} : { unchangedSince }) };
  const { row, line } = record;
  return { edit: { row, line, key, otherKeys: others, wanted, empty, damage, warnings: [], guards } };
}

/** Cells of any column that hold further records: a quote was left open. */
function findSwallowed(record: CsvRecord, { columns, names }: Header): DamagedCell[] {
  return record.cells.flatMap((cell, at): DamagedCell[] => {
    const said = swallowedRows(cell, lineOf(record, at));
    if (said === undefined) return [];
    const column = columns[at];
    const field = column && 'field' in column ? column.field.key : undefined;
    const problem = {
      code: 'damaged',
      message: `${names[at] ?? `column ${at + 1}`}: ${said}`,
      ...(field ? { field } : {}),
    };
    return [{ kind: 'swallowed_rows', cell, problem, ...(field ? { field } : {}) }];
  });
}

/** The physical line where a cell starts. */
function lineOf({ line, cells }: CsvRecord, at: number): number {
  let breaks = 0;
  for (let i = 0; i < at; i++)
    if (cells[i]!.includes('\n') || cells[i]!.includes('\r')) breaks += countBreaks(cells[i]!);
  return line + breaks;
}

/** Cells beyond the header's columns must be empty; fewer cells than columns mean that something slipped. */
function checkWidth(record: CsvRecord, header: Header, problems: Problem[]): void {
  const width = header.names.length;
  const extra = record.cells.findIndex(
    (cell, at) => trimBlank(cell) !== '' && (at >= width || trimBlank(header.names[at]!) === ''),
  );
  if (record.cells.length < width || extra >= width) {
    problems.push({
      code: 'bad_width',
      ...(record.cells.length < width ? { hint: 'short_row' } : {}),
      message: `the row has ${record.cells.length} cells, expected ${width} as in the header`,
    });
  } else if (extra !== -1) {
    problems.push({ code: 'bad_width', message: `column ${extra + 1} has a value, but no name in the header` });
  }
}

function readGuardTime(cell: string, problems: Problem[]): string | undefined {
  if (cell === '') return undefined;
  // A time of day alone, as spreadsheets like to show a date, would be read as today's.
  if (/^\d{4}-?\d{2}-?\d{2}/.test(cell) && DateTime.fromISO(cell).isValid) return cell;
  problems.push({
    code: 'bad_value',
    field: CHANGED_AT,
    message: `${CHANGED_AT}: "${cell}" is not an ISO time, expected one such as 2026-11-23T02:00:00Z`,
  });
  return undefined;
}

/** What the cells of a row are read with, and where what is wrong with them goes. */
interface Reading {
  record: CsvRecord;
  options: EditOptions;
  directory: TagDirectory | undefined;
  problems: Problem[];
  damage: DamagedCell[];
}

function readCell(cell: string, at: number, field: Field, reading: Reading): Wanted | undefined {
  const { record, options, directory, problems, damage } = reading;
  const { lint } = options;
  if (cell === trimBlank(options.nullToken)) return clearing(field);
  const isDamaged = damage.some((known) => known.field === field.key);
  const context = {
    ...options,
    delimiter: options.delimiter,
    line: lineOf(record, at),
    isText: record.asText?.includes(at) ?? false,
  };
  const found = lint === 'off' || isDamaged ? undefined : damageOfCell(cell, field, context);
  if (found) {
    const { kind, said, isWarning } = found;
    const problem = { code: 'damaged', field: field.key, message: `${field.label}: ${said}` };
    damage.push({ kind, field: field.key, cell, problem, ...(isWarning ? { isWarning } : {}) });
  }
  if (lint === 'hold' && (isDamaged || (found && !found.isWarning))) return undefined;
  if (field.type.name === 'tags') {
    const parsed = parseTags(cell, directory);
    if ('expected' in parsed) return fail(field, cell, parsed.expected, problems);
    const { wanted } = parsed;
    if (wanted.kind === 'set') return { kind: 'value', field, value: wanted.names };
    return { kind: 'items', field, add: wanted.add, remove: wanted.remove };
  }
  const parsed = field.type.parse(cell);
  if ('value' in parsed) return { kind: 'value', field, value: parsed.value };
  return fail(field, cell, parsed.expected, problems);
}

/** Whether a cell says the value that is there: nothing is made of it then. */
export function isValue(value: unknown, cell: string): boolean {
  const texts = [value].flat().filter((part) => typeof part === 'string');
  return texts.length > 0 && cleanText(texts.join(';')) === cleanText(cell);
}

/** What clears a field. */
export function clearing(field: Field): Wanted {
  return { kind: 'value', field, value: field.type.name === 'tags' ? [] : null };
}

/** Whether the API's tags are needed to write it. */
export function namesTags(wanted: Wanted): boolean {
  return wanted.field.type.name === 'tags' && (wanted.kind === 'items' || !isEmpty(wanted.value));
}

function fail(field: Field, cell: string, expected: string, problems: Problem[]): undefined {
  const shown = cell.length > 60 ? `${cell.slice(0, 60)}…` : cell;
  problems.push({
    code: 'bad_value',
    field: field.key,
    message: `${field.label}: got "${shown}", expected ${expected}`,
  });
  return undefined;
}
