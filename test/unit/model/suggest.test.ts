import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { didYouMean, nearest } from '../../../src/core/model/suggest.js';

const FIELDS = ['first_name', 'last_name', 'email', 'title', 'phone_number', 'tags'];

test.each([
  ['titel', 'title'],
  ['tilte', 'title'],
  ['Titles', 'title'],
  ['EMIAL', 'email'],
  ['phonenumber', 'phone_number'],
  ['tag', 'tags'],
])('%p is a slip for %p', (word, name) => expect(nearest(word, FIELDS)).toBe(name));

test.each(['shoe size', 'x', '', 'fax'])('%p is no slip for anything', (word) => {
  expect(nearest(word, FIELDS)).toBeUndefined();
  expect(didYouMean(word, FIELDS)).toBe('');
});

test('the nearest of several is suggested, as it is written, the first one of equals', () => {
  expect(nearest('last_nam', ['first_name', 'Last_Name'])).toBe('Last_Name');
  expect(nearest('ab', ['ac', 'ad'])).toBe('ac');
  expect(didYouMean('titel', FIELDS)).toBe(' (did you mean "title"?)');
});

test('a word is suggested for itself and for each of its letters left out or doubled', () => {
  fc.assert(
    fc.property(fc.constantFrom(...FIELDS), fc.nat(), fc.boolean(), (name, n, doubled) => {
      const at = n % name.length;
      const slip = name.slice(0, at) + (doubled ? name[at]! : '') + name.slice(doubled ? at : at + 1);
      expect(nearest(name, FIELDS)).toBe(name);
      expect(nearest(slip, FIELDS)).toBe(name);
    }),
  );
});
