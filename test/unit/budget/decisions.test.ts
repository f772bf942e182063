import { describe, expect, test } from '@jest/globals';
import { Breaker } from '../../../src/core/budget/breaker.js';
import { Bucket } from '../../../src/core/budget/bucket.js';
import { Concurrency } from '../../../src/core/budget/concurrency.js';
import {
  deadlinesOf,
  nextDeadline,
  nextTimeOfDay,
  startDeadlines,
  type DeadlineLimits,
} from '../../../src/core/budget/deadline.js';
import { configuredAllowance, estimateMs } from '../../../src/core/budget/estimate.js';
import { BlindPace } from '../../../src/core/budget/blind.js';
import { parseRate, reserveOf } from '../../../src/core/budget/rate.js';
import { LeapingClock } from '../../support/clock.js';

const NONE = { count: 0 };

describe('a rate', () => {
  test.each([
    ['1000/h', 1000, 3_600_000],
    ['100/m', 100, 60_000],
    ['40/2s', 40, 2000],
    [' 5 / S ', 5, 1000],
  ])('%s is so many calls in so much time', (text, calls, perMs) => {
    expect(parseRate(text)).toEqual({ calls, perMs });
  });

  test.each(['', 'none', '0/h', '5/0s', '5', '/h', '5/d', '-5/h', '1.5/s'])('"%s" is none', (text) => {
    expect(parseRate(text)).toBeUndefined();
  });

  test('a reserve is a number of calls, or a share of the limit rounded up', () => {
    expect(reserveOf({ count: 200 }, 1000)).toBe(200);
    expect(reserveOf({ percent: 20 }, 1000)).toBe(200);
    expect(reserveOf({ percent: 20 }, 101)).toBe(21);
  });
});

describe('the bucket of the configured rate', () => {
  test('is full at first but for the reserve, and refills evenly', () => {
    const bucket = new Bucket({ calls: 10, perMs: 1000 }, { percent: 50 });
    for (let call = 0; call < 5; call++) {
      expect(bucket.nextAt(0)).toBe(0);
      bucket.spend(0);
    }
    expect(bucket.nextAt(0)).toBe(200);
    expect(bucket.nextAt(200)).toBe(200);
  });

  test('does not save up more than it holds', () => {
    const bucket = new Bucket({ calls: 2, perMs: 1000 }, NONE);
    bucket.spend(0);
    for (let call = 0; call < 2; call++) bucket.spend(1_000_000);
    expect(bucket.nextAt(1_000_000)).toBe(1_000_500);
  });

  test('lets a call through now and then where the reserve is all of it', () => {
    const bucket = new Bucket({ calls: 10, perMs: 1000 }, { count: 10 });
    bucket.spend(0);
    expect(bucket.nextAt(0)).toBe(1000);
  });
});

describe('the number in flight', () => {
  test('begins at the bound, is halved by a failure, and grows back one by one', () => {
    const concurrency = new Concurrency(8);
    expect(concurrency.allowed).toBe(8);
    concurrency.failed();
    expect(concurrency.allowed).toBe(4);
    for (let call = 0; call < 5; call++) concurrency.succeeded(10);
    expect(concurrency.allowed).toBe(5);
    for (let call = 0; call < 100; call++) concurrency.succeeded(10);
    expect(concurrency.allowed).toBe(8);
  });

  test('takes calls that fail together for one sign, and never falls below one', () => {
    const concurrency = new Concurrency(8);
    for (let call = 0; call < 4; call++) concurrency.failed();
    expect(concurrency.allowed).toBe(4);
    for (let round = 0; round < 20; round++) {
      for (let call = 0; call < 8; call++) concurrency.succeeded(10);
      for (let call = 0; call < 8; call++) concurrency.failed();
    }
    expect(concurrency.allowed).toBeGreaterThanOrEqual(1);
  });

  test('falls when answers take much longer than they used to, but not for what is quick all the same', () => {
    const slowing = new Concurrency(8);
    for (let call = 0; call < 20; call++) slowing.succeeded(100);
    slowing.succeeded(1000);
    expect(slowing.allowed).toBe(4);
    const quick = new Concurrency(8);
    for (let call = 0; call < 20; call++) quick.succeeded(2);
    quick.succeeded(40);
    expect(quick.allowed).toBe(8);
  });
});

