import type { CallKind } from '../model/calls.js';
import type { RateLimitInfo } from './rate-limit.js';

/**
 * When requests may be sent. Every request takes a slot, be it a read, a write or a retry. Limits and outages are
 * decorators, so an allowance that several processes share needs no more than this.
 */
export interface Budget {
  /**
   * Waits for the turn of a request.
   * @returns `late` if the turn comes only after `until`
   * @throws SyncError if the budget is used up; the signal's reason
   */
  acquire(call: SlotRequest): Promise<Slot | 'late'>;
  /** How long so many calls take as things stand. */
  estimate(calls: number): Promise<Estimate>;
}

export interface SlotRequest {
  kind: CallKind;
  /** Goes before those that wait. */
  first?: boolean;
  /** A request that could begin only later is not to be sent. Epoch milliseconds; by default never. */
  until?: number;
  signal: AbortSignal;
}

/** The right to send one request. It ends once, however the request does. */
export interface Slot {
  /** By the monotonic clock, milliseconds. */
  startedAt: number;
  /** @returns `outage` if the API is down for every call, so that a failure says nothing of this one */
  end(how: CallEnd): 'outage' | undefined;
}

/** How a request ended, as far as the budget is concerned. */
export type CallEnd =
  | { kind: 'answered'; info: RateLimitInfo }
  /** 429. */
  | { kind: 'refused'; info: RateLimitInfo }
  /** 5xx, which the server counted. */
  | { kind: 'failed'; info: RateLimitInfo }
  /** No answer at all. */
  | { kind: 'lost' }
  /** It was not sent. */
  | { kind: 'unused' };

/** By the rate limit alone. Milliseconds; Infinity: never. */
export interface Estimate {
  /** Until the first call may begin. */
  firstMs: number;
  /** Until the last one may. */
  lastMs: number;
  /** Calls that may begin at once before the reserve; undefined where the API has not told. */
  left: number | undefined;
}
