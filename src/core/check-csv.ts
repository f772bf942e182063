import { openPassing } from './input/standard-input.js';
import { surveyCsv, type CsvOptions, type Survey } from './input/survey.js';
import { tmpdir } from 'node:os';
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
 * @param request.csv its path; `-` reads `stdin`, which is kept in a file without a name meanwhile
 * @param request.tempDir where that file is
 * @param request.onInvalid told of each row that failed validation, in file order
 * @throws SyncError where the file cannot be read, or its header is not one
 */
export async function checkCsv(request: {
  csv: string;
  stdin?: () => Readable;
  tempDir?: string;
  options?: Partial<CsvOptions>;
  onInvalid?: (row: InvalidRow) => void;
  signal?: AbortSignal;
}): Promise<CheckedCsv> {
  const { csv, stdin, tempDir = tmpdir(), onInvalid, signal } = request;
  const { source, close } = await openPassing(csv, tempDir, stdin, signal);
  const tell = ({ row, line }: CsvRecord, contact_id: string | null, errors: readonly Problem[]): void =>
    onInvalid?.({ row, line, contact_id, errors });
  const also = { onInvalid: tell, ...(signal ? { signal } : {}) };
  let survey: Survey;
  try {
    survey = await surveyCsv(source, { ...PLAN_DEFAULTS, ...request.options }, also);
  } finally {
    await close();
  }
  const unchecked = survey.header.columns.flatMap((column) => (column.kind === 'custom' ? [column.name] : []));
  return { ...survey, unchecked };
}
