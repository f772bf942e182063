import { describe, expect, test } from '@jest/globals';
import type { CallEnd } from '../../../src/core/budget/budget.js';
import { byHeaders, type Pace } from '../../../src/core/budget/by-headers.js';
import { readRateLimit } from '../../../src/core/budget/rate-limit.js';
import type { SyncEvent } from '../../../src/core/model/events.js';
import { LeapingClock } from '../../support/clock.js';
import { settle, slotOf } from './held-budget.js';
import { makeServer } from './simulated-servers.js';

const NOON = Date.UTC(2026, 5, 1, 12);
const HOUR_MS = 3_600_000;
const ANSWERED: CallEnd = { kind: 'answered', info: {} };

/** A paced budget on a clock whose waits are over at once, and what it tells. */
function newTest(pace: Partial<Pace> = {}) {
  const clock = new LeapingClock(NOON);
  const events: SyncEvent[] = [];
  const onEvent = (event: SyncEvent): void => void events.push(event);
  const budget = byHeaders({ rate: undefined, reserve: { count: 0 }, concurrency: 1, ...pace }, { clock, onEvent });
  const stop = new AbortController();
  const acquire = (signal = stop.signal, how: { first?: boolean; until?: number } = {}) =>
    budget.acquire({ kind: 'patch', signal, ...how });
  const pass = async () => slotOf(await acquire());
  return { clock, events, budget, stop, acquire, pass };
}

describe('a slot', () => {
  test('goes first to calls that say so, and else to the one that has waited the longest', async () => {
    const { acquire, pass } = newTest();
    const inFlight = await pass();
    const order: string[] = [];
    const take = (name: string, first: boolean) =>
      acquire(undefined, { first }).then((slot) => (order.push(name), slotOf(slot).end(ANSWERED)));
    const all = [take('second', false), take('third', false), take('first', true)];
    inFlight.end(ANSWERED);
    await Promise.all(all);
    expect(order).toEqual(['first', 'second', 'third']);
  });

  test('that is not used is another call’s, at once', async () => {
    const { pass } = newTest({ rate: { calls: 10, perMs: HOUR_MS } });
    const inFlight = await pass();
    const waiting = pass();
    inFlight.end({ kind: 'unused' });
    await waiting;
  });

  test('goes to others when a call that waits is given up', async () => {
    const { acquire, pass } = newTest();
    const inFlight = await pass();
    const giveUp = new AbortController();
    const first = acquire(giveUp.signal);
    const second = pass();
    giveUp.abort(new Error('never mind'));
    await expect(first).rejects.toThrow('never mind');
    inFlight.end(ANSWERED);
    await second;
  });

  test('that is free at the very moment of an abort is given to nobody', async () => {
    const { clock, stop, pass } = newTest();
    const inFlight = await pass();
    stop.signal.addEventListener('abort', () => inFlight.end(ANSWERED));
    const waiting = pass();
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(pass()).rejects.toThrow('enough');
    expect(clock.pending).toBe(0);
  });

  test('leaves no timer behind when nobody waits for it any more', async () => {
    const { clock, stop, pass } = newTest();
    (await pass()).end({ kind: 'refused', info: { retryMs: HOUR_MS } });
    const waiting = pass();
    expect(clock.pending).toBe(1);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(clock.pending).toBe(0);
  });
});

test('a wait for the rate limit is told once when it begins and once when it is over', async () => {
  const { clock, events, pass } = newTest();
  (await pass()).end({ kind: 'refused', info: { retryMs: 150_000 } });
  const waiting = [pass(), pass()];
  (await waiting[0]!).end(ANSWERED);
  (await waiting[1]!).end(ANSWERED);
  expect(events).toEqual([
    { type: 'waiting', for: 'rate_limit', ms: clock.waited },
    { type: 'waited', ms: clock.waited },
  ]);
});

