import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseTags, TagDirectory } from '../../../src/core/contacts/tags.js';

const NAMES = ['VIP', 'Customer', 'Beta tester', 'Großkunde', '-legacy', '+1'];
const idOf = (name: string) => `7a900000-0000-4000-8000-00000000000${NAMES.indexOf(name)}`;
const directory = new TagDirectory(NAMES.map((name) => ({ id: idOf(name), name })));

const wantedOf = (text: string, known: TagDirectory | undefined = directory) => {
  const parsed = parseTags(text, known);
  return 'wanted' in parsed ? parsed.wanted : parsed.expected;
};
const someNames = fc.uniqueArray(fc.constantFrom('VIP', 'Customer', 'Beta tester', 'Großkunde'), { minLength: 1 });
const givenBy = fc.func(fc.boolean());

test('A;B is a whole new list, of names or ids in any case, each tag once', () => {
  fc.assert(
    fc.property(someNames, givenBy, (names, byId) => {
      const cell = names
        .map((name) => (byId(name) ? idOf(name).toUpperCase() : ` ${name.normalize('NFD')} `))
        .join(';');
      expect(wantedOf(cell)).toEqual({ kind: 'set', names });
      expect(wantedOf(`${cell};${cell}; ;`)).toEqual({ kind: 'set', names });
    }),
  );
});

test('+A;-B adds and removes', () => {
  fc.assert(
    fc.property(someNames, givenBy, fc.func(fc.boolean()), (names, byId, isAdded) => {
      const sign = (name: string) => (isAdded(name) ? '+' : '-');
      const cell = names.map((name) => `${sign(name)} ${byId(name) ? idOf(name) : name}`).join(' ; ');
      expect(wantedOf(cell)).toEqual({
        kind: 'change',
        add: names.filter((name) => isAdded(name)),
        remove: names.filter((name) => !isAdded(name)),
      });
    }),
  );
});

describe('refused is', () => {
  test.each([
    ['+VIP;Customer', 'either A;B (replace) or +A;-B (add and remove), not both in one cell'],
    ['+VIP;-VIP', '"VIP" either added or removed, not both'],
    [`+VIP;-${idOf('VIP')}`, '"VIP" either added or removed, not both'],
    [';', 'names or ids of tags, separated by ;'],
    [' ; ;', 'names or ids of tags, separated by ;'],
    ['VPI', 'a tag that exists; "VPI" does not (did you mean "VIP"?)'],
    ['+Whale', 'a tag that exists; "Whale" does not'],
    ['vip', 'a tag that exists; "vip" does not (did you mean "VIP"?)'],
    ['7a900000-0000-4000-8000-0000000000ff', 'a tag that exists; "7a900000-0000-4000-8000-0000000000ff" does not'],
    ['+', 'a tag that exists; "" does not'],
  ])('%p', (cell, expected) => {
    expect(wantedOf(cell)).toBe(expected);
  });
});

test('a name with a sign in front that is a tag of its own is refused, and an id tells what is meant', () => {
  expect(wantedOf('-legacy;+1;VIP')).toMatch(
    /^the id of a tag, since one is called "-legacy": \S+ replaces, \+\S+ adds/,
  );
  expect(wantedOf('+-legacy;-+1')).toEqual({ kind: 'change', add: ['-legacy'], remove: ['+1'] });
});

test('tags that look alike are told by their ids, and their names are refused', () => {
  const [a, b] = ['7a900000-0000-4000-8000-00000000000a', '7a900000-0000-4000-8000-00000000000b'];
  for (const [one, other] of [
    ['Old', 'Old '],
    ['Zo\u00eb', 'Zoe\u0308'],
  ] as const) {
    const twins = new TagDirectory([
      { id: a, name: one },
      { id: b, name: other },
    ]);
    expect(parseTags(one, twins)).toEqual({ expected: expect.stringContaining(`give its id: ${a}, ${b}`) });
    expect(parseTags(`${a.toUpperCase()};${b}`, twins)).toEqual({ wanted: { kind: 'set', names: [one, other] } });
    expect([twins.idOf(one), twins.idOf(other)]).toEqual([a, b]);
  }
});

test('without the organisation’s tags only the form is checked', () => {
  const offline = (text: string) => {
    const parsed = parseTags(text, undefined);
    return 'wanted' in parsed ? parsed.wanted : parsed.expected;
  };
  expect(offline('Whale;VIP')).toEqual({ kind: 'set', names: ['Whale', 'VIP'] });
  expect(offline('+Whale;-VIP')).toEqual({ kind: 'change', add: ['Whale'], remove: ['VIP'] });
  expect(offline('+Whale;VIP')).toContain('not both in one cell');
  expect(offline('+;-VIP')).toBe('a tag after + or -');
});

test('names have ids, however their letters are composed', () => {
  expect(directory.idOf(' Großkunde ')).toBe(idOf('Großkunde'));
  expect(new TagDirectory([{ id: 'a', name: 'Zoe\u0308' }]).idOf('Zo\u00EB')).toBe('a');
  expect(directory.idOf('Whale')).toBeUndefined();
});
