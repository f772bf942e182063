import type { RateLimitInfo } from './rate-limit.js';
import type { Pace } from './by-headers.js';

/** What the rate limit of an organisation leaves, shared by the processes that call its API. */
export interface SharedAllowance {
  /** Tells the others what was learnt, and leases calls. Rejects where the others cannot be reached. */
  exchange(report: Report): Promise<Lease>;
  /** Resolves at once, or when it is known whether the run still holds its lock, where that is in doubt. */
  settled(): Promise<void>;
  /** Gives back what is still leased. Never rejects. */
  leave(): Promise<void>;
}

/** Times are milliseconds before now. */
export interface Report extends Pick<Pace, 'rate' | 'reserve'> {
  /** Calls to lease; 0: none. */
  wanted: number;
  /** Calls leased earlier that have not ended. */
  held: number;
  /** What an answer said since the last report. */
  heard?: { info: RateLimitInfo; begunAgo: number; heardAgo: number };
  /** Calls that ended since without a word of the allowance. */
  untold: number;
  /** Nobody is to call for so long: a 429 said so. */
  pauseMs?: number;
}

export interface Lease {
  /** Calls that may begin, at most as many as were wanted. */
  granted: number;
  /** How long none may, as far as is known, where none was granted. Milliseconds. */
  waitMs: number;
  /** As the API last said. */
  limit: number | undefined;
  /** Processes that share it, with this one. */
  sharers: number;
}

/** No process leases more at a time: those of one that dies are nobody's until they expire. */
export const MOST_LEASED = 10;
