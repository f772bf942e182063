import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backoffDelay } from '../../../src/core/api/backoff.js';

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('a wait is anything from nothing to half a second doubled with each try, and never over 30 seconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), share, (tries, random) => {
      const bound = Math.min(30_000, 500 * 2 ** (tries - 1));
      const delay = backoffDelay(tries, random);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(bound);
      expect(Math.abs(delay - random * bound)).toBeLessThanOrEqual(0.5);
    }),
  );
});

test('the bounds are 0.5, 1, 2, 4, 8, 16, 30 and 30 seconds', () => {
  const bounds = [1, 2, 3, 4, 5, 6, 7, 8].map((tries) => backoffDelay(tries, 1 - Number.EPSILON));
  expect(bounds).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});
