import type { Problem } from '../model/problem.js';
import type { ProblemEntry, RowEntry } from './report-data.js';
import type { ReportRow } from './tally.js';

/** The fields that rows name, each with the number that stands for it in the page. */
export class FieldNumbers {
  readonly #numbers = new Map<string, number>();

  /** In the order of their numbers. */
  get keys(): string[] {
    return [...this.#numbers.keys()];
  }

  of(key: string): number {
    const number = this.#numbers.get(key) ?? this.#numbers.size;
    this.#numbers.set(key, number);
    return number;
  }
}

/** A row as the page gets it. */
export function entryOf(line: ReportRow, fields: FieldNumbers): RowEntry {
  const { row, contact_id, status, changes = {}, error, warnings = [] } = line;
  // A field that is to blame can be searched for, even if no row changes it.
  for (const { field } of error ? [error, ...warnings] : warnings) if (field !== undefined) fields.of(field);
  const { http_status = 0, attempts = 0, duration_ms = 0, at } = line;
  return [
    row,
    line.line,
    contact_id,
    status,
    Object.entries(changes).map(([key, { from, to }]) => [fields.of(key), from, to] as const),
    error ? problemEntry(error) : null,
    warnings.map(problemEntry),
    http_status,
    attempts,
    duration_ms,
    at === undefined ? 0 : Date.parse(at) || 0,
  ];
}

function problemEntry({ code, message, field = '' }: Problem): ProblemEntry {
  return [code, message, field];
}
