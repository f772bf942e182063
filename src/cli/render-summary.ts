import path from 'node:path';
import { CALL_KINDS } from '../core/model/calls.js';
import type { Estimate, SyncEvent } from '../core/model/events.js';
import type { ReadChoice } from '../core/model/read-choice.js';
import { STATUSES, type Status } from '../core/model/problem.js';
import { localMinute } from '../core/model/local-minute.js';
import { duration } from './duration.js';
import { oneLine } from './neutralise.js';
import type { Summary } from '../core/run/summary.js';

const MEANING: Record<Status, string> = {
  updated: 'sent, accepted and verified',
  unchanged: 'nothing to send: already up to date',
  planned: 'would be sent',
  invalid: 'failed validation',
  not_found: 'no such contact',
  conflict: 'the contact is not as expected: left alone',
  held: 'a guard holds it back',
  failed: 'refused by the API, or kept failing',
  unknown: 'sent but never answered',
};

/**
 * The summary for people.
 * @param dir the run's folder
 * @param rejected rejected.csv, where it holds rows
 */
export function renderSummary(summary: Readonly<Summary>, dir: string, rejected?: string): string {
  const { run_id, input, counts, calls, reads } = summary;
  const lines = [title(summary), ''];
  for (const status of STATUSES) {
    if (counts[status] > 0) lines.push(`  ${pad(counts[status])}  ${status.padEnd(10)} ${MEANING[status]}`);
  }
  const facts: [label: string, text: string | undefined][] = [
    ['changes', sayChanges(summary)],
    ['format', sayEquivalent(summary)],
    ['empty', sayEmptyCells(summary)],
    ['not kept', sayNotKept(summary)],
    ['calls', (calls.total > 0 ? `${count(calls.total)}: ${callsByKind(calls)}` : '0') + trouble(summary)],
    ['reads', reads && input.rows > 0 ? sayReads(reads) : undefined],
    ['to send', counts.planned > 0 ? sayWrites(summary.writes_planned, summary.estimate) : undefined],
  ];
  const files: typeof facts = [
    ['files', shortPath(dir)],
    ['rejected', rejected && shortPath(rejected)],
    ['next', summary.state === 'planned' && counts.planned > 0 ? `contact-sync apply ${run_id}` : undefined],
  ];
  return [...lines, '', ...labelled(facts), '', ...labelled(files)].join('\n');
}

function labelled(facts: readonly (readonly [label: string, text: string | undefined])[]): string[] {
  return facts.flatMap(([label, text]) => (text === undefined ? [] : [`  ${label.padEnd(8)} ${text}`]));
}

/** The run, what it is about, and how many rows that has. */
function title({ run_id, command, input }: Readonly<Summary>): string {
  const subject =
    command === 'undo' ? `undo of ${input.path}` : input.path === '-' ? 'standard input' : shortPath(input.path);
  return `${run_id}  ${subject}  ${input.rows === 0 ? 'no rows' : plural(input.rows, 'row')}`;
}

function sayChanges(summary: Readonly<Summary>): string {
  const { counts, changes, clears_planned: clears, writes_planned } = summary;
  const fields = listCounts(named(changes, summary)) || 'none';
  const cleared = clears > 0 ? `; ${plural(clears, 'value')} cleared` : '';
  // Rows that ended otherwise, or not yet, are among them.
  const all = counts.updated === writes_planned || counts.planned > 0;
  return `${fields}${cleared}${all ? '' : ' (planned)'}`;
}

function sayEquivalent(summary: Readonly<Summary>): string | undefined {
  const fields = listCounts(named(summary.equivalent, summary));
  return fields === '' ? undefined : `only the format differs: ${fields} (--skip-equivalent skips these)`;
}

