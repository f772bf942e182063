import type { LockHolder } from '../../core/model/lock-holder.js';
import type { Phase, SyncEvent } from '../../core/model/events.js';
import { isRejected } from '../../core/model/problem.js';

/** Rows that fail for one reason, while the run goes on. */
export interface Cause {
  count: number;
  /** The status and the first one's code. */
  text: string;
}

/** How far a run is, for people. Times are epoch milliseconds. */
export interface ProgressState {
  phase: Phase | undefined;
  /** Rows, or contacts while they are read; `total` is 0 where it is not known. */
  done: number;
  total: number;
  /** PATCHes that the plan needs, and those that have been answered. */
  writes: number;
  sent: number;
  /** When the last write can end by the rate limit. */
  endsAt: number | undefined;
  /** Requests that may be sent at once. */
  callsLeft: number | undefined;
  /** Why nothing is sent for now. */
  wait: { for: (SyncEvent & { type: 'waiting' })['for']; until?: number; holder?: LockHolder | null } | undefined;
  causes: Map<string, Cause>;
}

export function newProgress(): ProgressState {
  return {
    ...{ phase: undefined, done: 0, total: 0, writes: 0, sent: 0 },
    ...{ endsAt: undefined, callsLeft: undefined, wait: undefined, causes: new Map<string, Cause>() },
  };
}

/** Brings the state up to date with one event, in place. @returns whether there is something new to show */
export function advance(state: ProgressState, event: SyncEvent, now: number): boolean {
  switch (event.type) {
    case 'phase':
      if (event.phase !== state.phase) state.wait = undefined;
      Object.assign(state, { phase: event.phase, done: event.done, total: event.total });
      return true;
    case 'plan_ready':
      state.writes = event.totals.writes;
      state.endsAt = timeOf(event.estimate.ends_at);
      return true;
    case 'writes_begin':
      state.writes = event.writes;
      state.endsAt = timeOf(event.estimate.ends_at);
      return true;
    case 'forecast':
      state.endsAt = timeOf(event.estimate.ends_at);
      state.callsLeft = event.callsLeft;
      return true;
    case 'row_ended':
      return endRow(state, event);
    case 'waiting':
      state.wait = event.for === 'lock' ? event : { for: event.for, until: now + event.ms };
      return true;
    case 'waited':
    case 'request':
      if (state.wait === undefined) return false;
      state.wait = undefined;
      return true;
    default:
      return false;
  }
}

function endRow(state: ProgressState, { outcome, recorded }: SyncEvent & { type: 'row_ended' }): boolean {
  const { status, attempts, error } = outcome;
  if (recorded) return false;
  if (attempts !== undefined) state.sent++;
  if (!isRejected(status)) return true;
  const text = `${status}: ${error?.code ?? status}${error?.field === undefined ? '' : ` (${error.field})`}`;
  const cause = state.causes.get(text) ?? { count: 0, text };
  cause.count++;
  state.causes.set(text, cause);
  return true;
}

function timeOf(iso: string | null): number | undefined {
  return iso === null ? undefined : Date.parse(iso);
}
