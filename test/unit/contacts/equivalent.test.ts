import { describe, expect, test } from '@jest/globals';
import { sameEmail, samePhone, sameProfileUrl } from '../../../src/core/contacts/equivalent.js';

type Same = (a: string, b: string) => boolean;

/** Equivalence has no sides. */
function bothWays(same: Same, a: string, b: string): boolean {
  expect(same(b, a)).toBe(same(a, b));
  return same(a, b);
}

describe('phone numbers are the same', () => {
  test.each([
    ['+49 (151) 123-45.67', '+491511234567'],
    ['+1 415 555 2671', '(415) 555-2671'],
    ['0151 1234567', '+49 151 1234567'],
    ['4711 0815', '(4711) 08-15'],
  ])('%p and %p', (a, b) => expect(bothWays(samePhone, a, b)).toBe(true));

  test.each([
    ['+491511234567', '+491511234568'],
    ['+491511234567', '+431511234567'],
    ['+14155552671', '+14155552671 ext. 5'],
    ['0151 1234567', '151 1234567'],
    ['', ''],
    ['call me', 'call you'],
  ])('and not %p and %p', (a, b) => expect(bothWays(samePhone, a, b)).toBe(false));
});

describe('e-mail addresses are the same', () => {
  test('in other letter case only', () => {
    expect(bothWays(sameEmail, 'Ana@Example.COM', ' ana@example.com')).toBe(true);
    expect(bothWays(sameEmail, 'ana@example.com', 'an.a@example.com')).toBe(false);
    expect(bothWays(sameEmail, 'ana+x@example.com', 'ana@example.com')).toBe(false);
  });
});

describe('LinkedIn pages are the same', () => {
  test.each([
    'https://www.linkedin.com/in/ana',
    'http://linkedin.com/in/ana/',
    'linkedin.com/in/ANA',
    'https://de.linkedin.com/in/ana?trk=x',
    'https://m.linkedin.com/in/ana/#about',
  ])('%p', (url) => expect(bothWays(sameProfileUrl, url, 'https://linkedin.com/in/ana')).toBe(true));

  test.each(['https://linkedin.com/in/anab', 'https://linkedin.com/company/ana', 'https://example.com/in/ana'])(
    'and not %p',
    (url) => expect(bothWays(sameProfileUrl, url, 'https://linkedin.com/in/ana')).toBe(false),
  );
});
