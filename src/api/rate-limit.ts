import type { IncomingHttpHeaders } from 'node:http';

/** What an answer says of the organisation's allowance; undefined where it says nothing. Times are epoch milliseconds. */
export interface RateLimitWord {
  limit?: number;
  remaining?: number;
  resetAt?: number;
  retryAt?: number;
}

/** Reads `X-RateLimit-*` and `Retry-After`, in seconds, milliseconds or as an HTTP date. Pure. */
export function readRateLimit(headers: IncomingHttpHeaders, now: number): RateLimitWord {
  const limit = readNumber(headers['x-ratelimit-limit']);
  const remaining = readNumber(headers['x-ratelimit-remaining']);
  const resetAt = readTime(headers['x-ratelimit-reset'], now);
  const retryAt = readTime(headers['retry-after'], now);
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(resetAt === undefined ? {} : { resetAt }),
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}

function readNumber(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || header.trim() === '') return undefined;
  const value = Number(header);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** Small numbers are seconds from now, large ones a Unix time in seconds, very large ones in milliseconds. */
function readTime(header: string | string[] | undefined, now: number): number | undefined {
  const value = readNumber(header);
  if (value !== undefined) {
    if (value < 1e9) return now + value * 1000;
    return value < 1e11 ? value * 1000 : value;
  }
  const date = typeof header === 'string' ? Date.parse(header) : NaN;
  return Number.isNaN(date) ? undefined : date;
}
