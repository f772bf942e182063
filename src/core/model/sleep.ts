import { setTimeout } from 'node:timers/promises';
import { MACHINE_CLOCK } from './clock.js';

/** A timer for longer fires at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Waits so many milliseconds. @throws the signal's reason, at once, where the signal is or gets aborted */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
}

/** Waits until a time by the monotonic clock, milliseconds. @throws as `sleep` does */
export async function sleepUntil(time: number, signal: AbortSignal): Promise<void> {
  // A timer may fire a little early.
  const left = (): number => time - MACHINE_CLOCK.monotonic();
  for (let ms = left(); ms > 0; ms = left()) {
    await sleep(Math.min(ms, LONGEST_TIMER_MS), signal);
  }
}
