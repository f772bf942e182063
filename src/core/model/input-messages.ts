import type { BinaryFormat, CsvProblem } from './error-facts.js';

/** What to do about a file that is no text. */
export const BINARY_FORMATS: Readonly<Record<BinaryFormat, string>> = {
  excel: 'this is an Excel workbook; save it as "CSV UTF-8"',
  opendocument: 'this is an OpenDocument spreadsheet; save it as "Text CSV" in UTF-8',
  zip: 'this is a ZIP archive; extract the CSV from it',
};

/** Why a CSV cannot be parsed, in words. */
export function csvProblem(problem: CsvProblem): string {
  switch (problem.kind) {
    case 'quote_not_closed':
      return 'a quote is opened and never closed';
    case 'text_after_quote':
      return 'a closing quote is followed by more text (a quote inside a quoted cell is written "")';
    case 'quote_inside':
      return 'a quote is inside a cell that is not quoted (quote the cell, and write the quote as "")';
    case 'record_too_long':
      return `a record is longer than ${problem.maxChars} characters (is a quote left open?)`;
    case 'other':
      return problem.detail;
  }
}
