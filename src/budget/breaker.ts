/** Failures one after another until the API is taken to be down. */
const FAILURES_TO_OPEN = 5;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** Failures that a run may have beyond its answers before it pauses: its retry budget. */
const CREDIT = 50;

/**
 * A circuit breaker with a retry budget: an API that is down, or mostly so, costs few calls. While it is open nothing
 * is sent but one call at a time that asks whether the API answers, after pauses that grow. No clock inside.
 */
export class Breaker {
  #failures = 0;
  #credit = CREDIT;
  #downSince: number | undefined;
  #asksAt = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #confirmed = false;

  /** Since when the API is taken to be down; undefined while it is up. */
  get downSince(): number | undefined {
    return this.#downSince;
  }

  /** The API was asked whether it is back, and did not answer. */
  get isConfirmed(): boolean {
    return this.#confirmed;
  }

  /** When to ask next whether the API is back. */
  get asksAt(): number {
    return this.#asksAt;
  }

  /** An answer that is no failure. */
  succeeded(): void {
    this.#failures = 0;
    this.#credit = Math.min(CREDIT, this.#credit + 1);
  }

  /** A call that was not answered, or with a 5xx. */
  failed(now: number): void {
    this.#failures++;
    this.#credit--;
    if (this.#downSince !== undefined || (this.#failures < FAILURES_TO_OPEN && this.#credit > 0)) return;
    this.#downSince = now;
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#asksAt = now + this.#pauseMs;
  }

  /** The API was asked, and answered or did not. */
  asked(isUp: boolean, now: number): void {
    this.#confirmed = !isUp;
    if (isUp) {
      this.#downSince = undefined;
      this.#failures = 0;
      this.#credit = Math.max(this.#credit, FAILURES_TO_OPEN);
      return;
    }
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
    this.#asksAt = now + this.#pauseMs;
  }
}
