/** What a 429 that names no time, and an answer, make of the time between two calls. */
const SLOW_DOWN = 2;
const SPEED_UP = 0.99;
/** A refusal after fewer calls than this tells little of the pace: it may as well be chance. */
const TELLING_CALLS = 5;
const LONGEST_GUESS_MS = 100;
const LONGEST_INTERVAL_MS = 5000;

/** The time between two calls, found by trying, for an API that says nothing but 429. No clock inside. */
export class PaceGuess {
  #intervalMs = 0;
  #begun = 0;
  #begunAt = 0;
  #firstAt: number | undefined;

  /** When the next call may begin by this pace. */
  nextAt(): number {
    return this.#begunAt + this.#intervalMs;
  }

  begin(now: number): void {
    this.#begunAt = now;
    this.#firstAt ??= now;
    this.#begun++;
  }

  answered(): void {
    this.#intervalMs *= SPEED_UP;
  }

  /** The pace was too fast. @param reopenedAt when calls could begin again after the refusal before */
  refused(now: number, reopenedAt: number): void {
    const since = Math.max(reopenedAt, this.#firstAt ?? now);
    const seen = (now - since) / Math.max(1, this.#begun);
    const most = this.#begun < TELLING_CALLS ? LONGEST_GUESS_MS : LONGEST_INTERVAL_MS;
    this.#intervalMs = Math.min(most, Math.max(seen, this.#intervalMs * SLOW_DOWN));
    this.#begun = 0;
  }
}
