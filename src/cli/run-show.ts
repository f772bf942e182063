import { didYouMean } from '../core/model/suggest.js';
import { STATUSES, type Status } from '../core/model/problem.js';
import { openRun, type OpenedRun } from '../core/open-run.js';
import { digestRun } from '../core/report/digest-run.js';
import { readNamedRows, type NamedRow } from '../core/report/named-rows.js';
import { screenFor } from './cockpit.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { openStore } from './open-store.js';
import type { Io } from './output/io.js';
import { oneLine } from './output/neutralise.js';
import { printPaged } from './output/pager.js';
import { printJson, printJsonLines } from './output/terminal.js';
import { codeOf } from './screen/changes.js';
import { wrapText } from './screen/layout.js';
import { count, plural } from '../core/report/format.js';
import { renderRow } from './screen/row.js';
import { renderRun } from './screen/run.js';
import { UsageError } from './settings/command-error.js';
import type { Settings } from './settings/schemas.js';

/** Which rows are listed. */
interface Filter {
  hasStatus: (status: Status) => boolean;
  hasField: (key: string) => boolean;
  /** Whether rows are chosen by their fields. */
  byField: boolean;
}

/**
 * `show <run>`: preview and result of a run, as when it was made; with `--status` or `--field`, the rows that match.
 * @param flags those of the command line, by option name
 * @throws UsageError for a status that does not exist; SyncError where the run is not there or is damaged
 */
export async function runShow(
  run: string,
  flags: Readonly<Record<string, unknown>>,
  settings: Settings,
  io: Io,
): Promise<ExitCode> {
  const [statuses, fields] = [listOf(flags['status']), listOf(flags['field'])];
  const unknown = statuses.find((status) => !STATUSES.some((name) => name === status));
  if (unknown !== undefined) {
    const known = `expected one of ${STATUSES.join(', ')}`;
    throw new UsageError(`--status: ${known}, got "${unknown}"${didYouMean(unknown, STATUSES)}`);
  }
  const opened = await openRun(await openStore(settings, io), run);
  const isFiltered = statuses.length + fields.length > 0;
  if (!isFiltered && settings.json) printJson(io, opened.summary);
  else if (!isFiltered) await printPaged(io, wholeRun(opened, settings, io));
  else {
    const filter = filterOf(statuses, fields, opened);
    if (settings.json) await printJsonLines(io, matchingJson(opened, filter, settings));
    else await printPaged(io, matchingRows(opened, filter, settings, io));
  }
  return EXIT.ok;
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** Fields are named by their key, or by what people call them. */
function filterOf(statuses: readonly string[], fields: readonly string[], { summary }: OpenedRun): Filter {
  const names = fields.map((field) => field.trim().toLowerCase());
  return {
    hasStatus: (status) => statuses.length === 0 || statuses.includes(status),
    hasField: (key) =>
      names.length === 0 || [key, summary.labels[key] ?? key].some((name) => names.includes(name.toLowerCase())),
    byField: names.length > 0,
  };
}

async function* wholeRun(run: OpenedRun, settings: Settings, io: Io): AsyncGenerator<string> {
  const { folder, summary } = run;
  const plan = await digestRun(folder, 'plan');
  const digest = summary.dry_run ? plan : await digestRun(folder, 'results');
  const screen = screenFor(io.stdout, io, settings, summary);
  yield renderRun(run, digest, plan, screen);
  const { state, error } = summary;
  if (error === null) return;
  const why = oneLine(error.replaceAll('\n', '; '));
  yield wrapText(`\n${why.startsWith(state) ? why : `${state}: ${why}`}`, screen.width);
}

async function* matching(run: OpenedRun, { hasStatus, hasField, byField }: Filter): AsyncGenerator<NamedRow> {
  for await (const row of readNamedRows(run)) {
    if (!hasStatus(row.status)) continue;
    const { changes = {}, error, warnings = [] } = row;
    const problems = error ? [error, ...warnings] : warnings;
    const fields = [...Object.keys(changes), ...problems.flatMap(({ field }) => field ?? [])];
    if (!byField || fields.some(hasField)) yield row;
  }
}

async function* matchingRows(run: OpenedRun, filter: Filter, settings: Settings, io: Io): AsyncGenerator<string> {
  const { summary } = run;
  const screen = screenFor(io.stdout, io, settings, summary);
  let rows = 0;
  for await (const row of matching(run, filter)) {
    rows++;
    yield renderRow(row, filter.hasField, summary.labels, screen);
  }
  yield `${rows > 0 ? '\n' : ''}${count(rows)} of ${plural(summary.input.rows, 'row')}`;
}

/** Rows as the files of the run have them; without values, what is left says which rows, how they ended and by which fields. */
async function* matchingJson(run: OpenedRun, filter: Filter, { values }: Settings): AsyncGenerator<object> {
  for await (const match of matching(run, filter)) {
    const { row, line, contact_id, who, status, changes, error, warnings } = match;
    yield values
      ? { row, line, contact_id, who, status, changes, error, warnings }
      : {
          ...{ row, line, status, fields: Object.keys(changes ?? {}) },
          ...(error ? { error: codeOf(error) } : {}),
          ...(warnings ? { warnings: warnings.map(codeOf) } : {}),
        };
  }
}
