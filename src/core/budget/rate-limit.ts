import type { IncomingHttpHeaders } from 'node:http';

/** What an answer says of the organisation's allowance; undefined where it says nothing. */
export interface RateLimitInfo {
  limit?: number;
  remaining?: number;
  /** Milliseconds from the answer until the reset; negative where it has passed. */
  resetMs?: number;
  /** Milliseconds from the answer until the call may be made again. */
  retryMs?: number;
}

/** A reset so far off is a header misread. */
const LONGEST_RESET_MS = 24 * 60 * 60 * 1000;

/** Clocks that differ by less are taken for equal: `Date` is in whole seconds, and answers take their time. */
const [BEHIND_MS, AHEAD_MS] = [500, 2000];

/**
 * Reads `X-RateLimit-*` and `Retry-After`, in seconds, milliseconds or as an HTTP date. Dates are by the server's clock,
 * which `Date` tells. Pure.
 * @param now epoch milliseconds: needed only to turn dates into durations
 */
export function readRateLimit(headers: IncomingHttpHeaders, now: number): RateLimitInfo {
  const serverNow = now - clockAhead(headers.date, now);
  const limit = readNumber(headers['x-ratelimit-limit']);
  const remaining = readNumber(headers['x-ratelimit-remaining']);
  const resetMs = readTime(headers['x-ratelimit-reset'], serverNow);
  const retryMs = readTime(headers['retry-after'], serverNow);
  const retry = retryMs === undefined ? {} : { retryMs };
  // So some gateways say that there is no limit.
  if (limit !== undefined && limit <= 0) return retry;
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining: Math.max(0, remaining) }),
    ...(resetMs === undefined || resetMs > LONGEST_RESET_MS ? {} : { resetMs }),
    ...retry,
  };
}

function readNumber(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || header.trim() === '') return undefined;
  const value = Number(header);
  return Number.isFinite(value) ? value : undefined;
}

/** How far our clock is ahead of the server's, in whole seconds and rather too far; 0 where they agree. Milliseconds. */
function clockAhead(date: string | undefined, now: number): number {
  const ahead = now - Date.parse(date ?? '');
  const isSame = ahead > -BEHIND_MS && ahead < AHEAD_MS;
  return isSame || Number.isNaN(ahead) ? 0 : Math.ceil(ahead / 1000) * 1000;
}

/** A Unix time in seconds, milliseconds or microseconds, by how large it is. */
const UNITS_MS = [
  [1e11, 1000],
  [1e14, 1],
  [1e17, 1e-3],
] as const;

/** Small numbers are seconds from now, large ones a Unix time in seconds, larger ones in milliseconds or less. */
function readTime(header: string | string[] | undefined, serverNow: number): number | undefined {
  const value = readNumber(header);
  if (value !== undefined) {
    if (value < 0) return undefined;
    if (value < 1e9) return value * 1000;
    return value * (UNITS_MS.find(([below]) => value < below)?.[1] ?? 1e-6) - serverNow;
  }
  const date = typeof header === 'string' ? Date.parse(header) : NaN;
  return Number.isNaN(date) ? undefined : date - serverNow;
}
