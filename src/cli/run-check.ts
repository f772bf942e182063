import { withHint } from '../core/model/problem.js';
import { checkCsv, type CheckedCsv, type InvalidRow } from '../core/check-csv.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { tempDirOf, type Io } from './output/io.js';
import { HINTS } from './messages.js';
import { codeOf } from './screen/changes.js';
import { plural } from '../core/report/format.js';
import { oneLine } from './output/neutralise.js';
import { printJson, printResult } from './output/terminal.js';
import type { Settings } from './settings/schemas.js';

/** Invalid rows that are told one by one. */
const SHOWN_ROWS = 50;

/** `check`: the file by itself, without key or network. @returns 3 where a row fails validation */
export async function runCheck(csv: string, settings: Settings, io: Io): Promise<ExitCode> {
  const shown: InvalidRow[] = [];
  const survey = await checkCsv({
    csv,
    stdin: () => io.stdin,
    tempDir: tempDirOf(io),
    options: settings,
    onInvalid(row) {
      if (shown.length === SHOWN_ROWS) return;
      shown.push({ ...row, errors: row.errors.map((error) => withHint(error, HINTS)) });
    },
  });
  if (settings.json) printJson(io, asJson(survey, shown, settings.values));
  else printResult(io, render(survey, shown, settings.values));
  return survey.invalid > 0 ? EXIT.incomplete : EXIT.ok;
}

function asJson(survey: CheckedCsv, invalid: readonly InvalidRow[], values: boolean): object {
  const { source, sha256, bytes, rows, delimiter, unchecked } = survey;
  return {
    input: { path: source.name, sha256, bytes, rows },
    delimiter,
    valid: rows - survey.invalid,
    invalid: survey.invalid,
    unchecked_columns: unchecked,
    rows: values ? invalid : invalid.map(withoutValuesIn),
  };
}

/** Messages quote cells, and an id may be any text. */
function withoutValuesIn({ row, line, errors }: InvalidRow): object {
  return { row, line, errors: errors.map(({ code, field }) => ({ code, ...(field === undefined ? {} : { field }) })) };
}

function render(survey: CheckedCsv, invalid: readonly InvalidRow[], values: boolean): string {
  const { unchecked } = survey;
  const name = survey.source.name;
  const lines = invalid.flatMap(({ line, row, errors }) =>
    errors.map((error) => `${name}:${line}: row ${row}: ${values ? error.message : codeOf(error)}`),
  );
  if (survey.invalid > invalid.length) lines.push(`… and ${survey.invalid - invalid.length} more invalid rows`);
  if (unchecked.length > 0) {
    const columns = unchecked.map((column) => `"${column}"`).join(', ');
    lines.push(`${name}: only a run that asks the API can tell whether these are custom fields: ${columns}`);
  }
  lines.push(
    `${name}: ${plural(survey.rows, 'row')}, ${survey.rows - survey.invalid} valid, ${survey.invalid} invalid`,
  );
  return lines.map(oneLine).join('\n');
}
