import { MAX_PAGE_SIZE } from '../contacts/contacts-api.js';
import type { Header } from '../contacts/header.js';
import { isFieldKey, keyText } from '../contacts/keys.js';
import { rowToEdit, type EditOptions, type RowEdit } from '../contacts/row-to-edit.js';
import type { TagDirectory } from '../contacts/tags.js';
import { readRecords } from '../input/records.js';
import type { Survey } from '../input/survey.js';
import type { CsvRecord } from '../model/csv-record.js';
import { LEFT_OUT_COLUMN } from '../model/formula-cell.js';
import { trimBlank } from '../model/invisible.js';
import type { Problem } from '../model/problem.js';
import { withoutLeftOut } from './empty-cells.js';

/** What the rows of a file are read with. */
export interface RowReading {
  survey: Survey;
  /** The survey's header with its custom fields known. */
  header: Header;
  edit: EditOptions;
  directory: TagDirectory | undefined;
}

/** A row as it was read. */
export type BatchRow = { record: CsvRecord } & ({ edit: RowEdit } | { contactId: string | null; problems: Problem[] });

/**
 * The rows of a file, in batches about at most as many contacts as one call reads.
 * @param onBytes is given the file's bytes as they pass
 */
export async function* batchRows(
  { survey, header, edit, directory }: RowReading,
  onBytes?: (chunk: Buffer) => void,
): AsyncGenerator<BatchRow[]> {
  let batch: BatchRow[] = [];
  let keys = new Set<string>();
  const leftOutAt = header.names.findIndex((name) => trimBlank(name) === LEFT_OUT_COLUMN);
  const { delimiter, skipLines, padRows } = survey;
  const format = { delimiter, skipLines, padRows, ...(onBytes ? { onBytes } : {}) };
  for await (const record of readRecords(survey.source, format)) {
    if (record.row === 0) continue;
    const result = withoutLeftOut(
      rowToEdit(record, header, { ...edit, delimiter }, directory),
      record.cells[leftOutAt],
    );
    if ('edit' in result) keys.add(keyOf(result.edit));
    batch.push({ record, ...result });
    if (keys.size < MAX_PAGE_SIZE && batch.length < 4 * MAX_PAGE_SIZE) continue;
    yield batch;
    batch = [];
    keys = new Set();
  }
  if (batch.length > 0) yield batch;
}

function keyOf({ key }: RowEdit): string {
  return isFieldKey(key) ? keyText(key) : key.value;
}
