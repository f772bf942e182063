import type { Allowance } from './allowance.js';

/** Resets are named in whole seconds and calls are whole, rounded one way or the other, and answers take their time. */
const ROUNDING_MS = 2000;
/** A reset nearer than this tells too little, for the rounding. */
const LEAST_TELLING_MS = 10_000;
/** So many times more calls must be missing than before, and the reset be so many times as far, until it is a bucket. */
const SPREAD = 2;
/** It is asked when this share of it has come back, or so many calls, as others take of it too. */
const [BATCH, LEAST_BATCH] = [0.01, 3];

/**
 * A bucket that refills call by call: its reset, when it is full, is the further off the more is missing, which that of a
 * window is not. So its pace can be read off the headers. No clock inside.
 */
export class ByBucket {
  #first: { used: number; callMs: number } | undefined;
  /** How long a call takes to come back, milliseconds; undefined: it is no bucket, as far as is known. */
  callMs: number | undefined;

  learn({ limit, remaining, resetAt, heardAt, isGuess }: Allowance): void {
    const used = limit - remaining;
    const fullMs = (resetAt ?? heardAt) - heardAt;
    if (isGuess || used <= 0 || fullMs < LEAST_TELLING_MS) return;
    const callMs = fullMs / used;
    const first = this.#first;
    if (!first || Math.abs(callMs - first.callMs) > ROUNDING_MS * (1 / used + 1 / first.used)) {
      this.#first = { used, callMs };
      this.callMs = undefined;
    } else if (used >= SPREAD * first.used || this.callMs !== undefined) this.callMs = callMs;
  }

  /** When so many calls more than were known of will be there; undefined where it is no bucket. */
  readyAt({ heardAt, limit, resetAt = Infinity }: Allowance, missing: number): number | undefined {
    if (this.callMs === undefined) return undefined;
    return Math.min(heardAt + (missing + Math.max(LEAST_BATCH, limit * BATCH)) * this.callMs, resetAt);
  }
}
