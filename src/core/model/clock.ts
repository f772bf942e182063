/** The time, and how to be called later. Milliseconds. */
export interface Clock {
  /** The wall clock, since the epoch. It may step: for dates and times of day alone. */
  now(): number;
  /** Never steps; its origin says nothing. For durations. */
  monotonic(): number;
  setTimeout(then: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The machine's. Ages and waits within one process go by its monotonic part. */
export const MACHINE_CLOCK: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (then, ms) => setTimeout(then, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
};
