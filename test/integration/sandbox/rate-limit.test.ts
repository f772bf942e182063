import { expect, test } from '@jest/globals';
import { parseRateLimit, rateLimitHeaders, SlidingWindow } from '../../../src/sandbox/rate-limit.js';
import { withDate } from '../../support/date.js';
import { call, withSandbox } from '../../support/sandbox-client.js';

test('a request beyond the limit is 429 with Retry-After, until the window has moved on', () =>
  withDate('2026-03-01T10:00:00.250Z', (date) =>
    withSandbox({ contacts: 1, rateLimit: { limit: 2, windowMs: 400 } }, async (sandbox) => {
      const answers = [await call(sandbox, 'GET', '/v1/me'), await call(sandbox, 'GET', '/v1/me')];
      expect(answers.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual(['1', '0']);
      date.advance(399);
      const over = await call(sandbox, 'GET', '/v1/me');
      expect([over.status, over.headers.get('retry-after'), over.body.error?.code]).toEqual([429, '1', 'rate_limited']);
      expect(over.headers.get('x-ratelimit-limit')).toBe('2');
      expect(over.headers.get('x-ratelimit-reset')).toBe(String(Date.parse('2026-03-01T10:00:01Z') / 1000));
      date.advance(1);
      expect((await call(sandbox, 'GET', '/v1/me')).status).toBe(200);
    }),
  ));

test('requests without a key neither count nor get the headers', () =>
  withSandbox({ contacts: 0, rateLimit: { limit: 1, windowMs: 60_000 } }, async (sandbox) => {
    const stranger = await fetch(`${sandbox.url}/v1/me`);
    expect([stranger.status, stranger.headers.has('x-ratelimit-limit')]).toEqual([401, false]);
    expect((await call(sandbox, 'GET', '/v1/nowhere')).headers.get('x-ratelimit-remaining')).toBe('0');
  }));

test('the window slides: a place frees when the oldest request leaves it', () => {
  const window = new SlidingWindow({ limit: 2, windowMs: 1000 });
  expect(window.admit(0)).toEqual({ admitted: true, limit: 2, remaining: 1, resetAt: 1000 });
  expect(window.admit(600)).toMatchObject({ admitted: true, remaining: 0, resetAt: 1000 });
  const refused = window.admit(700);
  expect(refused).toMatchObject({ admitted: false, remaining: 0, resetAt: 1000 });
  expect(rateLimitHeaders(refused, 700)).toMatchObject({ 'Retry-After': '1', 'X-RateLimit-Reset': '1' });
  expect(window.admit(1000)).toMatchObject({ admitted: true, resetAt: 1600 });
  expect(window.admit(1001).admitted).toBe(false);
});

test('a window over many requests never lets more than the limit through', () => {
  const window = new SlidingWindow({ limit: 10, windowMs: 100 });
  const passed: number[] = [];
  for (let now = 0; now < 5000; now += 3) if (window.admit(now).admitted) passed.push(now);
  for (const start of passed)
    expect(passed.filter((at) => at >= start && at < start + 100).length).toBeLessThanOrEqual(10);
  expect(passed.length).toBeGreaterThanOrEqual(490);
});

test.each([
  ['100/m', 100, 60_000],
  ['1000/h', 1000, 3_600_000],
  ['40/2s', 40, 2000],
  [' 10 / s', 10, 1000],
])('%s is a rate limit', (text, limit, windowMs) => {
  expect(parseRateLimit(text)).toEqual({ limit, windowMs });
});

test.each(['', '100', '0/m', '10/0s', 'ten/m', '10/week'])('"%s" is not a rate limit', (text) => {
  expect(() => parseRateLimit(text)).toThrow('write requests/time, such as 100/m');
});