function sayEmptyCells({ empty_cells_left: left, options }: Readonly<Summary>): string | undefined {
  // A run of an earlier version does not count them.
  if (!(left > 0)) return undefined;
  const [what, them] =
    left === 1 ? ['1 empty cell leaves its value', 'it'] : [`${count(left)} empty cells leave their values`, 'them'];
  return `${what} unchanged${options?.empty === 'leave' ? '' : `; --empty clear would clear ${them}`}`;
}

function sayNotKept({ not_kept: rows }: Readonly<Summary>): string | undefined {
  return rows > 0
    ? `${plural(rows, 'row')} came back with other values than sent: see not_kept in results.ndjson`
    : undefined;
}

/** What reading is about to cost; undefined where it costs nothing, or has been spent to learn it. */
export function renderReading({ way, costs }: ReadChoice): string | undefined {
  const calls = way === 'mirror' ? undefined : costs[way];
  return calls === undefined ? undefined : `reading by ${way}: ${plural(calls, 'call')}`;
}

/** What a sync is about to spend, told before the first write. */
export function renderCost({ rows, totals, choice, estimate, labels }: SyncEvent & { type: 'plan_ready' }): string {
  const { writes, changes, calls } = totals;
  const lines = [
    `${plural(rows, 'row')}, ${count(writes)} to send: ${listCounts(named(changes, { labels })) || 'no changes'}`,
    `read with ${plural(calls, 'call')}, ${sayReads(choice)}`,
  ];
  if (writes > 0) lines.push(renderWrites(writes, estimate));
  return lines.join('\n');
}

/** What writing is about to cost. */
export function renderWrites(writes: number, estimate: Estimate): string {
  return `to send: ${sayWrites(writes, estimate)}`;
}

function sayReads({ way, why, costs }: ReadChoice): string {
  const others = Object.entries(costs).flatMap(([other, cost]) =>
    other === way ? [] : [`${other} would take ${plural(cost, 'call')}`],
  );
  return `by ${way}: ${why}${others.length > 0 ? ` (${others.join(', ')})` : ''}`;
}

function sayWrites(writes: number, estimate: Estimate): string {
  const { rereads } = estimate;
  const again = rereads > 0 ? `, and ${plural(rereads, 'call')} to read them again first` : '';
  const calls = plural(writes, 'PATCH', 'PATCHes') + again;
  if (estimate.seconds === null || estimate.ends_at === null)
    return `${calls}, but the reserve leaves no requests for them`;
  if (estimate.seconds === 0) return `${calls}, within the current allowance`;
  return `${calls}, about ${duration(estimate.seconds)} at the rate limit: until ${localMinute(new Date(estimate.ends_at))}`;
}

/** A path from the working folder, where it is below it. */
export function shortPath(file: string): string {
  const relative = path.relative('.', file);
  return oneLine(path.isAbsolute(file) && !relative.startsWith('..') ? relative : file);
}

/** Counts by the names that people know the fields by. */
function named(counts: Readonly<Record<string, number>>, { labels }: Pick<Summary, 'labels'>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([key, count]) => [oneLine(labels[key] ?? key), count]));
}

/** `1 row`, `2 rows`. */
export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** `1,234`. */
function count(number: number): string {
  return number.toLocaleString('en');
}

function pad(number: number): string {
  return count(number).padStart(7);
}

function listCounts(counts: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return sorted.map(([key, number]) => `${key} ${count(number)}`).join(', ');
}

function callsByKind(calls: Summary['calls']): string {
  return listCounts(Object.fromEntries(CALL_KINDS.flatMap((kind) => (calls[kind] > 0 ? [[kind, calls[kind]]] : []))));
}

function trouble({ retries, rate_limited, waited_seconds }: Readonly<Summary>): string {
  const parts = [];
  if (retries > 0) parts.push(plural(retries, 'retry', 'retries'));
  if (rate_limited > 0) parts.push(`${rate_limited} × 429`);
  if (waited_seconds > 0) parts.push(`waited ${waited_seconds} s for the rate limit`);
  return parts.length > 0 ? ` (${parts.join(', ')})` : '';
}
