import { describe, expect, test } from '@jest/globals';
import type { Allowance } from '../../../src/core/budget/allowance.js';
import { ByBucket } from '../../../src/core/budget/by-bucket.js';
import { ByWindow } from '../../../src/core/budget/by-window.js';

/** What an answer says of an allowance of a hundred. */
function told(heardAt: number, used: number, resetAt: number | undefined): Allowance {
  return { limit: 100, remaining: 100 - used, resetAt, outstanding: 0, heardAt };
}

describe('a window', () => {
  /** A window that has seen one call of ours, answered at 100, and so is known to be a minute long. */
  function newWindow() {
    const window = new ByWindow(undefined);
    window.spent(100);
    window.learn(undefined, told(100, 1, 60_000), 0, false);
    return window;
  }

  test('is as long as from the beginning of a call to its reset, at the longest, or as published', () => {
    for (const [limit, windowMs] of [
      [90, 59_950],
      [100, 60_000],
    ] as const) {
      const window = new ByWindow(undefined);
      const first = { ...told(100, 1, 60_000), limit, remaining: limit - 1 };
      window.learn(undefined, first, 50, false);
      window.learn(first, { ...first, heardAt: 30_000, remaining: limit - 2 }, 29_900, false);
      expect(window.windowMs).toBe(windowMs);
    }
  });

  test('is ready at its reset', () => {
    expect(newWindow().readyAt(told(200, 100, 60_000), 1, 0, false)).toBe(60_000);
  });

  test('with calls left that others may take is ready when ours have left it, should that be later', () => {
    const window = newWindow();
    for (let call = 0; call < 50; call++) window.spent(10_000);
    expect(window.readyAt(told(10_000, 51, 60_000), 1, 20, false)).toBe(10_000 + window.windowMs);
  });

  test('is asked again when a call of ours has left it, where its reset brought nothing', () => {
    const window = newWindow();
    window.spent(5000);
    expect(window.readyAt(told(60_500, 100, 61_000), 1, 0, true)).toBe(5000 + window.windowMs);
  });

  test('that was seen to restart by the clock is ready at its reset, whatever is left', () => {
    const window = newWindow();
    window.learn(told(100, 1, 60_000), told(70_000, 1, 120_000), 69_900, false);
    window.spent(70_000);
    expect(window.readyAt(told(70_000, 60, 120_000), 1, 40, false)).toBe(120_000);
  });

  test('that is short is not taken for one by the clock, as the rounding hides what its resets tell', () => {
    const window = new ByWindow(undefined);
    window.learn(undefined, told(100, 1, 2000), 0, false);
    window.learn(told(100, 1, 2000), told(5000, 1, 5500), 4900, false);
    for (let call = 0; call < 50; call++) window.spent(5000);
    expect(window.readyAt(told(5000, 60, 5100), 1, 40, false)).toBe(5000 + window.windowMs);
  });

  test('whose reset is named too early is ready a second later', () => {
    const window = newWindow();
    // Asked at its reset: nothing came back, and the reset is still to come.
    window.learn(told(59_000, 99, 60_000), told(60_100, 100, 60_000), 60_050, true);
    expect(window.readyAt(told(60_100, 100, 60_000), 1, 0, false)).toBe(61_000);
  });

  test('is not taken for shorter than it is where the first answer took long, and so asked too early', () => {
    const window = new ByWindow(undefined);
    // Taken by the server at 10, answered at 400: no reset of a later call is as far off.
    window.learn(undefined, { ...told(400, 1, 2010), limit: 40, remaining: 39 }, 0, false);
    window.spent(400);
    window.spent(1005);
    // The second call was taken at 1000, and leaves the window at 3000.
    const known = { ...told(2420, 40, 3000), limit: 40, remaining: 0 };
    window.learn(known, known, 2410, false);
    expect(window.readyAt(known, 1, 0, true)).toBeGreaterThanOrEqual(3000);
  });

  test('without a reset is ready when calls of ours are as old as the configured rate says', () => {
    const window = new ByWindow({ calls: 100, perMs: 60_000 });
    window.spent(1000);
    window.learn(undefined, told(1000, 1, undefined), 900, false);
    expect(window.readyAt(told(1000, 100, undefined), 1, 0, false)).toBe(61_000);
  });
});

describe('a bucket', () => {
  test('is told from a window by a reset that is the further off the more is missing', () => {
    const [bucket, window] = [new ByBucket(), new ByBucket()];
    for (const used of [10, 20, 40]) {
      bucket.learn(told(0, used, used * 3000));
      window.learn(told(0, used, 60_000));
    }
    expect(bucket.callMs).toBe(3000);
    expect(window.callMs).toBeUndefined();
    expect(window.readyAt(told(0, 100, 60_000), 1)).toBeUndefined();
  });

  test('is ready when a few calls more than are missing have come back, at the latest when it is full', () => {
    const bucket = new ByBucket();
    for (const used of [10, 20, 40]) bucket.learn(told(0, used, used * 3000));
    expect(bucket.readyAt(told(0, 100, 300_000), 1)).toBe(4 * 3000);
    expect(bucket.readyAt(told(0, 100, 5000), 1)).toBe(5000);
  });

  test('is none any more once an answer contradicts it, and tells nothing where the reset is near or the limit a guess', () => {
    const bucket = new ByBucket();
    for (const used of [10, 20, 40]) bucket.learn(told(0, used, used * 3000));
    bucket.learn({ ...told(0, 80, 60_000), isGuess: true });
    bucket.learn(told(0, 80, 9000));
    expect(bucket.callMs).toBe(3000);
    bucket.learn(told(0, 80, 60_000));
    expect(bucket.callMs).toBeUndefined();
  });
});