test('a reserve as large as the allowance ends the run for all that wait', async () => {
  const { pass } = newTest({ reserve: { count: 10 } });
  const inFlight = await pass();
  const waiting = [pass(), pass()];
  const ends = Promise.allSettled(waiting);
  inFlight.end({ kind: 'answered', info: { limit: 10, remaining: 9 } });
  expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(waiting[1]).rejects.toMatchObject({ code: 'reserve', kind: 'stopped' });
});

test('an estimate is by the rate limit: until the first call may begin, and until the last one may', async () => {
  const { budget, pass } = newTest({ concurrency: 2 });
  expect(await budget.estimate(1000)).toMatchObject({ firstMs: 0, lastMs: 0 });
  (await pass()).end({ kind: 'answered', info: { limit: 100, remaining: 30, resetMs: 10_000 } });
  expect(await budget.estimate(30)).toMatchObject({ firstMs: 0, lastMs: 0 });
  expect(await budget.estimate(131)).toMatchObject({ firstMs: 0, lastMs: 70_000 });
  (await pass()).end({ kind: 'refused', info: { retryMs: 15_000 } });
  const { firstMs, lastMs } = await budget.estimate(1);
  expect(firstMs).toBeGreaterThanOrEqual(15_000);
  expect(lastMs).toBe(firstMs);
});

test('an estimate takes a window for shorter than published where nobody else has called and the reset is sooner', async () => {
  const { budget, pass } = newTest();
  (await pass()).end({ kind: 'answered', info: { limit: 100, remaining: 99, resetMs: 10_000 } });
  expect(await budget.estimate(99)).toMatchObject({ lastMs: 0 });
  expect(await budget.estimate(300)).toMatchObject({ lastMs: 30_000 });
  (await pass()).end({ kind: 'answered', info: { limit: 100, remaining: 90, resetMs: 10_000 } });
  expect(await budget.estimate(290)).toMatchObject({ lastMs: 10_000 + 60_000 });
});

describe('a run that is paced takes the same time, whatever becomes of the wall clock meanwhile:', () => {
  /** Makes 450 calls, where a hundred a minute are allowed. @returns milliseconds by the monotonic clock, and 429s */
  async function paced(stepMs: number) {
    const { clock, pass } = newTest();
    const server = makeServer('fixed', { calls: 100, windowMs: 60_000 }, 'up');
    let refused = 0;
    for (let call = 0; call < 450;) {
      // In the middle of a window, and while the run waits for one.
      if (call === 150 || call === 200) clock.step(stepMs);
      const slot = await pass();
      // The server's own clock is right all the time; its headers name times by it.
      const serverNow = NOON + clock.waited;
      const { accepted, info } = server.take(serverNow);
      const headers = {
        date: new Date(serverNow).toUTCString(),
        'x-ratelimit-limit': String(info.limit),
        'x-ratelimit-remaining': String(info.remaining),
        'x-ratelimit-reset': String(Math.round((serverNow + info.resetMs!) / 1000)),
      };
      if (accepted) call++;
      else refused++;
      slot.end({ kind: accepted ? 'answered' : 'refused', info: readRateLimit(headers, clock.now()) });
    }
    return { waited: clock.waited, refused };
  }

  test.each([0, HOUR_MS, -HOUR_MS, 24 * HOUR_MS, -24 * HOUR_MS])('set by %d ms', async (step) => {
    const { waited, refused } = await paced(step);
    // Four windows after the first, each asked for within a second or two.
    expect(waited).toBeGreaterThanOrEqual(240_000);
    expect(waited).toBeLessThan(240_000 + 4 * 2000);
    expect(refused).toBe(0);
  });
});

test('a call that holds until some time is late after it, by the wall clock', async () => {
  const { acquire, pass, clock } = newTest();
  (await pass()).end({ kind: 'refused', info: { retryMs: 100_000 } });
  const [late, inTime] = [50_000, 200_000].map((ms) => acquire(undefined, { until: NOON + ms }));
  expect(await late).toBe('late');
  slotOf((await inTime)!).end(ANSWERED);
  clock.step(HOUR_MS);
  expect(await acquire(undefined, { until: NOON + HOUR_MS })).toBe('late');
  await settle();
});
