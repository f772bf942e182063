import path from 'node:path';
import { CALL_KINDS } from '../core/model/calls.js';
import type { Estimate, SyncEvent } from '../core/model/events.js';
import type { ReadChoice } from '../core/model/read-choice.js';
import { STATUSES, type Status } from '../core/model/problem.js';
import { localMinute } from '../core/model/local-minute.js';
import { duration } from './duration.js';
import type { Summary } from '../core/run/summary.js';

const MEANING: Record<Status, string> = {
  updated: 'sent, accepted and checked',
  unchanged: 'already as the file says',
  planned: 'would be sent',
  invalid: 'failed validation',
  not_found: 'no such contact',
  conflict: 'the contact is not as expected, and was left alone',
  held: 'kept back by a guard',
  failed: 'refused, or kept failing',
  unknown: 'sent, and never answered',
};

/** The summary for people. @param files where the run's files are, by what they are for */
export function renderSummary(summary: Readonly<Summary>, files: Readonly<Record<string, string>>): string {
  const { input, counts, changes, equivalent, calls, not_kept } = summary;
  const rows = input.rows === 0 ? 'no rows' : plural(input.rows, 'row');
  const lines = [`${summary.run_id}  ${shortPath(input.path)}  ${rows}`, ''];
  for (const status of STATUSES) {
    if (counts[status] > 0) lines.push(`  ${pad(counts[status])}  ${status.padEnd(10)} ${MEANING[status]}`);
  }
  // Rows that ended otherwise, or not yet, are among them.
  const meant = counts.updated === summary.writes_planned || counts.planned > 0 ? 'changes ' : 'changes planned ';
  lines.push('', `  ${meant} ${listCounts(named(changes, summary)) || 'none'}`);
  if (Object.keys(equivalent).length > 0) {
    lines.push(
      `  of these only in form  ${listCounts(named(equivalent, summary))} (--skip-equivalent leaves such values alone)`,
    );
  }
  const empty = sayEmptyCells(summary);
  if (empty !== undefined) lines.push(`  ${empty}`);
  if (not_kept > 0)
    lines.push(`  ${plural(not_kept, 'row')} came back with other values than those sent: see not_kept in the results`);
  lines.push(
    `  calls    ${calls.total.toLocaleString('en')}${calls.total > 0 ? `: ${callsByKind(calls)}` : ''}${trouble(summary)}`,
  );
  if (summary.reads && input.rows > 0) lines.push(`  reads    ${sayReads(summary.reads)}`);
  if (counts.planned > 0) lines.push(`  to send  ${sayWrites(summary.writes_planned, summary.estimate)}`);
  lines.push('');
  for (const [what, where] of Object.entries(files)) lines.push(`  ${what.padEnd(8)} ${shortPath(where)}`);
  return lines.join('\n');
}

function sayEmptyCells({ empty_cells_left: count, options }: Summary): string | undefined {
  // A run of an earlier version does not count them.
  if (!(count > 0)) return undefined;
  const cells = count === 1 ? '1 cell is' : `${count.toLocaleString('en')} cells are`;
  const advice = `use --empty clear to clear ${count === 1 ? 'it' : 'them'}`;
  const what = options?.empty === 'leave' ? 'left alone by --empty leave' : advice;
  return `${cells} empty where the contact has a value; ${what}`;
}

/** What reading is about to cost; undefined where it costs nothing, or has been spent to learn it. */
export function renderReading({ way, costs }: ReadChoice): string | undefined {
  const calls = way === 'mirror' ? undefined : costs[way];
  return calls === undefined ? undefined : `about to read by ${way}: ${plural(calls, 'call')}`;
}

/** What a sync is about to spend, told before the first write. */
export function renderCost({ rows, totals, choice, estimate, labels }: SyncEvent & { type: 'plan_ready' }): string {
  const { writes, changes, calls } = totals;
  const lines = [
    `${plural(rows, 'row')}, ${writes.toLocaleString('en')} to write: ${listCounts(named(changes, { labels })) || 'no changes'}`,
    `read with ${plural(calls, 'call')}, ${sayReads(choice)}`,
  ];
  if (writes > 0) lines.push(renderWrites(writes, estimate));
  return lines.join('\n');
}

/** What writing is about to cost. */
export function renderWrites(writes: number, estimate: Estimate): string {
  return `to write: ${sayWrites(writes, estimate)}`;
}

function sayReads({ way, why, costs }: ReadChoice): string {
  const others = Object.entries(costs).flatMap(([other, cost]) =>
    other === way ? [] : [`${other} ${plural(cost, 'call')}`],
  );
  return `by ${way}: ${why}${others.length > 0 ? ` (otherwise: ${others.join(', ')})` : ''}`;
}

function sayWrites(writes: number, estimate: Estimate): string {
  const { rereads } = estimate;
  const again = rereads > 0 ? `, and ${plural(rereads, 'call')} to read them again just before` : '';
  const calls = plural(writes, 'PATCH', 'PATCHes') + again;
  if (estimate.seconds === null || estimate.ends_at === null) return `${calls}, and the reserve leaves no room for any`;
  if (estimate.seconds === 0) return `${calls}, within the present allowance`;
  return `${calls}, ${duration(estimate.seconds)} by the rate limit: until ${localMinute(new Date(estimate.ends_at))}`;
}

/** A path from the working folder, where it is below it. */
export function shortPath(file: string): string {
  const relative = path.relative('.', file);
  return path.isAbsolute(file) && !relative.startsWith('..') ? relative : file;
}

/** Counts by the names that people know the fields by. */
function named(counts: Readonly<Record<string, number>>, { labels }: Pick<Summary, 'labels'>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([key, count]) => [labels[key] ?? key, count]));
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
