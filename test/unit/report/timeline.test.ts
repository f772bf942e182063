import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { niceCeiling } from '../../../src/core/report/render-chart.js';
import { Timeline } from '../../../src/core/report/timeline.js';

const START = Date.parse('2026-11-25T02:00:00Z');

function sum(timeline: Timeline, key: 'updated' | 'unchanged' | 'rejected' | 'waited'): number {
  return timeline.buckets.reduce((total, bucket) => total + bucket[key], 0);
}

describe('rows over time', () => {
  test('are all counted, in at most 600 buckets, whatever the time', () => {
    const offsets = fc.array(fc.integer({ min: -1000, max: 400 * 86_400_000 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(offsets, (times) => {
        const timeline = new Timeline();
        for (const at of times) timeline.add('updated', START + at);
        expect(sum(timeline, 'updated')).toBe(times.length);
        expect(timeline.buckets.length).toBeLessThanOrEqual(600);
        const span = Math.max(0, ...times.map((at) => at - times[0]!));
        expect(timeline.buckets.length * timeline.width).toBeGreaterThan(span);
      }),
    );
  });

  test('are told apart by how they ended; what is only planned has not', () => {
    const timeline = new Timeline();
    for (const status of ['updated', 'unchanged', 'failed', 'invalid', 'planned'] as const) timeline.add(status, START);
    expect(timeline.buckets).toEqual([{ updated: 1, unchanged: 1, rejected: 2, waited: 0 }]);
  });

  test('take waits as far as they lie between the first row and the last', () => {
    const timeline = new Timeline();
    timeline.add('updated', START);
    timeline.add('updated', START + 9950);
    timeline.mark({ from: START - 5000, to: START + 1050 });
    timeline.mark({ from: START + 9000, to: START + 60_000 });
    timeline.mark({ from: START + 70_000, to: START + 80_000 });
    expect(sum(timeline, 'waited')).toBe(2050);
    expect(timeline.buckets[10]).toMatchObject({ waited: 50 });
  });

  test('have no waits where no row ended', () => {
    const timeline = new Timeline();
    timeline.mark({ from: START, to: START + 1000 });
    expect(timeline.buckets).toEqual([]);
  });
});

test('the top of the chart is a round number that leaves at most a third empty', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), (rows) => {
      const top = niceCeiling(rows);
      expect(top).toBeGreaterThanOrEqual(rows);
      expect(rows / top).toBeGreaterThan(0.66);
    }),
  );
});
