import { CALL_KINDS } from '../api/traffic.js';
import { STATUSES, type Status } from '../problem.js';
import type { Summary } from '../run/summary.js';

const MEANING: Record<Status, string> = {
  updated: 'sent, accepted and checked',
  unchanged: 'already as the file says',
  planned: 'would be sent',
  invalid: 'no valid edit',
  not_found: 'no such contact',
  conflict: 'changed by someone else',
  held: 'kept back by a guard',
  failed: 'refused, or kept failing',
  unknown: 'sent, and never answered',
};

/** The summary for people. @param files where the run's files are, by what they are for */
export function renderSummary(summary: Summary, files: Readonly<Record<string, string>>): string {
  const { input, counts, changes, equivalent, calls, not_kept } = summary;
  const lines = [`${summary.run_id}  ${input.path}  ${plural(input.rows, 'row')}`, ''];
  for (const status of STATUSES) {
    if (counts[status] > 0) lines.push(`  ${pad(counts[status])}  ${status.padEnd(10)} ${MEANING[status]}`);
  }
  lines.push('', `  changes  ${listCounts(changes) || 'none'}`);
  if (Object.keys(equivalent).length > 0) {
    lines.push(`  of these only in form  ${listCounts(equivalent)} (--skip-equivalent leaves such values alone)`);
  }
  if (not_kept > 0)
    lines.push(`  ${plural(not_kept, 'row')} came back with other values than those sent: see not_kept in the results`);
  lines.push(`  calls    ${calls.total}${calls.total > 0 ? `: ${callsByKind(calls)}` : ''}${trouble(summary)}`);
  if (summary.reads && input.rows > 0) lines.push(`  reads    by ${summary.reads.way}: ${summary.reads.why}`);
  if (counts.planned > 0)
    lines.push(`  to send  ${plural(counts.planned, 'PATCH', 'PATCHes')}, one for each planned row`);
  lines.push('');
  for (const [what, where] of Object.entries(files)) lines.push(`  ${what.padEnd(8)} ${where}`);
  return lines.join('\n');
}

/** `1 row`, `2 rows`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

function pad(count: number): string {
  return count.toLocaleString('en').padStart(7);
}

function listCounts(counts: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return sorted.map(([key, count]) => `${key} ${count.toLocaleString('en')}`).join(', ');
}

function callsByKind(calls: Summary['calls']): string {
  return listCounts(Object.fromEntries(CALL_KINDS.flatMap((kind) => (calls[kind] > 0 ? [[kind, calls[kind]]] : []))));
}

function trouble({ retries, rate_limited, waited_seconds }: Summary): string {
  const parts = [];
  if (retries > 0) parts.push(plural(retries, 'retry', 'retries'));
  if (rate_limited > 0) parts.push(`${rate_limited} × 429`);
  if (waited_seconds > 0) parts.push(`waited ${waited_seconds} s for the rate limit`);
  return parts.length > 0 ? ` (${parts.join(', ')})` : '';
}
