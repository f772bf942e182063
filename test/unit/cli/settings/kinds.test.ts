import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { z } from 'zod';
import { choice, duration, flag, httpUrl, list, whole, words } from '../../../../src/cli/settings/kinds.js';
import { SCHEMAS } from '../../../../src/cli/settings/schemas.js';

/** The value, or what was expected instead. */
function read(schema: z.ZodType, given: unknown): unknown {
  const parsed = schema.safeParse(given);
  return parsed.success ? parsed.data : { problem: parsed.error.issues.map((issue) => issue.message).join('; ') };
}

const problem = (message: string) => ({ problem: expect.stringContaining(message) });

describe('a duration', () => {
  test.each([
    ['30s', 30_000],
    ['10m', 600_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
    [' 2 days ', 172_800_000],
  ])('%p is %p milliseconds', (text, value) => expect(read(duration, text)).toBe(value));

  test.each(['30', '', 'soon', '-5s', '0s', '5 parsecs', 's', 30, true, null, `${'9'.repeat(200)}s`])(
    '%p is none: a unit is part of it',
    (text) => expect(read(duration, text)).toEqual(problem('expected a time such as 30s, 10m or 3h')),
  );
});

describe('a whole number', () => {
  test('is taken within its bounds, as text or as a number', () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 150 }), (n) => {
        const expected = n >= 1 && n <= 100 ? n : problem(`expected a whole number from 1 to 100, got "${n}"`);
        expect(read(whole(1, 100), n)).toEqual(expected);
        expect(read(whole(1, 100), String(n))).toEqual(expected);
      }),
    );
  });

  test.each(['', ' ', '1.5', 1.5, '1e2', '0x10', 'eight', NaN, true, null])('is not %p', (text) =>
    expect(read(whole(1, 100), text)).toEqual(problem('expected a whole number from 1 to 100')),
  );
});

test('a choice is one of its words, in any case', () => {
  const schema = choice(['leave', 'clear', 'true', '1']);
  expect(read(schema, 'CLEAR')).toBe('clear');
  expect([read(schema, true), read(schema, 1)]).toEqual(['true', '1']);
  for (const other of ['keep', '', null, {}]) {
    expect(read(schema, other)).toEqual(problem('expected leave, clear, true or 1'));
  }
});

test('a switch is true or false, or a word for it', () => {
  for (const yes of [true, 'true', 'TRUE', '1', 'yes', 'on']) expect(read(flag, yes)).toBe(true);
  for (const no of [false, 'false', '0', 'No', 'off', '']) expect(read(flag, no)).toBe(false);
  for (const other of ['maybe', 2, null]) expect(read(flag, other)).toEqual(problem('expected true or false'));
});

test('a list is several texts, or one with commas', () => {
  expect(read(list, 'a, b,,c')).toEqual(['a', 'b', 'c']);
  expect(read(list, ['a, b', 'c'])).toEqual(['a, b', 'c']);
  expect(read(list, '')).toEqual([]);
  for (const other of [1, [1], null]) expect(read(list, other)).toEqual(problem('expected'));
});

test('a text is one text, and not empty', () => {
  expect(read(words, 'runs')).toBe('runs');
  expect(read(words, '')).toEqual(problem('expected a text, got none'));
  expect(read(words, 5)).toEqual(problem('expected one text'));
});

test('a URL is http or https, in its own spelling; blanks around it and slashes at its end go', () => {
  expect(read(httpUrl, ' https://api.example.com/ \n')).toBe('https://api.example.com');
  expect(read(httpUrl, 'http://127.0.0.1:8080/base')).toBe('http://127.0.0.1:8080/base');
  expect(read(httpUrl, 'HTTPS://API.example.com:443/a/../b//')).toBe('https://api.example.com/b');
  for (const other of ['api.example.com', 'ftp://x.y', '', 5]) {
    expect(read(httpUrl, other)).toEqual(problem('expected a URL such as https://api.example.com'));
  }
});

test('a URL has no user, password, query or fragment, and none of them is shown', () => {
  const user = [
    'https://me@x.y',
    'https://:hunter2@x.y',
    'https://me:hunter2@x.y/a?b',
    'https://@x.y',
    'https:\\\\me@x.y',
  ];
  for (const text of user) expect(read(httpUrl, text)).toEqual({ problem: expect.stringMatching(/password$/) });
  for (const text of ['https://x.y?key=hunter2', 'https://x.y/?', 'https://x.y/#', 'https://x.y#hunter2']) {
    expect(read(httpUrl, text)).toEqual({ problem: expect.stringMatching(/without "\?" or "#"$/) });
  }
  expect(read(httpUrl, 'https://x.y/@me')).toBe('https://x.y/@me');
});

test('what may be the key is not shown as a URL that is wrong', () => {
  for (const text of ['Zk9.plain-secret_7Qx', `mks_${'a'.repeat(48)}`, ' abcdefghij0123456789 ']) {
    expect(read(httpUrl, text)).toEqual(problem('. The value looks like an API key and is not shown'));
  }
  expect(read(httpUrl, 'crm.internal.example.com')).toEqual(problem(', got "crm.internal.example.com"'));
});

describe('options that have a kind of their own:', () => {
  test('--delimiter is a name or the character itself', () => {
    const schema = SCHEMAS.delimiter;
    expect(
      ['comma', ',', 'semicolon', ';', 'tab', '\t', '\\t', 'pipe', '|', 'auto'].map((text) => read(schema, text)),
    ).toEqual([...[',', ',', ';', ';', '\t', '\t', '\t', '|', '|', undefined]]);
    for (const other of [':', '', 'constructor']) {
      expect(read(schema, other)).toEqual(problem(`expected auto, comma, semicolon, tab or pipe, got "${other}"`));
    }
  });

  test('--skip-equivalent is for all fields that can differ in form, for some, or for none', () => {
    const schema = SCHEMAS.skipEquivalent;
    const all = ['email', 'phone_number', 'linkedin_url'];
    expect(read(schema, '')).toEqual(all);
    expect(read(schema, 'all')).toEqual(all);
    expect(read(schema, 'none')).toEqual([]);
    expect(read(schema, 'email, phone_number')).toEqual(['email', 'phone_number']);
    expect(read(schema, 'email,title')).toEqual(
      problem('expected fields among email,phone_number,linkedin_url, got "title"'),
    );
  });

  test('--api-prefix is a path', () => {
    const schema = SCHEMAS.apiPrefix;
    expect(['/v1', '/v1/preview', ''].map((text) => read(schema, text))).toEqual(['/v1', '/v1/preview', '']);
    for (const other of ['v1', '/v1/', '/v1?x', '//']) expect(read(schema, other)).toEqual(problem('expected a path'));
  });
});
