import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { isNativeError } from 'node:util/types';
import { startDeadlines } from './budget/deadline.js';
import { claimRun } from './claim-run.js';
import type { RunEnd, SyncContext } from './context.js';
import { withDefaults, type FullContext } from './defaults.js';
import type { OnEvent } from './model/events.js';
import { hasCode, isSyncError, kindOf, SyncError } from './model/errors.js';
import { redact } from './model/redact.js';
import { noteUndone } from './note-undone.js';
import { mirrorDir } from './read/mirror.js';
import { answersKeeper, wordsOf } from './run/answers.js';
import { SummaryKeeper } from './run/summary-keeper.js';
import { makeFolder, type RunFolder } from './run/run-folder.js';
import { stopWith } from './stop-with.js';
import type { ApiOptions } from './run/api-session.js';
import { Session } from './run/session.js';
import { stateAfter, type RunState } from './run/state.js';
import { scopeOf, scopeWith } from './run/target.js';
import { assertComplete, type Summary } from './run/summary.js';

export interface Job {
  folder: RunFolder;
  summary: Summary;
  /** The run's folder is to be made. */
  isNew: boolean;
  /** The run that a new one is about: both must have one target. */
  parent?: Summary;
  /** Refuses a run that exists already and is in no state for this verb. */
  assert?: (summary: Summary) => void;
}

/** A run while a verb works on it. */
export interface Work {
  job: Job;
  context: FullContext;
  keeper: SummaryKeeper;
  emit: OnEvent;
  stop: AbortController;
}

/**
 * One verb on one run: target, lock, folder, summary and a way to stop around its story.
 * @returns how the run ended
 * @throws what ended it before its time, after summary.json tells of it
 */
export async function runJob(
  given: SyncContext,
  job: Job,
  story: (session: Session) => Promise<void>,
): Promise<RunEnd> {
  const context = withDefaults(given);
  const stop = new AbortController();
  const stopListening = stopWith(context.signal, stop);
  const keeper = new SummaryKeeper(job.summary, job.folder.file('summary'));
  const keepAnswer = answersKeeper(job.folder);
  const emit: OnEvent = (event) => {
    keeper.note(event);
    keepAnswer(event);
    context.onEvent?.(event);
  };
  try {
    return await perform({ job, context, keeper, emit, stop }, story);
  } finally {
    stopListening();
    // Ends what still waits for a time to come.
    stop.abort(new Error('the run is over'));
  }
}

async function perform(work: Work, story: (session: Session) => Promise<void>): Promise<RunEnd> {
  const { job, context, keeper, emit, stop } = work;
  const { folder, summary } = job;
  const options = connectionOf(work);
  if (job.isNew) await makeFolder(folder);
  emit({ type: 'run_opened', run: folder.id, dir: folder.dir });
  const session = new Session(options, { folder, keeper, emit, stop, hints: context.hints, approve: context.approve });
  let release: (() => Promise<void>) | undefined;
  const end: RunEnd = { folder, summary, isRecorded: false };
  let isWorthless = false;
  try {
    release = await claimRun(work, session.api);
    shareAllowance(work, session);
    await tell(work, story, session);
    end.isRecorded = true;
    return end;
  } catch (error) {
    end.error = error;
    const said = wordsOf(error);
    if (said) emit({ type: 'api_words', ...said });
    isWorthless = endedForNothing(job, error);
    // What could not be begun stays as it was. A new run tells why, unless it goes.
    if (release === undefined && job.isNew && !isWorthless) await finish(work, 'failed', error);
    end.isRecorded = release !== undefined || (job.isNew && !isWorthless);
    throw error;
  } finally {
    await session.close();
    await context.onEnd?.(end);
    await release?.();
    if (isWorthless) await discard(folder);
  }
}

/** From here on the run's calls are counted with those of the organisation's other runs, where these share. */
function shareAllowance({ job, context: { coordination, api } }: Work, session: Session): void {
  const { target } = job.summary;
  if (coordination === undefined || target === null) return;
  session.share(coordination.allowance(scopeWith(target, api.key, coordination.salt)));
}

/** The story of a run that is claimed, with the summary true at its end, whatever that is. */
async function tell(work: Work, story: (session: Session) => Promise<void>, session: Session): Promise<void> {
  const { keeper, emit } = work;
  const { folder, summary } = work.job;
  const { state: before } = summary;
  const { patch: sentBefore } = summary.calls;
  try {
    emit({ type: 'run_began', run: folder.id, command: summary.command, dryRun: summary.dry_run });
    await keeper.save();
    await story(session);
    assertComplete(summary);
    await noteUndone(folder, summary);
    await finish(work, summary.dry_run ? 'planned' : 'done');
  } catch (cause) {
    const error = toSyncError(cause, folder, summary.calls.patch > sentBefore);
    const hasSent = existsSync(folder.file('sent'));
    const isDeclined = hasCode(error, 'not_approved');
    const state = stateAfter(before, { kind: kindOf(error), hasSent, isNew: work.job.isNew, isDeclined });
    await finish(work, state, error).catch((why: Error) =>
      emit({ type: 'warning', code: 'summary_not_saved', facts: { why: why.message } }),
    );
    throw error;
  }
}

/** Where the API is and what may be spent, with what the run itself is to leave to others. */
function connectionOf({ context, job, stop }: Work): ApiOptions {
  const { api, store } = context;
  // What was to be left to others when the run was made is left to them by whatever continues it.
  const reserve = api.reserve ?? job.summary.reserve;
  job.summary.reserve = reserve;
  const dir = async (): Promise<string> => {
    if (job.summary.target === null) throw new Error('the mirror is asked for before the run is claimed');
    return mirrorDir(store.dir, await scopeOf(job.summary.target, api.key, store.machineDir));
  };
  const mirror = api.mirror ? { dir, maxAge: api.mirrorMaxAge } : undefined;
  return { ...api, reserve, mirror, deadlines: startDeadlines(api, stop) };
}

/** The end of a run is put down in its summary. */
async function finish({ job, context, keeper }: Work, state: RunState, error?: unknown): Promise<void> {
  // What a program's own exit code is, it knows best.
  const exit_code = context.exitCodeOf?.(job.summary, error) ?? null;
  const error_code = isSyncError(error) ? error.code : null;
  await keeper.end({ state, exit_code, error: error === undefined ? null : messageOf(error, context), error_code });
}

/** What the summary tells of an error; never holds the key, nor the API's own words. */
function messageOf(error: unknown, { api, messageOf: say }: FullContext): string {
  return redact(say?.(error) ?? (isNativeError(error) ? error.message : String(error)), api.key);
}

/** A new run that ended over its usage or its input, or behind another run's lock, goes: it must not become `latest`. */
function endedForNothing({ isNew, summary: { calls } }: Job, error: unknown): boolean {
  // No call reached the API.
  if (isNew && hasCode(error, 'connection_impossible') && calls.patch === 0) return true;
  const kind = kindOf(error);
  // No call was made but the one that tells whose key it is.
  return isNew && (kind === 'usage' || kind === 'locked') && calls.total === calls.me;
}

/** A full disk can be emptied. What a user could have done otherwise is no longer a usage error once this process may have sent something. */
function toSyncError(cause: unknown, { dir }: RunFolder, hasSent: boolean): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new SyncError('disk_full', { dir, errno: code }, { cause });
  if (!isSyncError(cause) || cause.kind !== 'usage' || !hasSent) return cause;
  return new SyncError('ended_midway', { code: cause.code, detail: cause.message }, { cause });
}

async function discard({ dir }: RunFolder): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}
