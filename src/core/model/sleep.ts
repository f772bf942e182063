import { setTimeout } from 'node:timers/promises';

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

/** Waits until a time, epoch milliseconds. @throws as `sleep` does */
export async function sleepUntil(time: number, signal: AbortSignal): Promise<void> {
  // A timer may fire a little early.
  for (let left = time - Date.now(); left > 0; left = time - Date.now()) {
    await sleep(Math.min(left, LONGEST_TIMER_MS), signal);
  }
}
