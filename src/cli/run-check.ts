import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { surveyCsv, type Survey } from '../core/input/survey.js';
import type { CsvRecord } from '../core/input/records.js';
import { openSource } from '../core/input/standard-input.js';
import { withHint, type Problem } from '../core/model/problem.js';
import type { Settings } from './settings/options.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { tempDirOf, type Io } from './io.js';
import { HINTS } from './messages.js';
import { plural } from './render-summary.js';
import { printResult } from './terminal.js';

/** Invalid rows that are told one by one. */
const SHOWN_ROWS = 50;

interface InvalidRow {
  row: number;
  line: number;
  contact_id: string | null;
  errors: readonly Problem[];
}

/** `check`: the file by itself, without key or network. @returns 3 where a row fails validation */
export async function runCheck(csv: string, settings: Settings, io: Io): Promise<ExitCode> {
  const scratch = await mkdtemp(path.join(tempDirOf(io), 'contact-sync-'));
  try {
    const shown: InvalidRow[] = [];
    const onInvalid = ({ row, line }: CsvRecord, contact_id: string | null, problems: readonly Problem[]): void => {
      const errors = problems.map((problem) => withHint(problem, HINTS));
      if (shown.length < SHOWN_ROWS) shown.push({ row, line, contact_id, errors });
    };
    const source = await openSource(csv, path.join(scratch, 'input.csv'), () => io.stdin);
    const survey = await surveyCsv(source, settings, { onInvalid });
    const unchecked = survey.header.columns.flatMap((column) => (column.kind === 'custom' ? [column.name] : []));
    if (settings.json) printResult(io, JSON.stringify(asJson(survey, shown, unchecked), null, 2));
    else printResult(io, render(survey, shown, unchecked));
    return survey.invalid > 0 ? EXIT.incomplete : EXIT.ok;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function asJson(survey: Survey, invalid: readonly InvalidRow[], unchecked: readonly string[]): object {
  const { source, sha256, bytes, rows, delimiter } = survey;
  return {
    input: { path: source.name, sha256, bytes, rows },
    delimiter,
    valid: rows - survey.invalid,
    invalid: survey.invalid,
    unchecked_columns: unchecked,
    rows: invalid,
  };
}

function render(survey: Survey, invalid: readonly InvalidRow[], unchecked: readonly string[]): string {
  const name = survey.source.name;
  const lines = invalid.flatMap(({ line, row, errors }) =>
    errors.map((error) => `${name}:${line}: row ${row}: ${error.message}`),
  );
  if (survey.invalid > invalid.length) lines.push(`… and ${survey.invalid - invalid.length} more invalid rows`);
  if (unchecked.length > 0) {
    const columns = unchecked.map((column) => `"${column}"`).join(', ');
    lines.push(`${name}: only a run that asks the API can tell whether these are custom fields: ${columns}`);
  }
  lines.push(
    `${name}: ${plural(survey.rows, 'row')}, ${survey.rows - survey.invalid} valid, ${survey.invalid} invalid`,
  );
  return lines.join('\n');
}
