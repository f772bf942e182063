/** A sliding window: at most `limit` requests within any `windowMs`. */
export interface RateLimit {
  limit: number;
  /** In milliseconds. */
  windowMs: number;
  /** The unit of `X-RateLimit-Reset`. Default: whole seconds. */
  resetIn?: 'seconds' | 'milliseconds';
}

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Parses `100/m`, `1000/h`, `10/s` or `40/2s`. Throws an Error that says what is expected. */
export function parseRateLimit(text: string): RateLimit {
  const [, limit, count = '1', unit = ''] = /^\s*(\d+)\s*\/\s*(\d+)?\s*(ms|s|m|h)\s*$/.exec(text) ?? [];
  const rate = { limit: Number(limit), windowMs: Number(count) * (UNIT_MS[unit] ?? NaN) };
  if (!(rate.limit > 0 && rate.windowMs > 0)) {
    throw new Error(`"${text}" is not a rate limit: write requests/time, such as 100/m, 1000/h or 40/2s`);
  }
  return rate;
}

/** What the window says of a request. */
export interface Admission {
  admitted: boolean;
  limit: number;
  remaining: number;
  /** When the oldest counted request leaves the window: milliseconds since 1970. */
  resetAt: number;
}

/** A sliding window over the admitted requests; refused ones do not count. */
export class SlidingWindow {
  private times: number[] = [];
  private oldest = 0;

  constructor(readonly rate: RateLimit) {}

  /** Admits and counts a request that arrives at `now` (milliseconds since 1970), or refuses it. */
  admit(now: number): Admission {
    const { limit, windowMs } = this.rate;
    while (this.oldest < this.times.length && (this.times[this.oldest] ?? 0) <= now - windowMs) this.oldest++;
    if (this.oldest > limit) {
      this.times = this.times.slice(this.oldest);
      this.oldest = 0;
    }
    const admitted = this.times.length - this.oldest < limit;
    if (admitted) this.times.push(now);
    const remaining = limit - (this.times.length - this.oldest);
    return { admitted, limit, remaining, resetAt: (this.times[this.oldest] ?? now) + windowMs };
  }
}

/** The rate limit headers of an answer; `Retry-After` only for a refused request. */
export function rateLimitHeaders(
  admission: Admission,
  now: number,
  resetIn: RateLimit['resetIn'] = 'seconds',
): Record<string, string> {
  const headers = {
    'X-RateLimit-Limit': String(admission.limit),
    'X-RateLimit-Remaining': String(admission.remaining),
    'X-RateLimit-Reset': String(resetIn === 'seconds' ? Math.ceil(admission.resetAt / 1000) : admission.resetAt),
  };
  if (admission.admitted) return headers;
  const seconds = Math.max(1, Math.ceil((admission.resetAt - now) / 1000));
  return { ...headers, 'Retry-After': String(seconds) };
}
