import { localMinute } from '../../core/model/local-minute.js';
import { STATUSES } from '../../core/model/problem.js';
import type { Summary } from '../../core/run/summary.js';
import { oneLine } from '../output/neutralise.js';
import type { Screen } from './changes.js';
import { duration } from './duration.js';
import { renderTable, tableWidth, wrapText, type Column } from './layout.js';
import { count } from '../../core/report/format.js';
import { shortPath } from './short-path.js';

/** A run as it is listed. */
export interface ListedRun {
  summary: Readonly<Summary>;
  /** As the summary has it, but `running` or `stopped` while it is at work, by whether its process lives. */
  state: string;
}

/** What is told of a run, in plain words. */
interface RunTexts {
  id: string;
  started: string;
  file: string;
  organisation: string;
  command: string;
  state: string;
  took: string;
  result: string;
}

/** Columns that a result needs in a table. */
const MIN_RESULT = 30;

/**
 * The runs as a table with a header. Where a terminal has no room for all of its columns, the last one takes what a run
 * was about; where it has no room for that, each run is a few lines.
 * @param now ms since the epoch
 */
export function renderRuns(
  runs: readonly ListedRun[],
  now: number,
  { width, colors }: Pick<Screen, 'width' | 'colors'>,
): string {
  const texts = runs.map((run) => textsOf(run, now));
  const wide = table(['run', 'started', 'file', 'organisation', 'command', 'state', 'took', 'result'], (run) => [
    ...[run.id, run.started, run.file, run.organisation, run.command, run.state, run.took, run.result],
  ]);
  const narrow = table(['run', 'started', 'command', 'state', 'took', 'result'], (run) => [
    ...[run.id, run.started, run.command, run.state, run.took, joined('\n', run.result, aboutOf(run))],
  ]);
  return wide ?? narrow ?? texts.map((run) => blockOf(run, width, colors)).join('\n');

  function table(header: readonly string[], cells: (run: RunTexts) => readonly string[]): string | undefined {
    const rows = texts.map(cells);
    if (tableWidth([header, ...rows].map((row) => row.slice(0, -1))) + 2 + MIN_RESULT > width) return undefined;
    const columns = header.map((name): Column => (name === 'took' ? { align: 'right' } : {}));
    return renderTable([header.map((name) => colors.bold(name)), ...rows], columns, width);
  }
}

function blockOf(run: RunTexts, width: number, colors: Screen['colors']): string {
  const { id, started, file, organisation, command, state, took, result } = run;
  const head = joined('  ', colors.bold(id), command, state, took);
  const lines = [head, `  ${joined('  ', started, file, organisation)}`, `  ${result}`];
  return lines.map((line) => wrapText(line, width, 2)).join('\n');
}

function aboutOf({ file, organisation }: RunTexts): string {
  return joined(', ', file, organisation);
}

function joined(between: string, ...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(between);
}

function textsOf({ summary, state }: ListedRun, now: number): RunTexts {
  const { run_id: id, parent, input, target, started_at } = summary;
  const { name, id: organisation } = target?.organisation ?? { name: null, id: undefined };
  const file = parent !== null ? `of ${parent}` : input.path === '-' ? 'standard input' : shortPath(input.path);
  return {
    ...{ id, started: localMinute(new Date(started_at)), file, state, command: commandOf(summary) },
    organisation: oneLine(name ?? organisation ?? (target === null ? '' : new URL(target.base_url).host)),
    took: tookOf(summary, state, now),
    result: resultOf(summary),
  };
}

/** What a run did: a plan that was applied later is no plan any more. */
function commandOf({ command, dry_run: isDryRun }: Readonly<Summary>): string {
  if (command === 'plan') return isDryRun ? command : 'apply';
  return isDryRun ? `${command} --dry-run` : command;
}

/** How long it was at work; empty where its process died and nobody knows. A plan applied later counts from then on. */
function tookOf({ command, dry_run, started_at, began_at, ended_at }: Readonly<Summary>, state: string, now: number) {
  const wasApplied = command === 'plan' && !dry_run;
  const since = Date.parse((wasApplied ? began_at : null) ?? started_at);
  const until = state === 'running' ? now : ended_at === null ? NaN : Date.parse(ended_at);
  return Number.isNaN(until) ? '' : duration(Math.max(0, until - since) / 1000);
}

/** `203 updated, 14 held`, and why a run ended before its time. */
function resultOf({ counts, error, input }: Readonly<Summary>): string {
  const ended = STATUSES.filter((status) => counts[status] > 0).map((status) => `${count(counts[status])} ${status}`);
  const rows = ended.length === 0 && error === null && input.rows === 0 ? 'no rows' : ended.join(', ');
  return joined(': ', rows, error === null ? '' : oneLine(error.replaceAll('\n', '; ')));
}
