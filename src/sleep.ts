import { setTimeout } from 'node:timers/promises';

/** Waits so many milliseconds. @throws the signal's reason, at once, where the signal is or gets aborted */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
}
