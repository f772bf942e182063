/*
 * Spreadsheets run a cell that begins like a formula, whoever wrote it. In the files of this tool such a cell has a `'`
 * before it, as spreadsheets guard text, and each reader takes one off. A value that itself is `'=…` gets one more, so that
 * every value reads back as it is.
 */

/** What becomes of cells that begin like formulas, where a file is written. */
export const FORMULA_MODES = ['keep', 'quote', 'drop'] as const;
export type FormulaMode = (typeof FORMULA_MODES)[number];

/** A column that names, by key and with spaces between them, the fields that an export left out of a row. */
export const LEFT_OUT_COLUMN = '_left_out';

/** `=`, `+`, `-` and `@` in both widths, and white space that spreadsheets skip. */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
/** A phone number, or any number. */
const HONEST = /^[+-][\d\s().-]+$/;
const QUOTES = /^'+/;

/** Whether a spreadsheet would take a cell for a formula. Phone numbers are none. */
export function isFormula(cell: string): boolean {
  return FORMULA.test(cell) && !HONEST.test(cell);
}

/** The cell that a spreadsheet shows and does not run. `unquoteFormula` takes it back. */
export function quoteFormula(cell: string): string {
  return isFormula(cell.replace(QUOTES, '')) ? `'${cell}` : cell;
}

/** A cell as it was before `quoteFormula`. */
export function unquoteFormula(cell: string): string {
  return cell.startsWith("'") && isFormula(cell.replace(QUOTES, '')) ? cell.slice(1) : cell;
}
