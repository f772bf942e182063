import { cut } from './damage-formula.js';

/** An id beside a delimiter, behind a line break: a row that a quote has swallowed. Notes may have an id in a line of its own. */
const ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const FIRST = new RegExp(`^"?${ID}"?[,;\\t|]`, 'i');
const FURTHER = new RegExp(`[,;\\t|]"?${ID}"?(?:[,;\\t|]|$)`, 'i');

/** Records that became part of a cell. @param line where the cell starts */
export function swallowedRows(cell: string, line: number): string | undefined {
  if (!/[\r\n]/.test(cell)) return undefined;
  const lines = cell.split(/\r\n|\r|\n/).slice(1);
  const isSwallowed = lines.some((text) => FIRST.test(text) || FURTHER.test(text));
  return isSwallowed ? `a quote on line ${line} has swallowed the rows behind it: "${cut(cell)}"` : undefined;
}

/** A line break where a value has one line. */
export function lineBreak(cell: string, line: number): string | undefined {
  return /[\r\n\u2028\u2029\v\f\u0085]/.test(cell) ? `"${cut(cell)}" has a line break (line ${line})` : undefined;
}

export function countBreaks(cell: string): number {
  return cell.match(/\r\n|\r|\n/g)?.length ?? 0;
}
