import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { neutralise, neutralJson, oneLine } from '../../../../src/cli/output/neutralise.js';

/** What a terminal acts upon, or what hides or reorders text. */
const HOSTILE = [
  ...['\u0000', '\u0007', '\u0008', '\r', '\u001b', '\u007f', '\u0085', '\u009b', '\u009d'],
  ...['\u00ad', '\u061c', '\u200b', '\u200e', '\u200f', '\u2028', '\u2029', '\u202a', '\u202e', '\u2060', '\u2066'],
  ...['\u2069', '\u3164', '\ufeff', '\ud83d', '\udc00', '\u{e0001}', '\u{e0041}', '\u{e007f}'],
];
const text = fc.array(
  fc.oneof(fc.constantFrom(...HOSTILE, '\n', '\t', '\u200d', 'a'), fc.string({ unit: 'grapheme' })),
);

describe('text for people', () => {
  test.each([
    ['\u001b]2;owned\u0007', '\\x1b]2;owned\\x07'],
    ['a\rb', 'a\\x0db'],
    ['\u009b2J', '\\x9b2J'],
    ['safe\u202egnp.exe', 'safe\\u202egnp.exe'],
    ['one\u2028two', 'one\\u2028two'],
    ['co\u00adop', 'co\\xadop'],
    ['A\u{e0041}', 'A\\u{e0041}'],
    ['half \ud83d', 'half \\ud83d'],
  ])('%j shows as %s', (given, shown) => {
    expect(neutralise(given)).toBe(shown);
  });

  test.each(['👩‍👩‍👧', '👩🏽‍🚀', '🏳️‍🌈', '❤️', '1️⃣', 'می‌خواهم', 'क्‍ष', '葛\u{e0100}城', 'café', 'Zoë 𝒳'])(
    'reads as it is written: %s',
    (written) => {
      expect(neutralise(written)).toBe(written);
    },
  );

  test.each(['pay\u200dpal', 'pay\u200cpal', '\u200d', 'a\ufe0f', 'a\u{e0100}'])(
    'shows what joins or varies nothing: %j',
    (hidden) => {
      expect(neutralise(hidden)).not.toBe(hidden);
    },
  );

  test('holds nothing that a terminal acts upon, whatever it was made of, and is the same when done twice', () => {
    fc.assert(
      fc.property(text, (parts) => {
        const shown = neutralise(parts.join(''));
        expect(HOSTILE.filter((letter) => letter.codePointAt(0)! < 0xd800 && shown.includes(letter))).toEqual([]);
        expect(shown).not.toMatch(/\p{Cs}|[\u{e0000}-\u{e007f}]/u);
        expect(neutralise(shown)).toBe(shown);
      }),
    );
  });

  test('stays one line where it must', () => {
    expect(oneLine('VP\n03:00:00 info row ended')).toBe('VP\\n03:00:00 info row ended');
  });
});

test('JSON means what it meant, and holds nothing that a terminal acts upon', () => {
  fc.assert(
    fc.property(text, (parts) => {
      const value = { text: parts.join('') };
      const json = neutralJson(value);
      expect(JSON.parse(json)).toEqual(value);
      expect(json).toBe(neutralise(json));
    }),
  );
});
