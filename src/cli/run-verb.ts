import { existsSync } from 'node:fs';
import path from 'node:path';
import { secretsOf, type Proxy } from '../core/api/proxy.js';
import type { RunEnd, SyncContext } from '../core/context.js';
import { hasCode, kindOf } from '../core/model/errors.js';
import { openedRun } from '../core/open-run.js';
import { digestRun } from '../core/report/digest-run.js';
import { wordsOf } from '../core/run/answers.js';
import { RUN_FILES } from '../core/run/run-folder.js';
import { RUN_STATES } from '../core/run/state.js';
import type { RunStore } from '../core/run/store.js';
import { isFulfilled, type Summary } from '../core/run/summary.js';
import type { OpenCoordination } from '../fleet/coordinate.js';
import { EXIT, exitCodeFor, type ExitCode } from './exit-codes.js';
import { machineDirOf } from './settings/machine-dir.js';
import type { Io } from './output/io.js';
import { logEvent } from './log-events.js';
import { openLog, type RunLog } from './log.js';
import { HINTS, messageOf } from './messages.js';
import { openStore } from './open-store.js';
import { screenFor, startCockpit, type Cockpit } from './cockpit.js';
import { count, plural } from '../core/report/format.js';
import { nextStep, runName } from './screen/next-step.js';
import { renderRun } from './screen/run.js';
import { shortPath } from './screen/short-path.js';
import { rememberOnceAccepted } from './settings/known-addresses.js';
import { stopOn } from './signals.js';
import { printError, printJson, printResult, printScreen } from './output/terminal.js';
import type { Settings } from './settings/schemas.js';
import { logWhere } from './tell-where.js';
import { tellWhich, type NamedRun } from './tell-which.js';

/** What a command was given. */
export interface Given {
  settings: Settings;
  key: string;
  /** For the API's address. */
  proxy: Proxy | undefined;
  io: Io;
  /** Told how the run ended. */
  onEnd?: (end: RunEnd) => void;
}

/** What the process exits with after a run: `fulfilled` where every row is as the CSV says. */
export type CodeOf = (summary: Readonly<Summary>, fulfilled: ExitCode) => ExitCode;

/**
 * One verb of the engine with the command line around it: progress, log, what is told before writes, and the result.
 * @param how.named the run that the command line names, if it names one
 * @param how.asks whether a person on a terminal is asked before the first write
 * @throws what the verb does, after what is known of the run is printed
 */
export async function runVerb(
  given: Given,
  verb: (context: SyncContext) => Promise<RunEnd>,
  { codeOf = (_, code) => code, asks = false, named }: { codeOf?: CodeOf; asks?: boolean; named?: NamedRun } = {},
): Promise<ExitCode> {
  const { settings, io } = given;
  const cockpit = startCockpit(settings, io, asks);
  const stopTelling = stopOn(io.signal, cockpit.write);
  let coordination: OpenCoordination | undefined;
  const ends: RunEnd[] = [];
  const onEnd = (end: RunEnd): void => {
    ends.push(end);
    given.onEnd?.(end);
  };
  try {
    const store = await openStore(settings, io);
    if (named) await tellWhich(store, named, cockpit.tell);
    const context = contextOf(given, store, cockpit, codeOf, onEnd);
    coordination = await join(settings, context);
    const end = await verb({ ...context, ...(coordination ? { coordination } : {}) });
    if (end.error instanceof Error) throw end.error;
    cockpit.end();
    await printEnd(given, end);
    if (settings.report) await reportAtEnd(end, given);
    return end.summary.exit_code as ExitCode;
  } catch (error) {
    cockpit.end();
    // What is shown must not hide what went wrong.
    if (ends[0]?.error !== undefined) {
      await printEarlyEnd(given, ends[0]).catch((why: unknown) => printError(io, messageOf(why)));
      if (settings.report && ends[0].isRecorded) await reportAtEnd(ends[0], given);
    }
    throw error;
  } finally {
    await coordination?.close();
    stopTelling();
  }
}

/** Joins the runs of other machines, where the settings say on which database. */
async function join({ coordinate: url }: Settings, { onEvent }: SyncContext): Promise<OpenCoordination | undefined> {
  return url === undefined ? undefined : (await import('../fleet/coordinate.js')).coordinate(url, onEvent);
}

