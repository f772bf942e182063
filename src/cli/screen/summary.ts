import { CALL_KINDS } from '../../core/model/calls.js';
import type { Summary } from '../../core/run/summary.js';
import { isRejected, STATUSES, type Status } from '../../core/model/problem.js';
import { RUN_STATES } from '../../core/run/state.js';
import type { Digest } from '../../core/report/digest.js';
import { oneLine } from '../output/neutralise.js';
import { renderFields, type Screen } from './changes.js';
import { sayReads, sayWrites } from './cost.js';
import { renderTable } from './layout.js';
import { count, plural } from '../../core/report/format.js';
import { nextStep, runName } from './next-step.js';
import { shortPath } from './short-path.js';

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
 * @param digest of what was changed, or would be
 * @param folder the run's
 */
export function renderSummary(
  summary: Readonly<Summary>,
  digest: Digest,
  folder: { dir: string; file(name: 'rejected'): string },
  screen: Screen,
): string {
  const { input, counts, calls, reads, labels } = summary;
  const statuses = STATUSES.filter((status) => counts[status] > 0).map((status) => [
    `  ${count(counts[status])}`,
    status,
    MEANING[status],
  ]);
  const facts: Fact[] = [
    ['purged', summary.purged_at && `${summary.purged_at.slice(0, 10)}: the files of this run hold no values any more`],
    ['format', sayEquivalent(summary)],
    ['empty', sayEmptyCells(summary)],
    ['not kept', sayNotKept(summary)],
    ['calls', (calls.total > 0 ? `${count(calls.total)}: ${callsByKind(calls)}` : '0') + trouble(summary)],
    ['reads', reads && input.rows > 0 ? sayReads(reads) : undefined],
    ['to send', counts.planned > 0 ? sayWrites(summary.writes_planned, summary.estimate) : undefined],
  ];
  const rejected = folder.file('rejected');
  const files: Fact[] = [
    ['files', shortPath(folder.dir)],
    ['rejected', rejectedRows(summary) > 0 && summary.purged_at === undefined ? shortPath(rejected) : undefined],
    ...nextSteps({ ...summary, run_id: runName(folder.dir) }, shortPath(rejected)).map(([what, command]): Fact => [
      what,
      command,
    ]),
  ];
  const parts = [
    title(summary),
    renderTable(statuses, [{ align: 'right' }], screen.width),
    digest.changes.size > 0 ? renderFields(digest, labels, screen) : '',
    labelled(facts, screen),
    labelled(files, screen),
    sayDigest(summary),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** On a line of its own, which nothing wraps: people and scripts copy it. */
function sayDigest({ state, digest, writes_planned }: Readonly<Summary>): string {
  const isWaiting = RUN_STATES[state].apply && writes_planned > 0;
  return isWaiting && digest ? `digest  ${digest}` : '';
}

type Fact = readonly [label: string, text: string | undefined];

function labelled(facts: readonly Fact[], { width, colors }: Screen): string {
  const told = facts.flatMap(([label, text]) => (text === undefined ? [] : [[`  ${colors.dim(label)}`, text]]));
  return renderTable(told, [], width);
}

/** Rows that are not as the CSV says. */
export function rejectedRows({ counts }: Pick<Summary, 'counts'>): number {
  return STATUSES.filter(isRejected).reduce((sum, status) => sum + counts[status], 0);
}

/** What a person may want to do next, and the command for it. */
function nextSteps(summary: Readonly<Summary>, rejected: string): (readonly [string, string])[] {
  const { run_id, state, counts, purged_at } = summary;
  const steps: (readonly [string, string])[] = [];
  if (purged_at !== undefined) return steps;
  if (RUN_STATES[state].apply && counts.planned > 0) steps.push(['apply', `contact-sync apply ${run_id}`]);
  if (state === 'stopped') steps.push(nextStep(summary));
  if (state !== 'done') return steps;
  const { failed, unknown, conflict } = counts;
  if (failed + unknown + conflict > 0) steps.push(['retry', `contact-sync retry ${run_id}`]);
  else if (rejectedRows(summary) > 0) steps.push(['correct', `the rows of ${rejected}, then sync that file`]);
  if (counts.updated > 0) steps.push(['undo', `contact-sync undo ${run_id}`]);
  return steps;
}

/** The command that continues a run, or shows what a person has to decide on; null where nothing is left to do. */
export function nextCommand(summary: Readonly<Summary>): string | null {
  const { run_id, state, exit_code, counts } = summary;
  if (state === 'stopped') return nextStep(summary)[1];
  if (state === 'planning' || state === 'applying') return `contact-sync resume ${run_id}`;
  if (state === 'planned' && counts.planned > 0) return `contact-sync apply ${run_id}`;
  if (state === 'done' && counts.failed + counts.unknown > 0) return `contact-sync retry ${run_id}`;
  return exit_code === 0 || state === 'failed' ? null : `contact-sync show ${run_id}`;
}

/** The run, what it is about, and how many rows that has. */
function title({ run_id, command, input }: Readonly<Summary>): string {
  const subject =
    command === 'undo' ? `undo of ${input.path}` : input.path === '-' ? 'standard input' : shortPath(input.path);
  return `${run_id}  ${subject}  ${input.rows === 0 ? 'no rows' : plural(input.rows, 'row')}`;
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

/** Counts by the names that people know the fields by. */
function named(counts: Readonly<Record<string, number>>, { labels }: Pick<Summary, 'labels'>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([key, count]) => [oneLine(labels[key] ?? key), count]));
}

/** `title 4, notes 2`, the most first. */
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
