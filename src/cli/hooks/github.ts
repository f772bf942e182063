import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunEnd } from '../../core/context.js';
import { isRejected, STATUSES, withoutValues } from '../../core/model/problem.js';
import { openedRun } from '../../core/open-run.js';
import { count, plural, sheetRow } from '../../core/report/format.js';
import { readRows } from '../../core/report/read-rows.js';
import type { ReportRow } from '../../core/report/tally.js';
import type { Summary } from '../../core/run/summary.js';
import { oneLine } from '../output/neutralise.js';
import type { Env, Io } from '../output/io.js';
import { printLine } from '../output/terminal.js';
import { codeOf } from '../screen/changes.js';
import { runName } from '../screen/next-step.js';
import { nextCommand } from '../screen/summary.js';
import type { Ending } from './ending.js';

/** GitHub shows ten errors a step. */
const MOST_ANNOTATIONS = 10;
/** Rows listed in the summary of a step, which may have 1 MiB. */
const MOST_LISTED = 50;

/** Rows that were not applied, or would not be. */
interface BadRows {
  total: number;
  /** The first ones, in file order as far as they ended so. */
  first: readonly ReportRow[];
}

/** Whether a command's end is to be told to GitHub Actions, which runs it. */
export function isGithub(env: Env, command: string): boolean {
  return env['GITHUB_ACTIONS'] === 'true' && (command === 'plan' || command === 'sync');
}

/**
 * Adds a summary to the step, and an annotation to the line of each row that is not applied. Others read both: they show
 * rows, codes and field names, and no values.
 * @throws where the run's files cannot be read, or the summary cannot be written
 */
export async function tellGithub(ending: Ending, io: Pick<Io, 'env' | 'stderr'>): Promise<void> {
  const { end } = ending;
  const bad = end ? await findBadRows(end) : { total: 0, first: [] };
  if (end) for (const line of annotationsOf(bad, end.summary, io.env)) printLine(io.stderr, line);
  const file = io.env['GITHUB_STEP_SUMMARY'] ?? '';
  if (file !== '') await appendFile(file, renderStepSummary(ending, bad));
}

async function findBadRows({ folder, summary }: RunEnd): Promise<BadRows> {
  const first: ReportRow[] = [];
  let total = 0;
  for await (const row of readRows(openedRun(folder, summary))) {
    if (!isRejected(row.status)) continue;
    total++;
    if (first.length < MOST_LISTED) first.push(row);
  }
  return { total, first };
}

/** Workflow commands, a line each; what does not fit is counted in the last one. Pure. */
export function annotationsOf({ total, first }: BadRows, { input, command }: Readonly<Summary>, env: Env): string[] {
  const shown = first.slice(0, total > MOST_ANNOTATIONS ? MOST_ANNOTATIONS - 1 : MOST_ANNOTATIONS);
  const root = env['GITHUB_WORKSPACE'] ?? '.';
  const file = input.path === '-' ? {} : { file: path.relative(root, path.resolve(input.path)) };
  const lines = shown.map((row) =>
    toCommand({ ...file, line: String(row.line), title: `contact-sync: ${row.status}` }, reasonOf(row)),
  );
  if (total <= shown.length) return lines;
  const more = `${plural(total - shown.length, 'more row')} not applied: see the log of contact-sync ${command}`;
  return [...lines, toCommand({ ...file, title: 'contact-sync' }, more)];
}

/** The row, and why it is not applied. Words of the API and of guards may quote a contact. */
function reasonOf({ row, status, error }: ReportRow): string {
  const why = status === 'invalid' && error ? withoutValues(error.message) : codeOf(error ?? { code: status });
  return `row ${sheetRow(row)}: ${why}`;
}

/** `::error file=edits.csv,line=3::…`, so that no text ends its part or begins another command. */
function toCommand(properties: Readonly<Record<string, string>>, message: string): string {
  const text = (part: string): string =>
    oneLine(part).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (part: string): string => text(part).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const list = Object.entries(properties).map(([name, value]) => `${name}=${property(value)}`);
  return `::error ${list.join(',')}::${text(message)}`;
}

/** Markdown for the page of the workflow's run. Pure. */
export function renderStepSummary(ending: Ending, { total, first }: BadRows): string {
  const { command, exitCode, meaning, end } = ending;
  const title = `### contact-sync ${command}: exit ${exitCode}\n\n${escapeMarkdown(meaning)}.`;
  if (end === undefined) return `${title} The log of this step says why.\n\n`;
  const { summary } = end;
  const { counts, digest, run_id, target, input, changes, labels } = summary;
  const name = target?.organisation?.name ?? target?.organisation?.id;
  const next = nextCommand({ ...summary, run_id: runName(end.folder.dir) });
  const parts = [
    title,
    `${escapeMarkdown(input.path === '-' ? 'standard input' : path.basename(input.path))}` +
      `${name === undefined ? '' : ` for ${escapeMarkdown(name)}`}, run \`${run_id}\``,
    toTable(
      ['status', 'rows'],
      STATUSES.filter((s) => counts[s] > 0).map((s) => [s, count(counts[s])]),
    ),
    toTable(
      ['field', 'changes'],
      Object.entries(changes).map(([key, n]) => [labels[key] ?? key, count(n)]),
    ),
    toTable(
      ['row', 'line', 'status', 'reason'],
      first.map((row) => cellsOf(row)),
    ),
    total > first.length ? `… and ${plural(total - first.length, 'more row')} not applied.` : '',
    digest === null ? '' : `Plan digest: \`${digest}\``,
    next === null ? '' : `Next: \`${next}\``,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n\n`;
}

function cellsOf(row: ReportRow): string[] {
  return [String(sheetRow(row.row)), String(row.line), row.status, reasonOf(row).replace(/^row \d+: /, '')];
}

/** @returns empty without rows */
function toTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const lines = [header, header.map(() => '---'), ...rows.map((cells) => cells.map(escapeMarkdown))];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** A text that stays what it is in Markdown, in one line. */
function escapeMarkdown(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
  return oneLine(text)
    .replace(/[\\`*_[\]|~#@!]/g, '\\$&')
    .replace(/[&<>]/g, (sign) => entities[sign] ?? sign);
}
