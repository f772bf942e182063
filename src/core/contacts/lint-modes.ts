/** What is done with a value that a spreadsheet seems to have damaged. */
export const LINT_MODES = ['hold', 'warn', 'off'] as const;
export type LintMode = (typeof LINT_MODES)[number];
