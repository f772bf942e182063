import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Logger } from 'winston';
import { startDeadline, type Deadline } from '../core/budget/deadline.js';
import { mirrorDir } from '../core/read/mirror.js';
import { isSyncError, SyncError } from '../core/model/errors.js';
import { redact } from '../core/model/redact.js';
import { openLog, type RunLog } from './log.js';
import { makeFolder, type RunFolder } from '../core/run/run-folder.js';
import type { RunState, Summary } from '../core/run/summary.js';
import { Tally } from '../core/run/tally.js';
import type { ApiClient } from '../core/api/client.js';
import { clientOf, Session } from '../core/run/session.js';
import type { Settings } from './settings/options.js';
import { claim } from './claim-run.js';
import { EXIT, exitCodeFor, exitCodeOf, type ExitCode } from './exit-codes.js';
import type { Io } from './io.js';
import { HINTS, messageOf } from './messages.js';
import { startProgress, type Progress } from './progress.js';
import { renderChanges } from './render-changes.js';
import { renderCost, renderReading, renderSummary, renderWrites } from './render-summary.js';
import { stopOn } from './signals.js';
import { printResult, printError } from './terminal.js';

export interface Job {
  folder: RunFolder;
  summary: Summary;
  /** The run's folder is to be made. */
  isNew: boolean;
  /** The run that a new one is about: both must have one target. */
  parent?: Summary;
  /** Refuses a run that exists already and is in no state for this verb. */
  assert?: (summary: Summary) => void;
  settings: Settings;
  key: string;
  io: Io;
  /** The exit code of a run that has finished; `exitCodeOf` by default. */
  exitCode?: (summary: Summary) => ExitCode;
}

/**
 * One verb on one run: the lock, the folder, the log, signals, progress and the summary around its story.
 * @returns the exit code
 * @throws SyncError, after summary.json tells of it
 */
export async function runJob(job: Job, story: (session: Session) => Promise<void>): Promise<ExitCode> {
  const { settings, io } = job;
  const progress = startProgress(settings.progress && !settings.json, io.stderr);
  const stop = new AbortController();
  const stopListening = stopOn(io.signal, stop, progress.write);
  try {
    return await perform(job, story, progress, stop);
  } finally {
    progress.end();
    stopListening();
    // Ends what still waits for a time to come.
    stop.abort(new Error('the run is over'));
  }
}

async function perform(
  job: Job,
  story: (session: Session) => Promise<void>,
  progress: Progress,
  stop: AbortController,
): Promise<ExitCode> {
  const { folder, summary, settings, key } = job;
  const { write } = progress;
  const deadline = startDeadline(settings, stop);
  if (job.isNew) await makeFolder(folder);
  const runLog = openLog({ file: folder.file('log'), level: settings.logLevel, key, write });
  const { log } = runLog;
  const { options, client } = connect(job, log, stop, deadline);
  let release: (() => Promise<void>) | undefined;
  try {
    release = await claim(job, client, stop.signal, write);
  } catch (error) {
    await abandon(job, client, runLog, error);
    throw error;
  }
  const { state: before } = summary;
  const tally = newTally(job, write);
  summary.reserve = options.reserve;
  const { onProgress } = progress;
  const session = new Session(options, { client, folder, tally, log, stop, onProgress, hints: HINTS });
  try {
    log.info('run begins', { run: folder.id, command: summary.command, dry_run: summary.dry_run });
    await tally.save(summary.state);
    await story(session);
    progress.end();
    tally.assertComplete();
    const code = (job.exitCode ?? exitCodeOf)(summary);
    await tally.end(summary.dry_run ? 'planned' : 'done', code);
    await print(job);
    log.info('run ends', { run: folder.id, exit_code: summary.exit_code, ...summary.counts });
    return code;
  } catch (cause) {
    const error = toSyncError(cause, client);
    progress.end();
    await endEarly(job, tally, before, error);
    log.info('run ends', { run: folder.id, exit_code: summary.exit_code });
    throw error;
  } finally {
    await session.close();
    await rm(folder.file('scratch'), { recursive: true, force: true });
    await runLog.end();
    await release?.();
    if (summary.exit_code === EXIT.usage && job.isNew && isUnread(summary)) await discard(folder);
  }
}

/** The client of the job, which every call goes through. */
function connect({ summary, settings, key }: Job, log: Logger, stop: AbortController, deadline: Deadline | undefined) {
  // What was to be left to others when the run was made is left to them by whatever continues it.
  const reserve = settings.reserve ?? summary.reserve;
  const options = { ...settings, reserve, key, mirror: mirrorOf(settings, key), deadline };
  return { options, client: clientOf(options, { log, stop }) };
}

