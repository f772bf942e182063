/** The time, and how to be called at a later one. Milliseconds. */
export interface Clock {
  now(): number;
  setTimeout(then: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The machine's. */
export const WALL_CLOCK: Clock = {
  now: () => Date.now(),
  setTimeout: (then, ms) => setTimeout(then, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
};
