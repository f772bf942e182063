import type { Change } from '../../core/model/plan-line.js';
import { STATUSES } from '../../core/model/problem.js';
import { isEmpty, type FieldValue } from '../../core/model/values.js';
import type { Digest, Example, Reason } from '../../core/report/digest.js';
import { oneLine } from '../output/neutralise.js';
import type { Colors } from './colors.js';
import { renderTable, wrapText } from './layout.js';
import { count, plural, sheetRow } from '../../core/report/format.js';

/** Rows shown as examples; the plan has them all. */
const SHOWN_ROWS = 20;
/** Reasons shown; rejected.csv has each row with its own. */
const SHOWN_REASONS = 12;
/** Characters shown of a value. */
const SHOWN_LETTERS = 80;

/** What a text is written for. */
export interface Screen {
  /** Columns; Infinity where lines are as long as they are. */
  width: number;
  colors: Colors;
  /** Whether rows are those of a file that a person has; an undo has none. */
  hasRows: boolean;
  /** Whether values of contacts may be shown, and messages that quote them. */
  values: boolean;
}

/** What people call the fields, by key. */
export type Labels = Readonly<Record<string, string>>;

/** A table of how many values are filled, replaced and cleared, by field; the most changed first. */
export function renderFields({ changes }: Digest, labels: Labels, { colors, width }: Screen): string {
  const rows = [...changes].map(([key, counts]) => ({ label: oneLine(labels[key] ?? key), ...counts }));
  const total = (row: (typeof rows)[number]): number => row.filled + row.replaced + row.cleared;
  const cell = (number: number): string => (number === 0 ? '' : count(number));
  const body = rows
    .toSorted((a, b) => total(b) - total(a) || a.label.localeCompare(b.label))
    .map((row) => [
      `  ${row.label}`,
      cell(row.filled),
      cell(row.replaced),
      row.cleared === 0 ? '' : colors.red(cell(row.cleared)),
    ]);
  const header = ['Changes by field', 'filled', 'replaced', 'cleared'].map((text) => colors.bold(text));
  return renderTable([header, ...body], [{}, { align: 'right' }, { align: 'right' }, { align: 'right' }], width);
}

/**
 * Planned rows, field by field. Of more than fit, cleared values come first, then what is rare.
 * @param planned how many there are
 */
export function renderExamples(digest: Digest, planned: number, labels: Labels, screen: Screen): string {
  const { width, colors } = screen;
  const shown = digest.examples(SHOWN_ROWS);
  const lines = shown.flatMap((example) => [
    wrapText(`  ${titleOf(example, screen)}`, width, 2),
    ...Object.entries(example.changes).map(([key, change]) =>
      wrapText(`    ${oneLine(labels[key] ?? key)}: ${renderChange(change, colors)}`, width, 2),
    ),
  ]);
  const left = planned - shown.length;
  const title = left > 0 ? 'Changes, for example (cleared values and rare kinds of change first)' : 'Changes';
  return [
    colors.bold(title),
    ...lines,
    ...(left > 0 ? [`  … and ${plural(left, 'more row')} in plan.ndjson`] : []),
  ].join('\n');
}

/** Which row it is, and about whom. */
export function titleOf({ row, contact_id, who }: Omit<Example, 'changes'>, { colors, hasRows }: Screen): string {
  const id = oneLine(contact_id ?? '');
  return `${hasRows ? `row ${sheetRow(row)}  ` : ''}${who === undefined ? id : `${oneLine(who)}  ${colors.dim(id)}`}`;
}

/** `"VP" → "SVP"`; what a list gains and loses, as `+VIP, -Prospect`. */
export function renderChange({ from, to }: Change, colors: Colors): string {
  if (isEmpty(to)) return colors.red(`${showValue(from)} → (cleared)`);
  const items = Array.isArray(to) ? listChanges(asList(from), to, colors) : [];
  return items.length > 0 ? items.join(', ') : `${showValue(from)} → ${showValue(to)}`;
}

function listChanges(from: readonly string[], to: readonly string[], colors: Colors): string[] {
  const lost = from.filter((item) => !to.includes(item)).map((item) => colors.red(oneLine(`-${item}`)));
  return [...lost, ...to.filter((item) => !from.includes(item)).map((item) => colors.green(oneLine(`+${item}`)))];
}

function asList(value: FieldValue): readonly string[] {
  return Array.isArray(value) ? value : [];
}

function showValue(value: FieldValue): string {
  if (isEmpty(value)) return '(empty)';
  const letters = [...(Array.isArray(value) ? value.join(', ') : String(value))];
  const shown = letters.slice(0, SHOWN_LETTERS).join('');
  const more = letters.length - SHOWN_LETTERS;
  const text = typeof value === 'string' ? JSON.stringify(shown) : shown;
  return oneLine(`${text}${more > 0 ? `… ${plural(more, 'more character')}` : ''}`);
}

/** Why rows were not applied: how many, the first one's words, and which rows. @returns empty where all were */
export function renderReasons({ reasons }: Digest, { width, colors, hasRows, values }: Screen): string {
  if (reasons.length === 0) return '';
  const sorted = STATUSES.flatMap((status) => reasons.filter((reason) => reason.status === status));
  const shown = sorted.slice(0, SHOWN_REASONS);
  const rows = shown.map((reason) => [
    `  ${count(reason.count)}`,
    colors.yellow(reason.status),
    `${oneLine(values ? reason.message : codeOf(reason))}${hasRows ? colors.dim(` (${rowsOf(reason)})`) : ''}`,
  ]);
  const left = sorted.length - shown.length;
  const table = renderTable(rows, [{ align: 'right' }, {}, {}], width);
  const more = left > 0 ? [`  … and ${plural(left, 'more reason')} in rejected.csv`] : [];
  const title = `Not applied${hasRows ? ' (rows as a spreadsheet numbers them: the header is row 1)' : ''}`;
  return [colors.bold(title), table, ...more].join('\n');
}

/** A problem without its message, which may quote a contact: `title: bad_value`. */
export function codeOf({ field, code }: { field?: string | undefined; code: string }): string {
  return field === undefined ? code : `${field}: ${code}`;
}

/** Which rows a message is of, and which others are like it. */
function rowsOf({ rows, count: all, differs }: Reason): string {
  const list = (some: readonly number[], of: number): string =>
    `${of === 1 ? 'row' : 'rows'} ${some.map(sheetRow).join(', ')}${of > some.length ? ', …' : ''}`;
  return differs ? `${list(rows.slice(0, 1), 1)}; similar: ${list(rows.slice(1), all - 1)}` : list(rows, all);
}
