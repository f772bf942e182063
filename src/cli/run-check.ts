import { withHint, type Problem } from '../core/model/problem.js';
import { checkCsv, type CheckedCsv, type Finding } from '../core/check-csv.js';
import { DAMAGE_KINDS } from '../core/contacts/lint.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { tempDirOf, type Io } from './output/io.js';
import { HINTS } from './messages.js';
import { codeOf } from './screen/changes.js';
import { plural } from '../core/report/format.js';
import { oneLine } from './output/neutralise.js';
import { printJson, printResult } from './output/terminal.js';
import type { Settings } from './settings/schemas.js';

/** Rows that are told one by one. */
const SHOWN_ROWS = 50;

/** A row with something wrong. */
interface ShownRow {
  row: number;
  line: number;
  contact_id?: string | null;
  errors: readonly Problem[];
}

/** `check`: the file by itself, without key or network. @returns 3 where a row fails validation or would be held */
export async function runCheck(csv: string, settings: Settings, io: Io): Promise<ExitCode> {
  const invalid: ShownRow[] = [];
  const damaged: ShownRow[] = [];
  const show = (rows: ShownRow[], row: ShownRow): void => {
    if (rows.length < SHOWN_ROWS) rows.push({ ...row, errors: row.errors.map((error) => withHint(error, HINTS)) });
  };
  const survey = await checkCsv({
    csv,
    stdin: () => io.stdin,
    tempDir: tempDirOf(io),
    options: settings,
    onInvalid: (row) => show(invalid, row),
    onDamage: ({ row, line, damage }) => show(damaged, { row, line, errors: damage.map(({ problem }) => problem) }),
  });
  if (settings.json) printJson(io, asJson(survey, invalid, damaged, settings.values));
  else printResult(io, render(survey, invalid, damaged, settings));
  const held = settings.lint === 'hold' ? survey.damaged : 0;
  return survey.invalid + held > 0 ? EXIT.incomplete : EXIT.ok;
}

function asJson(
  survey: CheckedCsv,
  invalid: readonly ShownRow[],
  damaged: readonly ShownRow[],
  values: boolean,
): object {
  const { source, sha256, bytes, rows, blankRows, delimiter, unchecked, findings } = survey;
  const shown = (found: readonly ShownRow[]): object[] => (values ? [...found] : found.map(withoutValuesIn));
  return {
    input: { path: source.name, sha256, bytes, rows, blank_rows: blankRows },
    delimiter,
    valid: rows - survey.invalid,
    invalid: survey.invalid,
    damaged: survey.damaged,
    findings,
    unchecked_columns: unchecked,
    rows: shown(invalid),
    damaged_rows: shown(damaged),
  };
}

/** Messages quote cells, and an id may be any text. */
function withoutValuesIn({ row, line, errors }: ShownRow): object {
  return { row, line, errors: errors.map(({ code, field }) => ({ code, ...(field === undefined ? {} : { field }) })) };
}

function render(
  survey: CheckedCsv,
  invalid: readonly ShownRow[],
  damaged: readonly ShownRow[],
  { values, lint }: Pick<Settings, 'values' | 'lint'>,
): string {
  const { unchecked, rows, blankRows, findings } = survey;
  const name = survey.source.name;
  const told = [...invalid, ...damaged].sort((a, b) => a.row - b.row);
  const lines = told.flatMap(({ line, row, errors }) =>
    errors.map((error) => `${name}:${line}: row ${row}: ${values ? error.message : codeOf(error)}`),
  );
  if (survey.invalid > invalid.length) lines.push(`… and ${survey.invalid - invalid.length} more invalid rows`);
  if (survey.damaged > damaged.length) lines.push(`… and ${survey.damaged - damaged.length} more damaged rows`);
  lines.push(...findings.map((finding) => `${name}: ${describe(finding)}`));
  if (unchecked.length > 0) {
    const columns = unchecked.map((column) => `"${column}"`).join(', ');
    lines.push(`${name}: only a run that asks the API can tell whether these are custom fields: ${columns}`);
  }
  if (blankRows > 0) lines.push(`${name}: ${plural(blankRows, 'row')} without any value skipped`);
  const seeming = survey.damaged > 0 ? `, ${survey.damaged} of them damaged` : '';
  lines.push(`${name}: ${plural(rows, 'row')}, ${rows - survey.invalid} valid${seeming}, ${survey.invalid} invalid`);
  lines.push(...advise(survey, lint).map((advice) => `${name}: ${advice}`));
  return lines.map(oneLine).join('\n');
}

/** What people call the kinds of problems; others go by their code. */
const KINDS: Readonly<Record<string, string>> = {
  ...DAMAGE_KINDS,
  bad_id: 'ids that are not UUIDs',
  no_id: 'rows without an id',
  bad_value: 'values that their field cannot have',
  bad_width: 'rows with more values than columns',
  short_row: 'rows with fewer cells than columns',
};

/** `numbers that a program changed: 12 rows, lines 2, 5, 9, …`. */
function describe({ kind, rows, lines }: Finding): string {
  const named = `${lines.length === 1 ? 'line' : 'lines'} ${lines.join(', ')}${rows > lines.length ? ', …' : ''}`;
  return `${KINDS[kind] ?? kind}: ${plural(rows, 'row')}, ${named}`;
}

/** What to do now. */
function advise({ rows, invalid, damaged, findings }: CheckedCsv, lint: Settings['lint']): string[] {
  const advice: string[] = [];
  if (rows === 0) advice.push('the file has a header and no rows: there is nothing to do');
  if (findings.some(({ kind }) => kind === 'swallowed_rows'))
    advice.push('close the quotes first: rows are missing from these counts');
  if (damaged > 0 && lint === 'hold') {
    advice.push(
      'sync holds damaged rows unless the contact has the value already: correct them, or use --lint warn to send them',
    );
  }
  if (invalid > 0) advice.push('correct the invalid rows: sync sends the others and keeps these in rejected.csv');
  return advice;
}
