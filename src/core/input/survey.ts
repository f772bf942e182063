import { createHash } from 'node:crypto';
import { namesTags, rowToEdit, type DamagedCell, type EditOptions } from '../contacts/row-to-edit.js';
import type { CsvRecord } from '../model/csv-record.js';
import { SyncError } from '../model/errors.js';
import type { HeaderElsewhere, Problem } from '../model/problem.js';
import { isFieldKey } from '../contacts/keys.js';
import { hasKeyColumn, matchHeader, type Header, type HeaderOptions } from '../contacts/header.js';
import type { LastRows } from './last-rows.js';
import { readRecords, type CsvSource } from './records.js';
import { sniffFormat, type CsvFormat } from './sniff.js';
import type { ShortRowMode } from './short-row-modes.js';

export interface CsvOptions extends HeaderOptions, EditOptions {
  /** Undefined: seen from the header. */
  delimiter: string | undefined;
  /** Physical lines above the header. */
  skipLines: number;
  shortRows: ShortRowMode;
}

/** What one pass over the file shows, without a call to the API. */
export interface Survey extends CsvFormat {
  /** Whether rows get as many cells as the header has. */
  padRows: boolean;
  source: CsvSource;
  header: Header;
  sha256: string;
  bytes: number;
  /** Data records. */
  rows: number;
  /** Rows without a value in any cell, which are not records. */
  blankRows: number;
  /** Rows that fail validation, as far as can be told without the API's schema and tags. */
  invalid: number;
  /** Valid rows with a damaged cell, which are held unless damage is let through. */
  damaged: number;
  /** Whether a cell names a tag. */
  usesTags: boolean;
}

/** A valid row whose cells seem damaged. */
export type OnDamage = (record: CsvRecord, damage: readonly DamagedCell[]) => void;

export type OnInvalid = (record: CsvRecord, contactId: string | null, problems: readonly Problem[]) => void;

/**
 * Reads the whole file once: its header, its damage, its size. So a file that is broken on its last line costs no call.
 * @throws SyncError with all problems of the header, or the first thing that makes the rest unreadable
 */
export async function surveyCsv(
  source: CsvSource,
  options: CsvOptions,
  also: { onInvalid?: OnInvalid; onDamage?: OnDamage; lastRows?: LastRows | undefined; signal?: AbortSignal } = {},
): Promise<Survey> {
  const isHeader = (cells: readonly string[]): boolean => hasKeyColumn(cells, options);
  const { elsewhere, ...format } = await sniffFormat(source, { ...options, isHeader });
  const hash = createHash('sha256');
  let header: Header | undefined;
  let [bytes, rows, blankRows, invalid, damaged] = [0, 0, 0, 0, 0];
  let usesTags = false;
  const layout = { ...format, padRows: options.shortRows === 'empty' };
  const reading = {
    ...layout,
    onBytes(chunk: Buffer): void {
      bytes += chunk.length;
      hash.update(chunk);
    },
    onBlank: (): void => void blankRows++,
  };
  for await (const record of readRecords(source, reading)) {
    if (!header) {
      header = readHeader(record, source, options, { delimiter: format.delimiter, elsewhere });
      continue;
    }
    rows++;
    also.signal?.throwIfAborted();
    const result = rowToEdit(record, header, { ...options, delimiter: format.delimiter });
    if ('edit' in result) {
      const { damage } = result.edit;
      if (damage.some(({ isWarning }) => !isWarning)) damaged++;
      if (damage.length > 0) also.onDamage?.(record, damage);
      usesTags ||= result.edit.wanted.some(namesTags);
      const { key } = result.edit;
      if (!isFieldKey(key)) await also.lastRows?.add(key.value, record.row);
    } else {
      invalid++;
      also.onInvalid?.(record, result.contactId, result.problems);
    }
  }
  await also.lastRows?.flush();
  if (!header) throw new SyncError('input_empty', { file: source.name });
  return { ...layout, source, header, sha256: hash.digest('hex'), bytes, rows, blankRows, invalid, damaged, usesTags };
}

function readHeader(
  { cells, line }: CsvRecord,
  source: CsvSource,
  options: HeaderOptions,
  seen: { delimiter: string; elsewhere: HeaderElsewhere | undefined },
): Header {
  const { header, problems } = matchHeader(cells, options, { line, ...seen });
  if (problems.length > 0) throw new SyncError('header_invalid', { file: source.name, problems });
  return header;
}
