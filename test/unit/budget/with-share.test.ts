import { describe, expect, test } from '@jest/globals';
import { withShare } from '../../../src/core/budget/with-share.js';
import type { Lease, Report, SharedAllowance } from '../../../src/core/budget/shared-allowance.js';
import type { Rate } from '../../../src/core/budget/rate.js';
import { LeapingClock } from '../../support/clock.js';
import { heldBudget, settle, slotOf } from './held-budget.js';

const LEASE: Lease = { granted: 1, waitMs: 0, limit: 40, sharers: 4 };
const RATE: Rate = { calls: 40, perMs: 60_000 };

/** A budget whose inner slots are admitted at once, sharing with others that answer as the test says. */
function newTest(answer: (report: Report) => Lease | Error, settled: () => Promise<void> = () => Promise.resolve()) {
  const clock = new LeapingClock(0);
  const inner = heldBudget(clock);
  const reports: Report[] = [];
  const shared: SharedAllowance = {
    settled,
    leave: () => Promise.resolve(),
    exchange(report) {
      reports.push(report);
      const told = answer(report);
      return told instanceof Error ? Promise.reject(told) : Promise.resolve(told);
    },
  };
  const deps = { clock, onEvent: () => undefined, shared: () => shared };
  const budget = withShare(inner, { rate: RATE, reserve: { count: 0 } }, deps);
  const stop = new AbortController();
  const begin = (kind: 'patch' | 'get' = 'get') => {
    const slot = budget.acquire({ kind, signal: stop.signal });
    inner.admit();
    return slot;
  };
  return { clock, inner, reports, begin, stop };
}

describe('a shared budget', () => {
  test('lets a call begin once it is leased, and tells the others how it ended', async () => {
    const { begin, reports, inner } = newTest(() => LEASE);
    const slot = slotOf(await begin());
    expect(reports).toMatchObject([{ wanted: 1, held: 0, rate: RATE }]);
    slot.end({ kind: 'answered', info: { remaining: 7 } });
    await settle();
    expect(reports[1]).toMatchObject({ wanted: 0, held: 0, heard: { info: { remaining: 7 } }, untold: 0 });
    expect(inner.ended).toEqual(['answered']);
  });

  test('gives its own slot back while there is no lease, and asks again when there may be one', async () => {
    let granted = 0;
    const { begin, inner, clock } = newTest(() => ({ ...LEASE, granted: granted++, waitMs: 400 }));
    const slot = begin();
    while (inner.waiting === 0) await new Promise(setImmediate);
    expect([inner.ended, clock.waited]).toEqual([['unused'], 400]);
    inner.admit();
    slotOf(await slot);
  });

  test('tells of a 429 as a pause for all', async () => {
    const { begin, reports } = newTest(() => LEASE);
    slotOf(await begin()).end({ kind: 'refused', info: { retryMs: 9000 } });
    await settle();
    expect(reports[1]).toMatchObject({ pauseMs: 9000 });
  });

  test('keeps to the limit by the number of sharers while the others are away', async () => {
    let isAway = false;
    const { begin, stop, inner } = newTest(() => (isAway ? new Error('away') : LEASE));
    slotOf(await begin()).end({ kind: 'lost' });
    await settle();
    isAway = true;
    for (let call = 0; call < 10; call++) slotOf(await begin()).end({ kind: 'lost' });
    const eleventh = begin();
    while (inner.waiting === 0) await new Promise(setImmediate);
    expect(inner.ended.at(-1)).toBe('unused');
    stop.abort(new Error('enough'));
    await expect(eleventh).rejects.toThrow('enough');
  });

  test('lets no write begin before it is known whether the lock is held', async () => {
    let settleLock = (): void => undefined;
    const lock = new Promise<void>((resolve) => (settleLock = resolve));
    const { begin, stop, reports, inner } = newTest(
      () => LEASE,
      () => lock,
    );
    slotOf(await begin('get'));
    const write = begin('patch');
    await settle();
    expect(reports).toHaveLength(1);
    stop.abort(new Error('lost'));
    settleLock();
    await expect(write).rejects.toThrow('lost');
    expect(inner.ended).toEqual(['unused']);
  });
});
