/** Failures one after another until the API is taken to be down. */
const FAILURES_TO_OPEN = 5;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** Failures that a run may have beyond its answers before it pauses: its retry budget. */
const CREDIT = 50;

/**
 * A circuit breaker with a retry budget: an API that is down, or mostly so, costs few calls. While it is open nothing
 * is sent but one call at a time that asks whether the API answers, after pauses that grow. If it does, one of the
 * calls that wait is tried: only its answer closes the breaker, as what is down may be what those calls ask for.
 * No clock inside.
 */
export class Breaker {
  #failures = 0;
  #credit = CREDIT;
  #downSince: number | undefined;
  #asksAt = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #confirmed = false;
  #asked = false;
  #onTrial = false;

  /** Since when the API is taken to be down; undefined while it is up. */
  get downSince(): number | undefined {
    return this.#downSince;
  }

  /** The API is taken to be down, was asked whether it is back, and did not answer. */
  get isConfirmed(): boolean {
    return this.#confirmed;
  }

  /** Whether the API was asked since it is taken to be down. */
  get wasAsked(): boolean {
    return this.#asked;
  }

  /** The API answers again: one call at a time is to show whether it is back. */
  get isOnTrial(): boolean {
    return this.#onTrial;
  }

  /** When to ask next whether the API is back. */
  get asksAt(): number {
    return this.#asksAt;
  }

  /** An answer that is no failure. */
  succeeded(): void {
    this.#failures = 0;
    this.#credit = Math.min(CREDIT, this.#credit + 1);
    this.#downSince = undefined;
    this.#confirmed = false;
    this.#onTrial = false;
  }

  /** A call that was not answered, or with a 5xx. */
  failed(now: number): void {
    this.#failures++;
    this.#credit--;
    if (this.#onTrial) return this.#askLater(now);
    if (this.#downSince !== undefined || (this.#failures < FAILURES_TO_OPEN && this.#credit > 0)) return;
    this.#downSince = now;
    this.#asked = false;
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#asksAt = now + this.#pauseMs;
  }

  /** The API was asked, and answered or did not. It tells nothing where a call under way has closed the breaker since. */
  asked(isUp: boolean, now: number): void {
    if (this.#downSince === undefined) return;
    this.#asked = true;
    this.#confirmed = !isUp;
    this.#onTrial = isUp;
    if (!isUp) return this.#askLater(now);
    this.#credit = Math.max(this.#credit, FAILURES_TO_OPEN);
  }

  #askLater(now: number): void {
    this.#onTrial = false;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
    this.#asksAt = now + this.#pauseMs;
  }
}
