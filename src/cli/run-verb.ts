import path from 'node:path';
import type { RunEnd, SyncContext } from '../core/context.js';
import { kindOf } from '../core/model/errors.js';
import type { OnEvent } from '../core/model/events.js';
import { isRejected, STATUSES } from '../core/model/problem.js';
import { openedRun } from '../core/open-run.js';
import { RUN_FILES } from '../core/run/run-folder.js';
import { RUN_STATES } from '../core/run/state.js';
import { fileStore } from '../core/run/store.js';
import { isFulfilled, type Summary } from '../core/run/summary.js';
import { machineDir } from '../core/run/target.js';
import { EXIT, exitCodeFor, type ExitCode } from './exit-codes.js';
import { homeOf, type Io } from './io.js';
import { logEvent } from './log-events.js';
import { openLog, type RunLog } from './log.js';
import { HINTS, messageOf } from './messages.js';
import { startProgress, type Progress } from './progress.js';
import { renderChanges } from './render-changes.js';
import { renderRejected } from './render-rejected.js';
import { renderCost, renderReading, renderSummary, renderWrites, shortPath } from './render-summary.js';
import { stopOn } from './signals.js';
import { printResult, printError } from './terminal.js';
import type { Settings } from './settings/schemas.js';

/** What a command was given. */
export interface Given {
  settings: Settings;
  key: string;
  io: Io;
}

/** What the process exits with after a run: `fulfilled` where every row is as the CSV says. */
export type CodeOf = (summary: Readonly<Summary>, fulfilled: ExitCode) => ExitCode;

/**
 * One verb of the engine with the command line around it: progress, log, what is told before writes, and the result.
 * @throws what the verb does, after what is known of the run is printed
 */
export async function runVerb(
  given: Given,
  verb: (context: SyncContext) => Promise<RunEnd>,
  codeOf: CodeOf = (_, code) => code,
): Promise<ExitCode> {
  const { settings, io } = given;
  const progress = startProgress(settings.progress && !settings.json, io.stderr);
  const stopTelling = stopOn(io.signal, progress.write);
  const ends: RunEnd[] = [];
  const context = contextOf(given, progress, codeOf, (end) => void ends.push(end));
  try {
    const end = await verb(context);
    if (end.error instanceof Error) throw end.error;
    progress.end();
    await printEnd(given, end);
    if (settings.report) await reportAtEnd(end, io, settings.json);
    return end.summary.exit_code as ExitCode;
  } catch (error) {
    progress.end();
    if (ends[0]?.error !== undefined) {
      printEarlyEnd(given, ends[0]);
      if (settings.report && ends[0].isRecorded) await reportAtEnd(ends[0], io, settings.json);
    }
    throw error;
  } finally {
    stopTelling();
  }
}

function contextOf(given: Given, progress: Progress, codeOf: CodeOf, onEnd: (end: RunEnd) => void): SyncContext {
  const { settings, key, io } = given;
  const machine = machineDir(homeOf(io));
  let log: RunLog | undefined;
  const announce = announcer(settings, progress.write);
  const { pid, version } = process;
  return {
    api: { ...settings, key },
    store: fileStore({ dir: settings.runsDir, machineDir: machine, owner: { pid, version } }),
    waitLock: settings.waitLock ?? 0,
    ...(io.signal ? { signal: io.signal } : {}),
    exitCodeOf: (summary, error) =>
      error === undefined ? codeOf(summary, isFulfilled(summary) ? EXIT.ok : EXIT.incomplete) : exitCodeFor(error),
    hints: HINTS,
    messageOf,
    onEvent(event) {
      if (event.type === 'run_opened') {
        const file = path.join(event.dir, RUN_FILES.log);
        log = openLog({ file, level: settings.logLevel, key, write: progress.write });
      }
      progress.onEvent(event);
      announce(event);
      if (log) logEvent(log.log, event);
    },
    async onEnd(end) {
      const { run_id: run, exit_code, counts } = end.summary;
      if (end.isRecorded) log?.log.info('run ends', { run, exit_code, ...(end.error === undefined ? counts : {}) });
      await log?.end();
      onEnd(end);
    },
  };
}

/** `--report`: a page that cannot be written says nothing of what the run did, so it is no reason to fail. */
async function reportAtEnd({ folder, summary }: RunEnd, io: Io, json: boolean): Promise<void> {
  try {
    // Most runs write none.
    const { writeReportFile } = await import('./run-report.js');
    const file = await writeReportFile(openedRun(folder, summary), io);
    if (!json) printResult(io, `  report   ${shortPath(file)}`);
  } catch (error) {
    printError(io, `warning: the report could not be written: ${messageOf(error)}`);
  }
}

/** What is to be spent is told before it is spent, once. */
function announcer({ json }: Settings, write: (line: string) => void): OnEvent {
  if (json) return () => undefined;
  let isDryRun = false;
  let isTold = false;
  const tellLines = (text: string | undefined): void => text?.split('\n').forEach(write);
  return (event) => {
    if (event.type === 'run_began') isDryRun = event.dryRun;
    else if (event.type === 'reads_chosen') tellLines(renderReading(event.choice));
    else if (event.type === 'plan_ready') {
      isTold = true;
      if (!isDryRun) tellLines(renderCost(event));
    } else if (event.type === 'writes_begin' && !isTold) tellLines(renderWrites(event.writes, event.estimate));
    else if (event.type === 'waiting' && event.for === 'lock') {
      write(`waiting for ${event.holder}, which holds the lock`);
    }
  };
}

async function printEnd({ settings, io }: Given, { folder, summary }: RunEnd): Promise<void> {
  if (settings.json) {
    printResult(io, JSON.stringify(summary, null, 2));
    return;
  }
  const { counts, dry_run } = summary;
  if (dry_run && counts.planned > 0) {
    printResult(io, (await renderChanges(folder.file('plan'), counts.planned, summary.labels)) + '\n');
  }
  const rejected = STATUSES.filter(isRejected).reduce((sum, status) => sum + counts[status], 0);
  if (rejected > 0) printResult(io, (await renderRejected(folder.file('results'), rejected)) + '\n');
  printResult(io, renderSummary(summary, folder.dir, rejected > 0 ? folder.file('rejected') : undefined));
}

/** What is known of a run that ended before its time, and how to continue it. */
function printEarlyEnd({ settings, io }: Given, { folder, summary, error, isRecorded }: RunEnd): void {
  if (!isRecorded) return;
  const kind = kindOf(error);
  const { state, counts, input } = summary;
  if (settings.json) printResult(io, JSON.stringify(summary, null, 2));
  else if (kind === 'refused') printResult(io, renderSummary(summary, folder.dir, folder.file('rejected')));
  if (state === 'stopped' && kind !== 'usage') {
    const ended = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const of = input.rows > 0 ? ` of ${input.rows}` : '';
    printError(io, `${ended}${of} rows done; continue with: contact-sync resume ${folder.id}`);
  } else if (RUN_STATES[state].apply && kind !== 'refused') {
    printError(io, `Nothing was sent; the plan is unchanged. Apply it with: contact-sync apply ${folder.id}`);
  }
}