/** Leaves a run that could not be begun as it was. A new one tells why, unless another run or the user stood in its way. */
async function abandon(job: Job, client: ApiClient, runLog: RunLog, cause: unknown): Promise<void> {
  const { folder, isNew, summary, settings, key, io } = job;
  client.close();
  await runLog.end();
  if (!isNew) return;
  const { code, message } = failureOf(cause, key);
  if (code === EXIT.usage || code === EXIT.locked) return discard(folder);
  const tally = new Tally(summary, folder.file('summary'), () => undefined);
  tally.watch(client);
  await tally.end('failed', code, message);
  if (settings.json) printResult(io, JSON.stringify(summary, null, 2));
}

/** What the summary tells of an error; never holds the key. */
function failureOf(error: unknown, key: string): { code: ExitCode; message: string } {
  return { code: exitCodeFor(error), message: redact(messageOf(error), key) };
}

/** No call was made but the one that tells whose key it is. */
function isUnread({ calls }: Summary): boolean {
  return calls.total === calls.me;
}

/** What is to be spent is told before it is spent. @param write puts a line on standard error */
function newTally({ folder, summary, settings }: Job, write: (line: string) => void): Tally {
  const announce = (lines: string | undefined): void => {
    if (lines !== undefined && !settings.json) lines.split('\n').forEach(write);
  };
  return new Tally(
    summary,
    folder.file('summary'),
    (planned) => announce(summary.dry_run ? undefined : renderCost(planned)),
    (choice) => announce(renderReading(choice)),
    (known, writes) => announce(renderWrites(known, writes)),
  );
}

export function mirrorOf({ mirror, runsDir, baseUrl, mirrorMaxAge }: Settings, key: string) {
  return mirror ? { dir: mirrorDir(runsDir, baseUrl, key), maxAge: mirrorMaxAge } : undefined;
}

/** What a user could have done otherwise is no longer a usage error once this process may have sent something. */
function toSyncError(cause: unknown, { traffic }: ApiClient): unknown {
  if (!isSyncError(cause) || cause.kind !== 'usage' || traffic.calls.patch === 0) return cause;
  return new SyncError('ended_midway', { code: cause.code, detail: cause.message }, { cause });
}

/** Keeps the summary true where the story did not finish. @param before the state in which it began */
async function endEarly(job: Job, tally: Tally, before: RunState, error: unknown): Promise<void> {
  const { folder, summary, settings, key, io } = job;
  const { code, message } = failureOf(error, key);
  try {
    await tally.end(stateAfter(code, job, before), code, message);
  } catch (cause) {
    printError(io, `summary.json could not be written: ${(cause as Error).message}`);
  }
  if (settings.json) printResult(io, JSON.stringify(summary, null, 2));
  if (code === EXIT.refused && !settings.json) printResult(io, renderSummary(summary, filesOf(folder, true)));
  if (summary.state === 'stopped' && code !== EXIT.usage) {
    const ended = Object.values(summary.counts).reduce((sum, count) => sum + count, 0);
    const of = summary.input.rows > 0 ? ` of ${summary.input.rows}` : '';
    printError(io, `${ended}${of} rows done; continue with: contact-sync resume ${folder.id}`);
  } else if (isPlan(summary.state) && code !== EXIT.refused) {
    printError(io, `nothing was sent; the plan is unchanged. Apply it with: contact-sync apply ${folder.id}`);
  }
}

function stateAfter(code: ExitCode, { folder, isNew }: Job, before: RunState): RunState {
  if (code === EXIT.refused) return 'refused';
  if (existsSync(folder.file('sent'))) return 'stopped';
  // A plan that was looked at must not be made again from other values: it is still to be applied.
  if (isPlan(before)) return before;
  // What keeps a run from continuing leaves it where it was.
  return code === EXIT.stopped || !isNew ? 'stopped' : 'failed';
}

/** Whether the run is a plan that may be applied. */
function isPlan(state: RunState): boolean {
  return state === 'planned' || state === 'refused';
}

/** A run that ended over its usage or its input holds nothing that is worth keeping, and must not become `latest`. */
async function discard({ dir }: RunFolder): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}

async function print({ folder, summary, settings, io }: Job): Promise<void> {
  if (settings.json) {
    printResult(io, JSON.stringify(summary, null, 2));
    return;
  }
  if (summary.dry_run && summary.counts.planned > 0) {
    printResult(io, (await renderChanges(folder.file('plan'), summary.counts.planned, summary.labels)) + '\n');
  }
  printResult(io, renderSummary(summary, filesOf(folder, summary.exit_code === EXIT.incomplete)));
}

function filesOf(folder: RunFolder, withRejected: boolean): Record<string, string> {
  const rejected = withRejected ? { rejected: folder.file('rejected') } : {};
  return { plan: folder.file('plan'), results: folder.file('results'), ...rejected, log: folder.file('log') };
}
