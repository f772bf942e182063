import type { Change } from '../../core/model/plan-line.js';
import { isEmpty, type FieldValue } from '../../core/model/values.js';
import type { Digest, Example, Reason } from '../../core/report/digest.js';
import { STATUSES } from '../../core/model/problem.js';
import type { Colors } from './colors.js';
import { renderTable, wrapText } from './layout.js';

/** Rows shown as examples; the plan has them all. */
const SHOWN_ROWS = 12;
/** Reasons shown; rejected.csv has each row with its own. */
const SHOWN_REASONS = 12;
const MAX_VALUE = 160;

/** What texts are written for. */
export interface Screen {
  /** Columns. */
  width: number;
  colors: Colors;
}

/** The row in which a spreadsheet shows a data record: below the header. */
export function sheetRow(row: number): number {
  return row + 1;
}

/** A table of how many values are filled, replaced and cleared, by field; the most changed first. */
export function renderFields(digest: Digest, labels: Readonly<Record<string, string>>, screen: Screen): string {
  const { colors, width } = screen;
  const rows = [...digest.changes].map(([key, counts]) => ({ label: labels[key] ?? key, ...counts }));
  const total = (row: (typeof rows)[number]): number => row.filled + row.replaced + row.cleared;
  const cell = (count: number): string => (count === 0 ? '' : count.toLocaleString('en'));
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

/** Rows field by field: cleared values first, then what is rare. */
export function renderExamples(
  digest: Digest,
  labels: Readonly<Record<string, string>>,
  { width, colors }: Screen,
): string {
  const lines = digest
    .examples(SHOWN_ROWS)
    .flatMap((example) => [
      `  ${titleOf(example, colors)}`,
      ...Object.entries(example.changes).map(([key, change]) =>
        wrapText(`    ${labels[key] ?? key}: ${renderChange(change, colors)}`, width, 2),
      ),
    ]);
  return [colors.bold('Examples, rare changes first'), ...lines].join('\n');
}

function titleOf({ row, contact_id, who }: Example, colors: Colors): string {
  const id = contact_id ?? '';
  return `row ${sheetRow(row)}  ${who === undefined ? id : `${who}  ${colors.dim(id)}`}`;
}

/** `"VP" → "SVP"`; what a list gains and loses, as `+VIP, −Prospect`. */
export function renderChange({ from, to }: Change, colors: Colors): string {
  if (isEmpty(to)) return colors.red(`${showValue(from)} → (cleared)`);
  const items = Array.isArray(to) ? listChanges(asList(from), to, colors) : [];
  return items.length > 0 ? items.join(', ') : `${showValue(from)} → ${showValue(to)}`;
}

function listChanges(from: readonly string[], to: readonly string[], colors: Colors): string[] {
  const lost = from.filter((item) => !to.includes(item)).map((item) => colors.red(`-${item}`));
  return [...to.filter((item) => !from.includes(item)).map((item) => colors.green(`+${item}`)), ...lost];
}

function asList(value: FieldValue): readonly string[] {
  return Array.isArray(value) ? value : [];
}

function showValue(value: FieldValue): string {
  if (isEmpty(value)) return '(empty)';
  const text = Array.isArray(value) ? value.join(', ') : JSON.stringify(value);
  const cut = text.length - MAX_VALUE;
  return cut > 20 ? `${text.slice(0, MAX_VALUE)}… (${cut.toLocaleString('en')} more characters)` : text;
}

/**
 * Why rows were not applied, most first: how many, the first one's words, and where they are.
 * @returns empty where all were
 */
export function renderReasons({ reasons }: Digest, { width, colors }: Screen): string {
  if (reasons.length === 0) return '';
  const shown = STATUSES.flatMap((status) => reasons.filter((reason) => reason.status === status)).slice(
    0,
    SHOWN_REASONS,
  );
  const rows = shown.map((reason) => [
    `  ${reason.count.toLocaleString('en')}`,
    colors.yellow(reason.status),
    `${reason.message} ${colors.dim(`(${rowsOf(reason)})`)}`,
  ]);
  const left = reasons.length - shown.length;
  const more = left > 0 ? [`  and ${left} more reasons, in rejected.csv`] : [];
  const table = renderTable(rows, [{ align: 'right' }, {}, {}], width);
  return [colors.bold('Not applied'), table, ...more].join('\n');
}

function rowsOf({ rows, count }: Reason): string {
  const more = count > rows.length ? ', …' : '';
  return `${count === 1 ? 'row' : 'rows'} ${rows.map(sheetRow).join(', ')}${more}`;
}
