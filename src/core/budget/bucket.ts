import { reserveOf, type Rate, type Reserve } from './rate.js';

/** The configured rate, as a bucket that is full at first: what is spent until the API has said anything. */
export class Bucket {
  readonly #most: number;
  #tokens: number;
  #filledAt: number | undefined;

  constructor(
    private readonly rate: Rate,
    reserve: Reserve,
  ) {
    this.#most = Math.max(1, rate.calls - reserveOf(reserve, rate.calls));
    this.#tokens = this.#most;
  }

  /** When there is a call to spend: `now`, or later. */
  nextAt(now: number): number {
    this.#fill(now);
    return this.#tokens >= 1 ? now : now + ((1 - this.#tokens) * this.rate.perMs) / this.#most;
  }

  spend(now: number): void {
    this.#fill(now);
    this.#tokens--;
  }

  #fill(now: number): void {
    const gained = ((now - (this.#filledAt ?? now)) * this.#most) / this.rate.perMs;
    this.#tokens = Math.min(this.#most, this.#tokens + gained);
    this.#filledAt = now;
  }
}
