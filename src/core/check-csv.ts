import { openSource } from './input/standard-input.js';
import { surveyCsv, type CsvOptions, type Survey } from './input/survey.js';
import type { Readable } from 'node:stream';
import type { CsvRecord } from './model/csv-record.js';
import type { Problem } from './model/problem.js';
import { PLAN_DEFAULTS } from './defaults.js';

/** A row that failed validation. */
export interface InvalidRow {
  /** Data records count from 1. */
  row: number;
  /** The physical line where the record starts. */
  line: number;
  contact_id: string | null;
  errors: readonly Problem[];
}

/** What a file is, as far as can be told without the API. */
export interface CheckedCsv extends Survey {
  /** Columns that only the API's schema can tell: custom fields, or none. */
  unchecked: readonly string[];
}

/**
 * Validates a CSV offline.
 * @param request.csv its path; `-` reads `stdin`
 * @param request.keepAs where standard input or a pipe is kept, as it is read more than once; a regular file is not
 * @param request.onInvalid told of each row that failed validation, in file order
 * @throws SyncError where the file cannot be read, or its header is not one
 */
export async function checkCsv(request: {
  csv: string;
  stdin?: () => Readable;
  keepAs: string;
  options?: Partial<CsvOptions>;
  onInvalid?: (row: InvalidRow) => void;
  signal?: AbortSignal;
}): Promise<CheckedCsv> {
  const { csv, stdin, keepAs, onInvalid, signal } = request;
  const source = await openSource(csv, keepAs, stdin, signal);
  const tell = ({ row, line }: CsvRecord, contact_id: string | null, errors: readonly Problem[]): void =>
    onInvalid?.({ row, line, contact_id, errors });
  const also = { onInvalid: tell, ...(signal ? { signal } : {}) };
  const survey = await surveyCsv(source, { ...PLAN_DEFAULTS, ...request.options }, also);
  const unchecked = survey.header.columns.flatMap((column) => (column.kind === 'custom' ? [column.name] : []));
  return { ...survey, unchecked };
}
