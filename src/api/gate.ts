import { sleep } from '../sleep.js';
import { backoffDelay } from './backoff.js';
import type { RateLimitWord } from './rate-limit.js';

/** A wait longer than this is taken for a header misread, and asked again then. */
const LONGEST_CLOSURE_MS = 2 * 60 * 60 * 1000;

/**
 * The one gate that every call passes: reads, writes and retries alike. When the API says that the allowance is used
 * up, the gate closes once for all workers until the time that the API names.
 */
export class Gate {
  #opensAt = 0;
  #refusals = 0;
  #waitedMs = 0;

  /** @param signal ends a wait at once: `pass` then rejects with the signal's reason */
  constructor(
    private readonly signal: AbortSignal,
    private readonly onClose: (ms: number) => void,
  ) {}

  /** Milliseconds for which the gate was closed while calls were waiting. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  async pass(): Promise<void> {
    for (;;) {
      this.signal.throwIfAborted();
      const now = Date.now();
      if (now >= this.#opensAt) return;
      await sleep(this.#opensAt - now, this.signal);
    }
  }

  /** Any answer that is no 429: an allowance that is used up closes the gate before the API has to refuse a call. */
  heed(word: RateLimitWord): void {
    this.#refusals = 0;
    if (word.remaining === 0 && word.resetAt !== undefined) this.#closeUntil(word.resetAt);
  }

  /** A 429. Without a time in it, the waits grow from one refusal to the next. */
  refuse(word: RateLimitWord): void {
    this.#refusals++;
    const now = Date.now();
    const named = word.retryAt ?? word.resetAt;
    this.#closeUntil(
      named !== undefined && named > now ? named : now + 1000 + backoffDelay(this.#refusals, Math.random()),
    );
  }

  #closeUntil(time: number): void {
    const now = Date.now();
    const until = Math.min(time, now + LONGEST_CLOSURE_MS);
    if (until <= Math.max(this.#opensAt, now)) return;
    this.#waitedMs += until - Math.max(this.#opensAt, now);
    this.#opensAt = until;
    this.onClose(until - now);
  }
}