function contextOf(
  given: Given,
  store: RunStore,
  cockpit: Cockpit,
  codeOf: CodeOf,
  onEnd: (end: RunEnd) => void,
): SyncContext {
  const { settings, key, proxy, io } = given;
  let log: RunLog | undefined;
  const secrets = [key, ...secretsOf(proxy)];
  const memory = rememberOnceAccepted(machineDirOf(settings, io), { ...settings, key });
  return {
    api: { ...settings, key, proxy },
    store,
    waitLock: settings.waitLock ?? 0,
    writing: settings,
    approval: { approved: settings.approved, isRequired: settings.requireApproval },
    ...(settings.organisation === undefined ? {} : { organisation: settings.organisation }),
    ...(io.signal ? { signal: io.signal } : {}),
    exitCodeOf: (summary, error) =>
      error === undefined ? codeOf(summary, isFulfilled(summary) ? EXIT.ok : EXIT.incomplete) : exitCodeFor(error),
    ...(cockpit.approve ? { approve: cockpit.approve } : {}),
    hints: HINTS,
    messageOf,
    onEvent(event) {
      if (event.type === 'run_opened') {
        const file = { path: path.join(event.dir, RUN_FILES.log), olderPath: path.join(event.dir, RUN_FILES.olderLog) };
        log = openLog({ file, run: event.run, level: settings.logLevel, secrets, write: cockpit.write });
        logWhere(settings, log.log);
      }
      memory.onEvent(event);
      cockpit.onEvent(event);
      if (log) logEvent(log.log, event);
    },
    async onEnd(end) {
      const { run_id: run, exit_code, counts } = end.summary;
      if (end.isRecorded) log?.log.info('run finished', { run, exit_code, ...(end.error === undefined ? counts : {}) });
      await log?.end();
      await memory.settled();
      onEnd(end);
    },
  };
}

/** `--report`: a page that cannot be written says nothing of what the run did, so it is no reason to fail. */
async function reportAtEnd({ folder, summary }: RunEnd, { io, settings: { json, quiet } }: Given): Promise<void> {
  try {
    // Most runs write none.
    const { writeReportFile } = await import('./run-report.js');
    const file = await writeReportFile(openedRun(folder, summary), io);
    if (!json && !quiet) printResult(io, `  report  ${shortPath(file)}`);
  } catch (error) {
    printError(io, `warning: the report could not be written: ${messageOf(error)}`);
  }
}

async function printEnd({ settings, io }: Given, { folder, summary }: RunEnd): Promise<void> {
  if (settings.json) return printJson(io, summary);
  if (settings.quiet) return;
  const digest = await digestRun(folder, summary.dry_run ? 'plan' : 'results');
  const screen = screenFor(io.stdout, io, settings, summary);
  printScreen(io.stdout, renderRun({ folder, summary }, digest, summary.dry_run ? digest : undefined, screen));
}

/** What is known of a run that ended before its time, and how to continue it. */
async function printEarlyEnd(given: Given, end: RunEnd): Promise<void> {
  const { folder, summary, error, isRecorded } = end;
  if (wordsOf(error) && existsSync(folder.file('answers'))) {
    printError(given.io, `what the API said is in ${shortPath(folder.file('answers'))}`);
  }
  if (!isRecorded) return;
  const kind = kindOf(error);
  const { state, counts, writes_planned } = summary;
  const hasBegun = summary.began_at !== null;
  if (given.settings.json || hasCode(error, 'plan_refused') || hasBegun) await printEnd(given, end);
  if (state === 'stopped' && (kind !== 'usage' || hasCode(error, 'connection_impossible'))) {
    const sent = hasBegun ? `${count(counts.updated)} of ${plural(writes_planned, 'update')} sent` : 'nothing was sent';
    const [what, command] = nextStep({ ...summary, run_id: runName(folder.dir) });
    printError(given.io, `${sent}; ${what} with: ${command}`);
  } else if (RUN_STATES[state].apply && kind !== 'refused') {
    printError(
      given.io,
      `Nothing was sent; the plan is unchanged. Apply it with: contact-sync apply ${runName(folder.dir)}`,
    );
  }
}
