/** Failures one after another until the API is taken to be down. */
const FAILURES_TO_OPEN = 5;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** Failures that a run may have beyond its answers before it pauses: its retry budget. */
const CREDIT = 50;

/**
 * `closed`: calls pass. `open`: the API is taken to be down, and was not asked yet. `asked`: it was asked, and is down.
 * `trial`: it answers again, and one call at a time is to show whether it is back.
 */
export type BreakerState = 'closed' | 'open' | 'asked' | 'trial';

/**
 * A circuit breaker with a retry budget: an API that is down, or mostly so, costs few calls. While it is open nothing
 * is sent but one call at a time that asks whether the API answers, after pauses that grow. If it does, one of the
 * calls that wait is tried: only its answer closes the breaker, as what is down may be what those calls ask for.
 * No clock inside; milliseconds.
 */
export class Breaker {
  #state: BreakerState = 'closed';
  #failures = 0;
  #credit = CREDIT;
  #downSince = 0;
  #asksAt = 0;
  #pauseMs = FIRST_PAUSE_MS;

  get state(): BreakerState {
    return this.#state;
  }

  /** Since when the API is taken to be down, where it is. */
  get downSince(): number {
    return this.#downSince;
  }

  /** When to ask next whether the API is back, where it is down. */
  get asksAt(): number {
    return this.#asksAt;
  }

  /** An answer that is no failure. */
  succeeded(): void {
    this.#state = 'closed';
    this.#failures = 0;
    this.#credit = Math.min(CREDIT, this.#credit + 1);
  }

  /** A call that was not answered, or with a 5xx. */
  failed(now: number): void {
    this.#failures++;
    this.#credit--;
    if (this.#state === 'trial') return this.#askLater(now);
    if (this.#state !== 'closed' || (this.#failures < FAILURES_TO_OPEN && this.#credit > 0)) return;
    this.#state = 'open';
    this.#downSince = now;
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#asksAt = now + this.#pauseMs;
  }

  /** The API was asked, and answered or did not. It tells nothing where a call in flight has closed the breaker since. */
  asked(isUp: boolean, now: number): void {
    if (this.#state === 'closed') return;
    if (!isUp) return this.#askLater(now);
    this.#state = 'trial';
    this.#credit = Math.max(this.#credit, FAILURES_TO_OPEN);
  }

  #askLater(now: number): void {
    this.#state = 'asked';
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
    this.#asksAt = now + this.#pauseMs;
  }
}
