import { SyncError, type ErrorKind } from '../model/errors.js';
import type { Summary } from './summary.js';

export type Verb = 'apply' | 'resume' | 'retry' | 'undo';

interface StateRow extends Record<Verb, boolean> {
  /** Every row has its end, as far as the run is meant to go. */
  isFinished: boolean;
}

/**
 * How far a run has come, and which verbs continue from there. What a verb refuses, it refuses with the state, so that
 * the message can say what to do in its place. `undo` needs requests that were sent as well.
 */
export const RUN_STATES = {
  /** The plan is being made, or its process died over it. */
  planning: { apply: false, resume: true, retry: false, undo: false, isFinished: false },
  /** A plan that waits to be applied. */
  planned: { apply: true, resume: false, retry: true, undo: false, isFinished: true },
  /** A plan that a guard held back; other guards may let it pass. */
  refused: { apply: true, resume: false, retry: true, undo: false, isFinished: true },
  /** Requests may have been sent, and its process is at work or died over it. */
  applying: { apply: false, resume: true, retry: false, undo: true, isFinished: false },
  /** It ended before its time, and can be resumed. */
  stopped: { apply: false, resume: true, retry: false, undo: true, isFinished: false },
  /** Every row has a result. */
  done: { apply: false, resume: false, retry: true, undo: true, isFinished: true },
  /** It ended before anything was sent. */
  failed: { apply: false, resume: false, retry: false, undo: false, isFinished: true },
  /** Another run put everything back. */
  undone: { apply: false, resume: false, retry: true, undo: false, isFinished: true },
} as const satisfies Record<string, StateRow>;

export type RunState = keyof typeof RUN_STATES;

export const STATES = Object.keys(RUN_STATES) as readonly RunState[];

/** @throws SyncError where the run is in no state for the verb */
export function assertCan(verb: Verb, { run_id: run, state, error, undone_by: by, purged_at: at }: Summary): void {
  if (at !== undefined) throw new SyncError('run_purged', { run, at });
  if (RUN_STATES[state][verb]) return;
  switch (verb) {
    case 'apply':
      throw new SyncError('not_applicable', { run, state });
    case 'resume':
      throw new SyncError('not_resumable', { run, state, error });
    case 'retry':
      throw new SyncError('not_retryable', { run, state });
    case 'undo':
      if (state === 'undone') throw new SyncError('already_undone', { run, by, isWhole: true });
      throw new SyncError('nothing_to_undo', { run, state });
  }
}

/**
 * The state of a run that ended before its time.
 * @param before the state in which it was begun
 * @param how.kind what ended it
 * @param how.isDeclined whether a person did not approve of the plan
 * @param how.hasSent whether a request may have been sent, by this process or an earlier one
 */
export function stateAfter(
  before: RunState,
  how: { kind: ErrorKind; hasSent: boolean; isNew: boolean; isDeclined: boolean },
): RunState {
  if (how.isDeclined) return 'planned';
  if (how.kind === 'refused') return 'refused';
  if (how.hasSent) return 'stopped';
  // A plan that was looked at must not be made again from other values: it is still to be applied.
  if (RUN_STATES[before].apply) return before;
  // What keeps a run from continuing leaves it where it was.
  return how.kind === 'stopped' || !how.isNew ? 'stopped' : 'failed';
}
