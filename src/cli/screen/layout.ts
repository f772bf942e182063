import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import type { Output } from '../output/io.js';

const MIN_COLUMNS = 40;
const MAX_COLUMNS = 200;

/** How wide text may be there. What is no terminal takes lines of any length. */
export function widthOf({ isTTY, columns }: Pick<Output, 'isTTY' | 'columns'>): number {
  if (isTTY !== true) return Infinity;
  return Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, columns ?? 80));
}

/**
 * Breaks lines at words; only a word longer than a line is broken itself.
 * @param hang blanks in front of each line but the first, besides those that the text begins with
 */
export function wrapText(text: string, width: number, hang = 0): string {
  if (!Number.isFinite(width)) return text;
  const lines = text.split('\n').map((line) => {
    const lead = /^ */.exec(line)?.[0] ?? '';
    const indent = lead + ' '.repeat(hang);
    const [first = '', ...rest] = wrapAnsi(line.slice(lead.length), Math.max(1, width - indent.length), {
      hard: true,
    }).split('\n');
    return [lead + first, ...rest.map((part) => indent + part)].join('\n');
  });
  return lines.join('\n');
}

/** A cell, and on which side of its column it stands. */
export interface Column {
  align?: 'left' | 'right';
}

/**
 * Rows as columns two blanks apart; the last column takes what is left of the width, is wrapped, and may have lines.
 * @param columns how each column is aligned; left where not said
 */
export function renderTable(rows: readonly (readonly string[])[], columns: readonly Column[], width: number): string {
  const widths = columnWidths(rows);
  const count = widths.length;
  const lines = rows.map((row) => {
    const cells = row.map((cell, at) => {
      const isLast = at === count - 1 && columns[at]?.align !== 'right';
      const blanks = ' '.repeat((widths[at] ?? 0) - stringWidth(cell));
      return columns[at]?.align === 'right' ? blanks + cell : isLast ? cell : cell + blanks;
    });
    const before = widths.slice(0, -1).reduce((sum, cell) => sum + cell + 2, 0);
    const line = cells.join('  ').trimEnd();
    if (!line.includes('\n') && stringWidth(line) <= width) return line;
    const last = cells.at(-1) ?? '';
    const head = cells
      .slice(0, -1)
      .map((cell) => `${cell}  `)
      .join('');
    // A last column without room stands below.
    if (width - before < 20) return `${head.trimEnd()}\n${wrapText(`    ${last.trim()}`, width)}`;
    const [first = '', ...rest] = wrapText(last, width - before).split('\n');
    return [head + first, ...rest.map((part) => ' '.repeat(before) + part)].join('\n');
  });
  return lines.join('\n');
}

/** What each column takes. */
function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, stringWidth(cell))));
  return widths;
}

/** What a table takes if none of its cells is wrapped. */
export function tableWidth(rows: readonly (readonly string[])[]): number {
  return columnWidths(rows).reduce((sum, width) => sum + width + 2, -2);
}
