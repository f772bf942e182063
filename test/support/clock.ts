import type { Clock } from '../../src/core/model/clock.js';

interface Timer {
  at: number;
  then: () => void;
}

/** A clock that stands still but for waits, and on which every wait is over at once. */
export class LeapingClock implements Clock {
  readonly #timers: Timer[] = [];
  #waited = 0;
  #wall: number;

  /** @param start epoch milliseconds */
  constructor(start: number) {
    this.#wall = start;
  }

  /** Milliseconds that were waited, altogether. */
  get waited(): number {
    return this.#waited;
  }

  /** Timers that are still to fire. */
  get pending(): number {
    return this.#timers.length;
  }

  now = (): number => this.#wall + this.#waited;

  /** Of another origin than the wall clock, as that of a machine is. */
  monotonic = (): number => 5000 + this.#waited;

  /** Someone sets the wall clock. @param ms forward, or back where it is negative */
  step(ms: number): void {
    this.#wall += ms;
  }

  setTimeout = (then: () => void, ms: number): unknown => {
    const timer = { at: this.#waited + Math.max(0, ms), then };
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
    this.#waited = next.at;
    next.then();
  }
}
