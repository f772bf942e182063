const BASE_MS = 500;
const CAP_MS = 30_000;

/**
 * Full-jitter backoff: anything from 0 to the exponential bound, so that workers which failed together do not return
 * together.
 * @param tries how many tries have failed, from 1
 * @param random 0 ≤ random < 1
 * @returns milliseconds
 */
export function backoffDelay(tries: number, random: number): number {
  return Math.round(random * Math.min(CAP_MS, BASE_MS * 2 ** (tries - 1)));
}
