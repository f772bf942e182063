import { reserveOf, type Rate, type Reserve } from './rate.js';

/** What is known of the allowance when the estimate is made. Times are by the monotonic clock, milliseconds. */
export interface Spendable {
  limit: number;
  /** Calls left before the reserve. */
  remaining: number;
  resetAt: number | undefined;
  /** How long the allowance is for. */
  windowMs: number;
  /** It comes back call by call, and not at once. */
  steady?: boolean;
}

/**
 * How long so many calls take, the limit alone considered: what is left goes at once, the rest by the allowance.
 * @returns milliseconds; Infinity where the reserve leaves nothing
 */
export function estimateMs(calls: number, allowance: Spendable, reserve: Reserve, now: number): number {
  const { limit, remaining, resetAt, windowMs } = allowance;
  const later = calls - remaining;
  if (later <= 0) return 0;
  const each = limit - reserveOf(reserve, limit);
  if (each <= 0) return Infinity;
  if (allowance.steady) return (later * windowMs) / each;
  const untilReset = resetAt === undefined ? windowMs : Math.max(0, resetAt - now);
  return untilReset + (Math.ceil(later / each) - 1) * windowMs;
}

/** The allowance as configured, for as long as the API has said nothing. */
export function configuredAllowance({ calls, perMs }: Rate, reserve: Reserve, spent: number): Spendable {
  const remaining = Math.max(0, calls - reserveOf(reserve, calls) - spent);
  return { limit: calls, remaining, resetAt: undefined, windowMs: perMs, steady: true };
}
