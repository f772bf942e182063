import type { Status } from '../core/model/problem.js';
import type { Row } from './row.js';

/** Rows with one problem, as a group of the page names it. */
export interface ReasonFilter {
  kind: 'errors' | 'warnings';
  status: Status;
  code: string;
  /** Field key, or nothing. */
  field: string;
}

/** Which rows are shown; what is empty lets all pass. */
export interface Filter {
  search: string;
  statuses: ReadonlySet<Status>;
  /** Field key. */
  field: string;
  reason: ReasonFilter | undefined;
}

export const NO_FILTER: Filter = { search: '', statuses: new Set(), field: '', reason: undefined };

/**
 * The rows that pass. All words of the search must be in a row, in any order.
 * @param fields keys by number, as the rows' changes have them
 */
export function select(rows: readonly Row[], filter: Filter, fields: readonly string[]): readonly Row[] {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const { statuses, field, reason } = filter;
  if (words.length === 0 && statuses.size === 0 && field === '' && !reason) return rows;
  const number = fields.indexOf(field);
  return rows.filter(
    (row) =>
      (statuses.size === 0 || statuses.has(row.status)) &&
      (field === '' || isAbout(row, field, number)) &&
      (!reason || hasReason(row, reason)) &&
      words.every((word) => row.text.includes(word)),
  );
}

function isAbout({ changes, error, warnings }: Row, field: string, number: number): boolean {
  return (
    changes.some(([changed]) => changed === number) ||
    error?.[2] === field ||
    warnings.some(([, , warned]) => warned === field)
  );
}

function hasReason(row: Row, { kind, status, code, field }: ReasonFilter): boolean {
  const problems = kind === 'warnings' ? row.warnings : row.error ? [row.error] : [];
  return row.status === status && problems.some((problem) => problem[0] === code && problem[2] === field);
}
