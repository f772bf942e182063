import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Bitset } from '../../../src/core/disk/bitset.js';

// Around the borders of bytes and of the room that it has at first, and far beyond.
const row = fc.oneof(fc.nat(70), fc.integer({ min: 8180, max: 8200 }), fc.nat(3_000_000));

test('it holds what a Set of the same rows holds', () => {
  fc.assert(
    fc.property(fc.array(row), fc.array(row), (added, asked) => {
      const bits = new Bitset();
      const set = new Set(added);
      added.forEach((n) => bits.add(n));
      for (const n of [...added, ...asked, ...added.flatMap((one) => [one + 1, Math.max(0, one - 1)])]) {
        expect(bits.has(n)).toBe(set.has(n));
      }
    }),
  );
});
