import { CHANGED_AT, type Field } from '../contacts/fields.js';
import type { ReferenceRole } from '../model/error-facts.js';
import { clearing, rowToEdit, type EditOptions, type RowEdit, type Wanted } from '../contacts/row-to-edit.js';
import type { TagDirectory } from '../contacts/tags.js';
import type { FieldValue } from '../model/values.js';
import { SyncError } from '../model/errors.js';
import { joinProblems } from '../model/problem.js';
import type { ScratchStore } from '../disk/store.js';
import { hasKeyColumn, matchCustomFields, matchHeader, type Header } from '../contacts/header.js';
import { OncePerContact } from './once-per-contact.js';
import { readRecords, type CsvSource } from './records.js';
import { sniffFormat } from './sniff.js';

/** Field keys and values of one contact in an export, and when it was changed. */
export type ExportRow = Record<string, FieldValue>;

/** What an export is read with. */
export interface ExportReading {
  options: EditOptions;
  /** The organisation's, as far as they matter. */
  customFields: readonly Field[];
  directory: TagDirectory | undefined;
  role: ReferenceRole;
  /** Where the store is kept. */
  dir: string;
}

const HEADER_OPTIONS = { map: [], ignoreUnknownColumns: true, ignoreColumn: [] };

/**
 * Reads a CSV that `export` wrote into a store on disk, by contact id.
 * @returns the store, and the fields that the file has a column for
 * @throws SyncError where it is not such a CSV, with its line
 */
export async function loadExport(
  source: CsvSource,
  reading: ExportReading,
): Promise<{ store: ScratchStore<ExportRow>; fields: ReadonlySet<string> }> {
  const { role, dir } = reading;
  const file = source.name;
  const rows = await OncePerContact.open<ExportRow>({ file, role }, dir);
  try {
    const header = await takeRows(source, reading, rows);
    if (!header) throw new SyncError('reference_empty', { file, role });
    const fields = header.columns.flatMap((column) => (column.kind === 'field' ? [column.field.key] : []));
    return { store: await rows.end(), fields: new Set(fields) };
  } catch (error) {
    await rows.abandon();
    throw error;
  }
}

/** @returns the header, if the file has one */
async function takeRows(
  source: CsvSource,
  reading: ExportReading,
  rows: OncePerContact<ExportRow>,
): Promise<Header | undefined> {
  const { options, directory, role } = reading;
  const isHeader = (cells: readonly string[]): boolean => hasKeyColumn(cells, HEADER_OPTIONS);
  const { delimiter, skipLines } = await sniffFormat(source, { delimiter: undefined, skipLines: 0, isHeader });
  let header: Header | undefined;
  for await (const record of readRecords(source, { delimiter, skipLines })) {
    if (!header) {
      header = exportHeader(record.cells, source, reading);
      continue;
    }
    const result = rowToEdit(record, header, { ...options, lint: 'off' }, directory);
    if ('problems' in result) {
      const problem = joinProblems(result.problems);
      throw new SyncError('reference_invalid', { file: source.name, role, line: record.line, problem });
    }
    // The header of an export has ids for keys.
    await rows.add(String(result.edit.key.value), record.line, valuesOf(result.edit));
  }
  return header;
}

function exportHeader(names: readonly string[], source: CsvSource, { customFields, role }: ExportReading): Header {
  const { header, problems } = matchHeader(names, HEADER_OPTIONS);
  if (problems.length > 0) throw new SyncError('header_invalid', { file: source.name, role, problems });
  return matchCustomFields(header, customFields, HEADER_OPTIONS).header;
}

function valuesOf({ wanted, empty, guards }: RowEdit): ExportRow {
  const values = [...wanted, ...empty.map(clearing)].map((item): [string, FieldValue] => [
    item.field.key,
    wantedValue(item),
  ]);
  return Object.fromEntries([...values, [CHANGED_AT, guards.unchangedSince ?? null]]);
}

/** The value that a cell stands for. In an export, items to add or remove stand for none. */
export function wantedValue(wanted: Wanted): FieldValue {
  return wanted.kind === 'value' ? wanted.value : [];
}
