import type { Clock } from '../../src/core/model/clock.js';

interface Timer {
  at: number;
  then: () => void;
}

/** A clock that stands still but for waits, and on which every wait is over at once. */
export class LeapingClock implements Clock {
  readonly #timers: Timer[] = [];
  #now: number;

  /** @param start epoch milliseconds */
  constructor(private readonly start: number) {
    this.#now = start;
  }

  /** Milliseconds that were waited, altogether. */
  get waited(): number {
    return this.#now - this.start;
  }

  now = (): number => this.#now;

  setTimeout = (then: () => void, ms: number): unknown => {
    const timer = { at: this.#now + Math.max(0, ms), then };
    this.#timers.push(timer);
    setImmediate(() => this.#leap());
    return timer;
  };

  clearTimeout = (timer: unknown): void => {
    const at = this.#timers.indexOf(timer as Timer);
    if (at !== -1) this.#timers.splice(at, 1);
  };

  /** To the timer that is due first. */
  #leap(): void {
    const [next] = this.#timers.sort((a, b) => a.at - b.at).splice(0, 1);
    if (!next) return;
    this.#now = next.at;
    next.then();
  }
}
