import { isRejected, type Problem } from '../core/model/problem.js';
import { parseResultLine } from '../core/run/lines.js';
import { readNdjson } from '../core/disk/ndjson.js';
import { plural } from './render-summary.js';

/** Rows shown on the terminal; rejected.csv has them all. */
const SHOWN_ROWS = 10;

/**
 * The first rows that were not applied, each with its reason: `row 9  held  phone_number: …`.
 * @param rejected how many there are
 * @param values false: the reason is its code and field alone, as its message may quote a contact
 */
export async function renderRejected(resultsFile: string, rejected: number, values = true): Promise<string> {
  const lines: string[] = [];
  for await (const { row, status, error } of readNdjson(resultsFile, parseResultLine)) {
    if (!isRejected(status)) continue;
    if (lines.length === SHOWN_ROWS) break;
    const reason = error && (values ? error.message : codeOf(error));
    lines.push(`row ${row}  ${status}  ${reason ?? ''}`.trimEnd());
  }
  if (rejected > lines.length) lines.push(`… and ${plural(rejected - lines.length, 'more row')} in rejected.csv`);
  return lines.join('\n');
}

/** A problem without its message: `title: bad_value`. */
export function codeOf({ field, code }: Problem): string {
  return field === undefined ? code : `${field}: ${code}`;
}