describe('the breaker', () => {
  test('opens after five failures in a row, asks after pauses that grow, and closes on an answer', () => {
    const breaker = new Breaker();
    for (let call = 0; call < 4; call++) breaker.failed(1000);
    expect(breaker.state).toBe('closed');
    breaker.failed(1000);
    expect([breaker.downSince, breaker.asksAt, breaker.state]).toEqual([1000, 2000, 'open']);
    breaker.asked(false, 2000);
    expect([breaker.asksAt, breaker.state]).toEqual([4000, 'asked']);
    breaker.asked(false, 4000);
    expect(breaker.asksAt).toBe(8000);
    for (let now = 8000; now < 1_000_000; now = breaker.asksAt) breaker.asked(false, now);
    expect(breaker.asksAt).toBeLessThan(1_000_000 + 30_001);
    breaker.asked(true, 1_000_000);
    breaker.succeeded();
    expect(breaker.state).toBe('closed');
  });

  test('is not closed by the question alone: a call that waits is tried, and if it fails, it is as long open as before', () => {
    const breaker = new Breaker();
    for (let call = 0; call < 5; call++) breaker.failed(1000);
    breaker.asked(true, 2000);
    expect([breaker.downSince, breaker.state]).toEqual([1000, 'trial']);
    breaker.failed(2100);
    expect([breaker.downSince, breaker.state, breaker.asksAt]).toEqual([1000, 'asked', 4100]);
    breaker.asked(true, 4100);
    breaker.succeeded();
    expect(breaker.state).toBe('closed');
  });

  test('is closed by the answer of a call that was under way, and what was asked meanwhile no longer counts', () => {
    const breaker = new Breaker();
    for (let call = 0; call < 5; call++) breaker.failed(1000);
    breaker.asked(false, 2000);
    expect(breaker.state).toBe('asked');
    breaker.succeeded();
    expect(breaker.state).toBe('closed');
    breaker.asked(false, 2500);
    expect(breaker.state).toBe('closed');
    breaker.asked(true, 3000);
    expect(breaker.state).toBe('closed');
  });

  test('stays closed while answers come between the failures, until the retry budget is used up', () => {
    const breaker = new Breaker();
    let failures = 0;
    while (breaker.state === 'closed' && failures < 1000) {
      // Three failures for each answer: never five in a row.
      breaker.failed(failures);
      if (++failures % 3 === 0) breaker.succeeded();
    }
    expect(failures).toBeGreaterThan(50);
    expect(failures).toBeLessThan(100);
  });

  test('never opens where answers are as many as failures', () => {
    const breaker = new Breaker();
    for (let call = 0; call < 10_000; call++) {
      breaker.failed(call);
      breaker.succeeded();
    }
    expect(breaker.state).toBe('closed');
  });
});

