import type { OpenedRun } from '../open-run.js';
import { policyFor, readAssets } from './assets.js';
import { BlockWriter } from './blocks.js';
import { namesIn } from '../contacts/names-in.js';
import { readRows } from './read-rows.js';
import { renderBody, renderHead } from './render-page.js';
import type { NameEntry, ReportData, RowEntry } from './report-data.js';
import { entryOf, FieldNumbers } from './row-entry.js';
import { Tally, type ReportRow } from './tally.js';
import type { Wait } from './timeline.js';

/** Rows in the table of the page: what a browser holds and searches without a pause. */
const MAX_ROWS = 250_000;

export interface ReportOptions {
  run: OpenedRun;
  /** Told of each piece of the page; waited for. */
  write: (text: string) => Promise<void>;
  /** When the run waited, to be marked in its chart. */
  waits?: AsyncIterable<Wait> | Iterable<Wait>;
  /** Rows in the table at most. Default: 250,000. */
  maxRows?: number;
}

/**
 * Writes a run as one HTML page that needs nothing else: no network, no other file. Rows are compressed as they are
 * read, in memory that does not grow with them.
 * @throws SyncError where the run's files are damaged
 */
export async function writeReport({ run, write, waits = [], maxRows = MAX_ROWS }: ReportOptions): Promise<void> {
  const { summary } = run;
  const assets = await readAssets();
  await write(renderHead(summary, assets, policyFor(assets)));

  const tally = new Tally();
  const fields = new FieldNumbers();
  const rows = new BlockWriter<RowEntry>('rows', write);
  const names = new BlockWriter<NameEntry>('names', write);
  const nameOf = namesIn(summary.input.header);
  const hasRoom = roomFor(maxRows, summary.plan.rows);
  let leftOut = 0;
  const read = readRows(run, async ({ row, cells = [] }) => {
    const name = nameOf(cells);
    if (name !== undefined) await names.add([row, name]);
  });
  for await (const row of read) {
    tally.add(row);
    if (hasRoom(row)) await rows.add(entryOf(row, fields));
    else leftOut++;
  }
  for await (const wait of waits) tally.timeline.mark(wait);

  const { start, width, buckets } = tally.timeline;
  const data: ReportData = {
    fields: fields.keys.map((key) => ({ key, label: summary.labels[key] ?? key })),
    chart: start === undefined ? undefined : { start, width, buckets },
    leftOut,
  };
  await rows.end();
  await names.end();
  const block = new BlockWriter<ReportData>('data', write);
  await block.add(data);
  await block.end();
  await write(renderBody(summary, tally, assets));
}

/** Where the table has no room for all rows, those that were already up to date are left out first. */
function roomFor(maxRows: number, all: number): (row: ReportRow) => boolean {
  let taken = 0;
  return ({ status }) => (all <= maxRows || status !== 'unchanged') && taken++ < maxRows;
}
