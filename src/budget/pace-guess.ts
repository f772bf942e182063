/** How much longer than before a refusal can make the time between two calls, and what an answer makes of it. */
const MOST_SLOW_DOWN = 4;
const SPEED_UP = 0.99;
/** A refusal after fewer answers than this tells little of the pace: it may as well be chance. */
const TELLING_ANSWERS = 10;
/** A first guess is no longer than this: between two calls there may have been nothing to send. */
const LONGEST_GUESS_MS = 100;
const LONGEST_INTERVAL_MS = 5000;

/**
 * The time between two calls, found by trying, for an API that says nothing but 429: what it let through since it last
 * refused, the closures included, is what it lets through. No clock inside.
 */
export class PaceGuess {
  #intervalMs = 0;
  #answered = 0;
  #begunAt = 0;
  /** From when on answers are counted. */
  #since: number | undefined;

  /** When the next call may begin by this pace. */
  nextAt(): number {
    return this.#begunAt + this.#intervalMs;
  }

  begin(now: number): void {
    this.#begunAt = now;
    this.#since ??= now;
  }

  answered(): void {
    this.#answered++;
    this.#intervalMs *= SPEED_UP;
  }

  /** The pace was too fast, unless it is chance: then what was seen is kept for the next time. */
  refused(now: number): void {
    if (this.#answered < TELLING_ANSWERS) return;
    const seen = (now - (this.#since ?? now)) / this.#answered;
    const most = Math.min(LONGEST_INTERVAL_MS, Math.max(LONGEST_GUESS_MS, this.#intervalMs * MOST_SLOW_DOWN));
    this.#intervalMs = Math.max(this.#intervalMs, Math.min(seen, most));
    this.#answered = 0;
    this.#since = now;
  }
}
