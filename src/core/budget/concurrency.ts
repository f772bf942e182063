/** Latency beyond this many times the usual one is taken for an API under strain. */
const STRAIN = 3;
/** Answers faster than this are never strain. */
const NEVER_STRAIN_MS = 50;

/**
 * How many calls may be in flight: additive increase, multiplicative decrease. An API that refuses calls or slows down
 * gets fewer at a time, one that answers gets more, up to the user's bound. No clock inside.
 */
export class Concurrency {
  #allowed: number;
  /** Slow-moving average of latency, milliseconds. */
  #usual: number | undefined;
  #sinceDecrease = 0;

  constructor(private readonly most: number) {
    this.#allowed = most;
  }

  get allowed(): number {
    return Math.max(1, Math.floor(this.#allowed));
  }

  /** @param latencyMs of an answer that was no refusal */
  succeeded(latencyMs: number): void {
    this.#sinceDecrease++;
    const usual = this.#usual ?? latencyMs;
    if (latencyMs > Math.max(NEVER_STRAIN_MS, usual * STRAIN)) this.#decrease();
    else this.#allowed = Math.min(this.most, this.#allowed + 1 / this.#allowed);
    this.#usual = usual * 0.95 + latencyMs * 0.05;
  }

  /** A 429, a timeout or a 5xx. */
  failed(): void {
    this.#decrease();
  }

  /** Calls that fail together are one sign, not many. */
  #decrease(): void {
    if (this.#sinceDecrease < this.#allowed && this.#allowed < this.most) return;
    this.#allowed = Math.max(1, this.#allowed / 2);
    this.#sinceDecrease = 0;
  }
}