describe('the pace that is found by trying', () => {
  /** A call every so often, each answered at once. */
  function calls(pace: BlindPace, from: number, count: number, everyMs: number): number {
    for (let call = 0; call < count; call++) {
      pace.begin(from + call * everyMs);
      pace.answered(from + call * everyMs);
    }
    return from + count * everyMs;
  }

  test('is none until a second refusal, and then what was let through since the first, the wait included', () => {
    const pace = new BlindPace();
    const first = calls(pace, 0, 20, 10);
    expect(pace.refused(first)).toBe(250);
    expect(pace.nextAt()).toBe(190);
    const second = calls(pace, first + 1000, 20, 50);
    pace.refused(second);
    pace.begin(second);
    // 20 calls in two seconds.
    expect(pace.nextAt()).toBe(second + 100);
  });

  test('waits for two calls after a refusal, and twice as long each time that it was not enough', () => {
    const pace = new BlindPace();
    pace.refused(0);
    const at = calls(pace, 1000, 10, 100);
    expect([pace.refused(at), pace.refused(at), pace.refused(at)]).toEqual([400, 800, 1600]);
    expect([new BlindPace()].map((unknown) => [unknown.refused(0), unknown.refused(0)])).toEqual([[250, 500]]);
  });

  test('does not take long idleness for a slow API', () => {
    const pace = new BlindPace();
    pace.refused(0);
    pace.refused(calls(pace, 0, 2, 1_000_000));
    pace.begin(0);
    expect(pace.nextAt()).toBe(1000);
  });

  test('grows quicker with every answer, and less so the better it is known', () => {
    const pace = new BlindPace();
    pace.refused(0);
    const gains = [1, 2, 3, 4].map(() => {
      pace.refused(calls(pace, 10_000, 20, 100));
      pace.begin(0);
      const before = pace.nextAt();
      pace.answered(0);
      return 1 - pace.nextAt() / before;
    });
    expect(gains.every((gain) => gain > 0)).toBe(true);
    expect(gains).toEqual([...gains].sort((a, b) => b - a));
  });
});

describe('the estimate', () => {
  const allowance = { limit: 100, remaining: 30, resetAt: 10_000, windowMs: 60_000 };

  test('is nothing within what is left, and then so many windows', () => {
    expect(estimateMs(30, allowance, NONE, 0)).toBe(0);
    expect(estimateMs(31, allowance, NONE, 0)).toBe(10_000);
    expect(estimateMs(130, allowance, NONE, 0)).toBe(10_000);
    expect(estimateMs(131, allowance, NONE, 0)).toBe(70_000);
  });

  test('leaves out the reserve, and knows no end where that is everything', () => {
    expect(estimateMs(131, allowance, { percent: 50 }, 0)).toBe(10_000 + 2 * 60_000);
    expect(estimateMs(131, allowance, { count: 100 }, 0)).toBe(Infinity);
  });

  test('goes by the configured rate as long as the API has said nothing', () => {
    const configured = configuredAllowance({ calls: 1000, perMs: 3_600_000 }, { percent: 20 }, 100);
    expect(configured.remaining).toBe(700);
    expect(estimateMs(10_000, configured, { percent: 20 }, 0)).toBe((9300 / 800) * 3_600_000);
  });
});

