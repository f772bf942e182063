import { PassThrough, type Transform } from 'node:stream';
import { openRun, type OpenedRun } from '../core/open-run.js';
import { changesAsCsv } from '../core/report/changes-csv.js';
import { writeReport } from '../core/report/write-report.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { csvEncoder, openTarget, writeRecords } from './export-target.js';
import type { Io } from './output/io.js';
import { openStore } from './open-store.js';
import { readWaits } from './read-waits.js';
import { shortPath } from './screen/short-path.js';
import type { Settings } from './settings/schemas.js';
import { printError, printResult } from './output/terminal.js';

/**
 * `report <run>`: the run as a page, in its folder or where `--out` says; with `--csv` its changes as CSV.
 * @throws UsageError where the file is not to be written; SyncError where the run is not there or is damaged
 */
export async function runReport(run: string, asCsv: boolean, settings: Settings, io: Io): Promise<ExitCode> {
  const { out, force } = settings;
  const opened = await openRun(await openStore(settings, io), run);
  if (asCsv) {
    const name = await writeCsv(opened, { out, force, io });
    if (out !== undefined) printError(io, `changes of run ${opened.folder.id} written to ${name}`);
  } else if (out === undefined) printResult(io, shortPath(await writeReportFile(opened, io)));
  else printError(io, `report of run ${opened.folder.id} written to ${await writePage(opened, { out, force, io })}`);
  return EXIT.ok;
}

/** Writes the page of a run into its folder, in place of an earlier one. @returns its path */
export function writeReportFile(run: OpenedRun, io: Io): Promise<string> {
  return writePage(run, { out: run.folder.file('report'), force: true, io });
}

/** Where a report goes. */
interface To {
  out: string | undefined;
  force: boolean;
  io: Io;
}

function writePage(run: OpenedRun, to: To): Promise<string> {
  const waits = readWaits(run.folder.file('olderLog'), run.folder.file('log'));
  return writeTo<string>(to, new PassThrough(), (write) => writeReport({ run, waits, write }));
}

function writeCsv(run: OpenedRun, to: To): Promise<string> {
  return writeTo<readonly string[]>(to, csvEncoder(), async (write) => {
    for await (const record of changesAsCsv(run)) await write(record);
  });
}

async function writeTo<R>(
  { out, force, io }: To,
  encoder: Transform,
  fill: (write: (record: R) => Promise<void>) => Promise<void>,
): Promise<string> {
  const target = await openTarget(out, force, io.stdout, io.signal ?? new AbortController().signal);
  try {
    await writeRecords(target, encoder, fill);
    return target.name;
  } finally {
    await target.discard();
  }
}
