import { openPassing } from './input/standard-input.js';
import { surveyCsv, type CsvOptions, type Survey } from './input/survey.js';
import { tmpdir } from 'node:os';
import type { Readable } from 'node:stream';
import type { DamagedCell } from './contacts/row-to-edit.js';
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

/** What is wrong in a file, of one kind. */
export interface Finding {
  /** A problem's code, or the kind of damage. */
  kind: string;
  /** Rows that have it. */
  rows: number;
  /** Physical lines of the first of them. */
  lines: readonly number[];
}

/** What a file is, as far as can be told without the API. */
export interface CheckedCsv extends Survey {
  /** Columns that only the API's schema can tell: custom fields, or none. */
  unchecked: readonly string[];
  /** All that is wrong, by kind, the most frequent first. */
  findings: readonly Finding[];
}

/** A valid row with cells that seem damaged. */
export interface DamagedRow {
  row: number;
  line: number;
  damage: readonly DamagedCell[];
}

/**
 * Validates a CSV offline.
 * @param request.csv its path; `-` reads `stdin`, which is kept in a file without a name meanwhile
 * @param request.tempDir where that file is
 * @param request.onInvalid told of each row that failed validation, in file order
 * @param request.onDamage told of each other row that has damaged cells
 * @throws SyncError where the file cannot be read, or its header is not one
 */
export async function checkCsv(request: {
  csv: string;
  stdin?: () => Readable;
  tempDir?: string;
  options?: Partial<CsvOptions>;
  onInvalid?: (row: InvalidRow) => void;
  onDamage?: (row: DamagedRow) => void;
  signal?: AbortSignal;
}): Promise<CheckedCsv> {
  const { csv, stdin, tempDir = tmpdir(), onInvalid, onDamage, signal } = request;
  const { source, close } = await openPassing(csv, tempDir, stdin, signal);
  const kinds = new Kinds();
  const also = {
    onInvalid({ row, line }: CsvRecord, contact_id: string | null, errors: readonly Problem[]): void {
      kinds.add(
        line,
        errors.map(({ hint, code }) => hint ?? code),
      );
      onInvalid?.({ row, line, contact_id, errors });
    },
    onDamage({ row, line }: CsvRecord, damage: readonly DamagedCell[]): void {
      kinds.add(
        line,
        damage.map(({ kind }) => kind),
      );
      onDamage?.({ row, line, damage });
    },
    ...(signal ? { signal } : {}),
  };
  let survey: Survey;
  try {
    survey = await surveyCsv(source, { ...PLAN_DEFAULTS, ...request.options }, also);
  } finally {
    await close();
  }
  const unchecked = survey.header.columns.flatMap((column) => (column.kind === 'custom' ? [column.name] : []));
  return { ...survey, unchecked, findings: kinds.list() };
}

/** Lines that a finding names. */
const NAMED_LINES = 5;

class Kinds {
  readonly #found = new Map<string, { rows: number; lines: number[] }>();

  /** @param kinds what is wrong with the row in this line */
  add(line: number, kinds: readonly string[]): void {
    for (const kind of new Set(kinds)) {
      const found = this.#found.get(kind) ?? { rows: 0, lines: [] };
      found.rows++;
      if (found.lines.length < NAMED_LINES) found.lines.push(line);
      this.#found.set(kind, found);
    }
  }

  list(): Finding[] {
    return [...this.#found].map(([kind, found]) => ({ kind, ...found })).sort((a, b) => b.rows - a.rows);
  }
}
