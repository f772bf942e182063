import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readRateLimit } from '../../../src/core/budget/rate-limit.js';

const NOW = Date.UTC(2026, 10, 23, 2, 0, 0);
const moment = fc.integer({ min: Date.UTC(2020, 0, 1) / 1000, max: Date.UTC(2100, 0, 1) / 1000 });
const HEADER = { 'x-ratelimit-reset': 'resetMs', 'retry-after': 'retryMs' } as const;
const header = fc.constantFrom(...(Object.keys(HEADER) as (keyof typeof HEADER)[]));

test('a time in Unix seconds, Unix milliseconds, seconds from now or as an HTTP date becomes a duration', () => {
  fc.assert(
    fc.property(header, moment, fc.integer({ min: 0, max: 86_400 }), (name, seconds, fromNow) => {
      const now = seconds * 1000 - 1_800_000;
      const read = (value: string) => readRateLimit({ [name]: value }, now)[HEADER[name]];
      expect(read(String(seconds))).toBe(1_800_000);
      expect(read(String(seconds * 1000 + 7))).toBe(1_800_007);
      expect(read(String(fromNow))).toBe(fromNow * 1000);
      expect(read(new Date(seconds * 1000).toUTCString())).toBe(1_800_000);
    }),
  );
});

test('fractions of a second count', () => {
  expect(readRateLimit({ 'retry-after': '0.25' }, NOW)).toEqual({ retryMs: 250 });
  expect(readRateLimit({ 'x-ratelimit-reset': '1795399200.5' }, NOW)).toEqual({ resetMs: 1795399200500 - NOW });
});

test('a time of a server whose clock differs is a time of ours, and rather too late than too early', () => {
  fc.assert(
    fc.property(header, fc.integer({ min: -86_400_000, max: 86_400_000 }), fc.nat(3600), (name, ahead, left) => {
      const seconds = Math.round((NOW - ahead) / 1000) + left;
      const date = new Date(NOW - ahead).toUTCString();
      const read = readRateLimit({ [name]: String(seconds), date }, NOW)[HEADER[name]]! + NOW;
      const agrees = NOW - Date.parse(date) > -500 && NOW - Date.parse(date) < 2000;
      expect(read - seconds * 1000).toBeGreaterThanOrEqual(agrees ? 0 : ahead);
      expect(read - seconds * 1000).toBeLessThanOrEqual(agrees ? 0 : ahead + 2000);
      expect(readRateLimit({ [name]: '60', date }, NOW)[HEADER[name]]).toBe(60_000);
    }),
  );
});

test('the allowance is two numbers, of which none may be left', () => {
  expect(readRateLimit({ 'x-ratelimit-limit': '1000', 'x-ratelimit-remaining': '0' }, NOW)).toEqual({
    ...{ limit: 1000, remaining: 0 },
  });
});

test('a gateway that says so tells of no limit', () => {
  for (const value of ['0', '-1']) {
    const names = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];
    const headers = Object.fromEntries(names.map((name) => [name, value]));
    expect(readRateLimit(headers, NOW)).toEqual({});
    expect(readRateLimit({ ...headers, 'retry-after': '3' }, NOW)).toEqual({ retryMs: 3000 });
  }
});

test('a number that is no time is not taken for a year, nor is a reset that is days away for a reset', () => {
  expect(readRateLimit({ 'x-ratelimit-reset': '-1', 'retry-after': '-1' }, NOW)).toEqual({});
  expect(readRateLimit({ 'x-ratelimit-reset': String(NOW / 1000 + 100_000) }, NOW)).toEqual({});
  expect(readRateLimit({ 'x-ratelimit-reset': String((NOW + 5000) * 1000) }, NOW)).toEqual({ resetMs: 5000 });
  expect(readRateLimit({ 'x-ratelimit-reset': String((NOW + 5000) * 1e6) }, NOW)).toEqual({ resetMs: 5000 });
});

test('what is absent, empty or no number says nothing', () => {
  expect(readRateLimit({}, NOW)).toEqual({});
  const names = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'retry-after'];
  for (const value of ['', ' ', 'soon', 'NaN', 'Infinity']) {
    expect(readRateLimit(Object.fromEntries(names.map((name) => [name, value])), NOW)).toEqual({});
  }
  expect(readRateLimit({ 'x-ratelimit-limit': '-1' }, NOW)).toEqual({});
  expect(readRateLimit({ 'x-ratelimit-remaining': '-5' }, NOW)).toEqual({ remaining: 0 });
});