describe('the deadline', () => {
  const at = (text: string) => Date.parse(text);

  test.each([
    ['later today', '2026-01-10T01:00:00Z', '05:00', 'Europe/Berlin', '2026-01-10T04:00:00Z'],
    ['tomorrow, where it is past', '2026-01-10T05:00:00Z', '05:00', 'Europe/Berlin', '2026-01-11T04:00:00Z'],
    [
      'tomorrow, where it is that very moment',
      '2026-01-10T04:00:00Z',
      '05:00',
      'Europe/Berlin',
      '2026-01-11T04:00:00Z',
    ],
    ['in a night of 23 hours', '2026-03-28T22:00:00Z', '05:00', 'Europe/Berlin', '2026-03-29T03:00:00Z'],
    ['in a night of 25 hours', '2026-10-24T21:00:00Z', '05:00', 'Europe/Berlin', '2026-10-25T04:00:00Z'],
    ['in a night of 23 hours', '2026-03-08T03:00:00Z', '05:00', 'America/New_York', '2026-03-08T09:00:00Z'],
    ['in a night of 25 hours', '2026-11-01T03:00:00Z', '05:00', 'America/New_York', '2026-11-01T10:00:00Z'],
    [
      'an hour on, where the clocks leave it out',
      '2026-03-29T00:00:00Z',
      '02:30',
      'Europe/Berlin',
      '2026-03-29T01:30:00Z',
    ],
    [
      'an hour on, where the clocks leave it out',
      '2026-03-08T05:00:00Z',
      '02:30',
      'America/New_York',
      '2026-03-08T07:30:00Z',
    ],
    ['the first of two', '2026-10-24T22:00:00Z', '02:30', 'Europe/Berlin', '2026-10-25T00:30:00Z'],
    ['the first of two', '2026-11-01T04:00:00Z', '01:30', 'America/New_York', '2026-11-01T05:30:00Z'],
  ])('by the clock is %s: from %s on, %s in %s', (_, now, time, zone, expected) => {
    expect(new Date(nextTimeOfDay(time, at(now), zone)).toISOString()).toBe(new Date(expected).toISOString());
  });

  test.each(['Europe/Berlin', 'America/New_York'])('is always within 25 hours and never past, in %s', (zone) => {
    for (let now = at('2026-01-01T00:00:00Z'); now < at('2027-01-01T00:00:00Z'); now += 47 * 60_000) {
      const wait = nextTimeOfDay('02:30', now, zone) - now;
      expect(wait > 0 && wait <= 25 * 3_600_000).toBe(true);
    }
  });

  test('is the earlier of the two', () => {
    const noon = new Date(2026, 5, 1, 12).getTime();
    const clock = new LeapingClock(noon);
    const next = (limits: DeadlineLimits) => nextDeadline(deadlinesOf(limits, clock), clock);
    expect(next({ maxDuration: undefined, stopAt: undefined })).toEqual({ leftMs: Infinity, reason: undefined });
    expect(next({ maxDuration: 60_000, stopAt: '13:00' })).toEqual({
      leftMs: 60_000,
      reason: { limit: 'max_duration' },
    });
    expect(next({ maxDuration: 7_200_000, stopAt: '13:00' })).toEqual({
      leftMs: 3_600_000,
      reason: { limit: 'stop_at', time: '13:00' },
    });
  });

  test('by a time of day moves with the wall clock, and by a duration does not', () => {
    const clock = new LeapingClock(new Date(2026, 5, 1, 12).getTime());
    const both = deadlinesOf({ maxDuration: 3_000_000, stopAt: '13:00' }, clock);
    expect(nextDeadline(both, clock)).toEqual({ leftMs: 3_000_000, reason: { limit: 'max_duration' } });
    clock.step(1_800_000);
    expect(nextDeadline(both, clock)).toEqual({ leftMs: 1_800_000, reason: { limit: 'stop_at', time: '13:00' } });
    clock.step(-86_400_000);
    expect(nextDeadline(both, clock)).toEqual({ leftMs: 3_000_000, reason: { limit: 'max_duration' } });
  });

  /** What ends a run, and after how long by the monotonic clock. */
  async function endOf(limits: Partial<DeadlineLimits>, stepMs: number) {
    const clock = new LeapingClock(new Date(2026, 5, 1, 12).getTime());
    const stop = new AbortController();
    startDeadlines({ maxDuration: undefined, stopAt: undefined, ...limits }, stop, clock);
    clock.step(stepMs);
    await new Promise((resolve) => stop.signal.addEventListener('abort', resolve));
    return { reason: stop.signal.reason as unknown, waited: clock.waited, pending: clock.pending };
  }

  test.each([0, 3_600_000, -3_600_000, 86_400_000, -86_400_000])(
    'by a duration ends the run after that time, though the wall clock is set by %d ms',
    async (step) => {
      expect(await endOf({ maxDuration: 10_800_000 }, step)).toMatchObject({
        ...{ waited: 10_800_000, pending: 0 },
        reason: { code: 'deadline', facts: { limit: 'max_duration' } },
      });
    },
  );

  test.each([
    [0, 3_600_000],
    [-3_600_000, 7_200_000],
    [-86_400_000, 90_000_000],
    // Found at the next look.
    [86_400_000, 60_000],
    [1_800_000, 1_800_000],
  ])('by a time of day ends the run when the wall clock, set by %d ms, shows it', async (step, waited) => {
    expect(await endOf({ stopAt: '13:00' }, step)).toMatchObject({
      ...{ waited, pending: 0 },
      reason: { code: 'deadline', facts: { limit: 'stop_at', time: '13:00' } },
    });
  });
});
