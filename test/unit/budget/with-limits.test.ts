import { describe, expect, test } from '@jest/globals';
import type { CallEnd } from '../../../src/core/budget/budget.js';
import { deadlinesOf, type DeadlineLimits } from '../../../src/core/budget/deadline.js';
import { withLimits } from '../../../src/core/budget/with-limits.js';
import { LeapingClock } from '../../support/clock.js';
import { heldBudget, settle, slotOf } from './held-budget.js';

const NOON = new Date(2026, 5, 1, 12).getTime();
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ANSWERED: CallEnd = { kind: 'answered', info: {} };

/** Limits around a budget whose slots the test hands out. */
function newTest({ maxRequests, ...limits }: Partial<DeadlineLimits> & { maxRequests?: number }) {
  const clock = new LeapingClock(NOON);
  const inner = heldBudget(clock);
  const deadlines = deadlinesOf({ maxDuration: undefined, stopAt: undefined, ...limits }, clock);
  const budget = withLimits(inner, { maxRequests, deadlines }, clock);
  const { signal } = new AbortController();
  const acquire = (given = signal) => budget.acquire({ kind: 'patch', signal: given });
  const pass = async () => {
    const slot = acquire();
    inner.admit();
    return slotOf(await slot);
  };
  return { clock, inner, budget, acquire, pass };
}

/** Lets so much time pass. */
const pass = (clock: LeapingClock, ms: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms));

describe('--max-requests', () => {
  test('lets so many pass, of which none is lost to those that wait', async () => {
    const { inner, acquire } = newTest({ maxRequests: 2 });
    const waiting = [acquire(), acquire(), acquire()];
    const ends = Promise.allSettled(waiting);
    for (let call = 0; call < 3; call++) inner.admit();
    expect((await ends).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    await expect(waiting[2]).rejects.toMatchObject({ code: 'max_requests', facts: { limit: 2 } });
    expect(inner.ended).toEqual(['unused']);
  });

  test('does not count a request that was not sent', async () => {
    const { pass, acquire } = newTest({ maxRequests: 1 });
    (await pass()).end({ kind: 'unused' });
    (await pass()).end(ANSWERED);
    await expect(acquire()).rejects.toMatchObject({ code: 'max_requests' });
  });

  test('counts requests that took no slot, and then ends the waits of all', async () => {
    const { inner, budget, acquire } = newTest({ maxRequests: 1 });
    const waiting = acquire();
    await settle();
    budget.count();
    await expect(waiting).rejects.toMatchObject({ code: 'max_requests' });
    expect(inner.waiting).toBe(0);
  });
});

describe('a deadline', () => {
  test('ends the run before what is in flight would outlast it', async () => {
    const given = newTest({ maxDuration: 10_000 });
    const slot = await given.pass();
    await pass(given.clock, 2000);
    slot.end(ANSWERED);
    // The slowest request took two seconds: four are left for it.
    await pass(given.clock, 3900);
    await given.pass();
    await pass(given.clock, 100);
    await expect(given.acquire()).rejects.toMatchObject({ code: 'deadline', facts: { limit: 'max_duration' } });
  });

  test('ends the waits for an allowance that opens again only after it, also of those that wait already', async () => {
    const { inner, acquire, pass } = newTest({ stopAt: '13:00' });
    const slot = await pass();
    const waiting = acquire();
    await settle();
    inner.firstMs = HOUR_MS;
    const refused = { code: 'deadline_before_allowance', facts: { limit: 'stop_at', time: '13:00' } };
    slot.end({ kind: 'refused', info: {} });
    await expect(waiting).rejects.toMatchObject(refused);
    await expect(acquire()).rejects.toMatchObject(refused);
    expect(inner.waiting).toBe(0);
  });

  test.each([HOUR_MS, -HOUR_MS, DAY_MS, -DAY_MS])(
    'by --max-duration stays where it is when the wall clock is set by %d ms',
    async (step) => {
      const { clock, acquire, pass: take } = newTest({ maxDuration: HOUR_MS });
      clock.step(step);
      await pass(clock, HOUR_MS - 1);
      await take();
      await pass(clock, 1);
      await expect(acquire()).rejects.toMatchObject({ code: 'deadline', facts: { limit: 'max_duration' } });
    },
  );

  test.each([HOUR_MS, -HOUR_MS, DAY_MS, -DAY_MS])(
    'by --stop-at follows the wall clock when that is set by %d ms',
    async (step) => {
      const { clock, acquire, pass: take } = newTest({ stopAt: '14:00' });
      clock.step(step);
      const left = 2 * HOUR_MS - step;
      if (left > 0) {
        await pass(clock, left - 1);
        await take();
        await pass(clock, 1);
      }
      await expect(acquire()).rejects.toMatchObject({ code: 'deadline', facts: { limit: 'stop_at', time: '14:00' } });
    },
  );
});

test('a wait that its caller gives up leaves nothing behind', async () => {
  const { inner, acquire } = newTest({ maxRequests: 5 });
  const giveUp = new AbortController();
  const waiting = acquire(giveUp.signal);
  await settle();
  giveUp.abort(new Error('never mind'));
  await expect(waiting).rejects.toThrow('never mind');
  expect(inner.waiting).toBe(0);
  await expect(acquire(giveUp.signal)).rejects.toThrow('never mind');
});

test('what is late, and what an estimate says, is handed on', async () => {
  const { inner, budget, acquire } = newTest({ maxRequests: 1 });
  const late = acquire();
  inner.admit('late');
  expect(await late).toBe('late');
  inner.firstMs = 5;
  expect(await budget.estimate(1)).toMatchObject({ firstMs: 5, lastMs: 5 });
});
