import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Contact } from '../../../src/core/contacts/types.js';
import { findNotKept, settle } from '../../../src/core/apply/check-answer.js';
import type { FieldValue } from '../../../src/core/model/values.js';
import type { Changes } from '../../../src/core/model/plan-line.js';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';
import { contact, fieldOf } from '../../support/build.js';

const change = (key: string, from: FieldValue, to: FieldValue): Changes => ({ [key]: { from, to } });
const notKept = (changes: Changes, answer: Partial<Contact>) => findNotKept(changes, contact(answer), fieldOf);
const settled = (changes: Changes, now: Partial<Contact>) => settle(changes, contact(now), fieldOf);

describe('an answer that shows what was meant', () => {
  test.each<[key: string, to: FieldValue, shown: unknown]>([
    ['title', 'SVP', 'SVP'],
    ['title', 'Zo\u00EB', ' Zoe\u0308 '],
    ['title', null, null],
    ['title', null, ''],
    ['title', null, undefined],
    ['tags', ['A', 'B'], ['B', 'A']],
    ['tags', [], null],
    ['do_not_contact', false, false],
    [CUSTOM_FIELDS.seats, 12, '12'],
    [CUSTOM_FIELDS.accountTier, 'tier_1', { key: 'tier_1', display_value: 'Strategic' }],
    [CUSTOM_FIELDS.lastDemo, '2026-03-01T10:00:00.000Z', '2026-03-01T11:00:00+01:00'],
  ])('needs no warning: %s %p came back as %p', (key, to, shown) => {
    expect(notKept(change(key, 'before', to), { [key]: shown })).toEqual([]);
  });
});

test('an answer that shows otherwise is told, field by field', () => {
  const changes = {
    ...change('title', 'VP', 'SVP'),
    ...change('notes', 'x', null),
    ...change('tags', ['A'], ['B']),
    ...change('do_not_contact', true, false),
    ...change('location', 'Paris', 'Berlin'),
  };
  const answer = { title: 'VP', notes: 'x', tags: ['A'], do_not_contact: null, location: 'Berlin' };
  expect(notKept(changes, answer)).toEqual([
    { code: 'not_kept', field: 'title', kept: 'VP', message: 'came back with another value: "VP", sent "SVP"' },
    { code: 'not_kept', field: 'notes', kept: 'x', message: 'came back with another value: "x", sent null' },
    { code: 'not_kept', field: 'tags', kept: ['A'], message: 'came back with another value: ["A"], sent ["B"]' },
    {
      code: 'not_kept',
      field: 'do_not_contact',
      kept: null,
      message: 'came back with another value: null, sent false',
    },
  ]);
});

test('a value that the API keeps in another form is told as that', () => {
  const changes = { ...change('email', null, 'Ana@Example.com'), ...change('phone_number', null, '+49 151 1234567') };
  const warnings = notKept(changes, { email: 'ana@example.com', phone_number: '+491511234567' });
  expect(warnings.map(({ field, form }) => [field, form])).toEqual([
    ['email', true],
    ['phone_number', true],
  ]);
  expect(notKept(change('title', null, 'svp'), { title: 'SVP' })).toEqual([
    expect.not.objectContaining({ form: expect.anything() }),
  ]);
});

test('fields that the row did not change are not looked at', () => {
  expect(notKept(change('title', 'VP', 'SVP'), { title: 'SVP', notes: 'someone else was here' })).toEqual([]);
});

describe('a request that was never answered', () => {
  const changes = { ...change('title', 'VP', 'SVP'), ...change('notes', null, 'hello') };

  test.each<[Partial<Contact>, ReturnType<typeof settle>]>([
    [{ title: 'SVP', notes: 'hello' }, 'applied'],
    [{ title: ' SVP ', notes: 'hello' }, 'applied'],
    [{ title: 'VP', notes: '' }, 'not_applied'],
    [{ title: 'SVP', notes: null }, 'unclear'],
    [{ title: 'VP', notes: 'hello' }, 'unclear'],
    [{ title: 'CEO', notes: 'hello' }, 'unclear'],
    [{ title: 'CEO', notes: null }, 'unclear'],
  ])('of which the contact now shows %p was %s', (now, verdict) => {
    expect(settled(changes, now)).toBe(verdict);
  });

  test('was applied where the API keeps the new value in another form', () => {
    const phone = change('phone_number', null, '+49 151 1234567');
    expect(settled(phone, { phone_number: '+491511234567' })).toBe('applied');
  });

  test('was not applied where the old value differs from the new one in form alone and still stands', () => {
    const email = change('email', 'ana@example.com', 'Ana@Example.com');
    expect(settled(email, { email: 'ana@example.com' })).toBe('not_applied');
    expect(settled(email, { email: 'Ana@Example.com' })).toBe('applied');
  });

  test('is judged by its own fields alone, and by all of them', () => {
    const text = fc.constantFrom('a', 'b', 'c');
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text, text), { minLength: 1, maxLength: 3 }), (fields) => {
        const keys = ['title', 'notes', 'location'].slice(0, fields.length);
        const changed = fields.flatMap(([from, to, now], at) =>
          from === to ? [] : [{ key: keys[at]!, from, to, now }],
        );
        const made = Object.fromEntries(changed.map(({ key, from, to }) => [key, { from, to }]));
        const now = Object.fromEntries(changed.map((one) => [one.key, one.now]));
        const all = (side: 'from' | 'to') => changed.every((one) => one.now === one[side]);
        expect(settled(made, { first_name: 'x', ...now })).toBe(
          all('to') ? 'applied' : all('from') ? 'not_applied' : 'unclear',
        );
      }),
    );
  });
});
