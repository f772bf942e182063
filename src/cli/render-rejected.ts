import { isRejected } from '../core/model/problem.js';
import { parseResultLine } from '../core/run/lines.js';
import { readNdjson } from '../core/disk/ndjson.js';
import { oneLine } from './neutralise.js';
import { plural } from './render-summary.js';

/** Rows shown on the terminal; rejected.csv has them all. */
const SHOWN_ROWS = 10;

/**
 * The first rows that were not applied, each with its reason: `row 9  held  phone_number: …`.
 * @param rejected how many there are
 */
export async function renderRejected(resultsFile: string, rejected: number): Promise<string> {
  const lines: string[] = [];
  for await (const { row, status, error } of readNdjson(resultsFile, parseResultLine)) {
    if (!isRejected(status)) continue;
    if (lines.length === SHOWN_ROWS) break;
    lines.push(`row ${row}  ${status}  ${error?.message ?? ''}`.trimEnd());
  }
  if (rejected > lines.length) lines.push(`… and ${plural(rejected - lines.length, 'more row')} in rejected.csv`);
  return lines.map(oneLine).join('\n');
}
