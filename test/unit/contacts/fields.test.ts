import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CONTACT_FIELDS, customField } from '../../../src/core/contacts/fields.js';
import { FORM_FIELDS } from '../../../src/core/contacts/form-fields.js';
import type { FieldSchema } from '../../../src/core/contacts/types.js';
import type { FieldValue } from '../../../src/core/model/values.js';
import { CUSTOM, fieldOf } from '../../support/build.js';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';

const KEY = `custom_field_${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}`;
const schema = (type: string, more: Partial<FieldSchema> = {}): FieldSchema => ({ name: 'X', key: KEY, type, ...more });
const typeOf = (type: string, more: Partial<FieldSchema> = {}) => customField(schema(type, more))!.type;
const allowed = (...pairs: [key: string, display_value: string][]) => ({
  enum_field_settings: { allowed_values: pairs.map(([key, display_value]) => ({ key, display_value })) },
});

test('each type of the schema has a type of field, save objects, which no cell can hold', () => {
  const types = ['string', 'text', 'number', 'boolean', 'date', 'datetime', 'time', 'uuid', 'enum', 'array', 'object'];
  expect(types.map((type) => customField(schema(type))?.type.name)).toEqual(
    'text text number boolean date datetime time uuid text array'.split(' ').concat([undefined as never]),
  );
});

test('a field that an AI fills says so', () => {
  expect(CUSTOM.filter((field) => field.aiFilled).map((field) => field.key)).toEqual([CUSTOM_FIELDS.aiSummary]);
});

describe('cells that no field of the sandbox shows:', () => {
  test('a time is hours and minutes', () => {
    expect(typeOf('time').parse('23:59')).toEqual({ value: '23:59' });
    expect(typeOf('time').parse('00:00:59')).toEqual({ value: '00:00:59' });
    for (const cell of ['24:00', '9:30', '12:60', 'noon']) {
      expect(typeOf('time').parse(cell)).toEqual({ expected: 'a time such as 14:30' });
    }
  });

  test('a uuid is one', () => {
    const id = KEY.slice('custom_field_'.length);
    expect(typeOf('uuid').parse(id)).toEqual({ value: id });
    expect(typeOf('uuid').parse('x')).toEqual({ expected: 'a UUID' });
  });

  test('a list of an enum is a list of its keys', () => {
    const type = typeOf('array', allowed(['a', 'Alpha'], ['b', 'Beta']));
    expect(type.parse('Beta;a')).toEqual({ value: ['b', 'a'] });
    expect(type.parse('Beta;c')).toEqual({ expected: expect.stringMatching(/^a ; list of one of Alpha, Beta/) });
  });

  test('an enum value that differs from another in case alone must be written exactly', () => {
    const type = typeOf('enum', allowed(['a', 'Alpha'], ['b', 'ALPHA']));
    expect(type.parse('ALPHA')).toEqual({ value: 'b' });
    expect(type.parse('Alpha')).toEqual({ value: 'a' });
    expect(type.parse('alpha')).toHaveProperty('expected');
  });

  test('a long enum is not listed in full', () => {
    const many = Array.from({ length: 30 }, (_, i): [string, string] => [`k${i}`, `Value ${i}`]);
    expect(typeOf('enum', allowed(...many)).parse('zzz')).toEqual({
      expected: `one of ${many
        .slice(0, 12)
        .map(([, name]) => name)
        .join(', ')}, …`,
    });
  });
});

describe('the API’s values are read', () => {
  test.each<[type: string, live: unknown, value: FieldValue]>([
    ['string', undefined, null],
    ['string', null, null],
    ['string', [], null],
    ['string', ['x'], 'x'],
    ['string', { value: 'x' }, 'x'],
    ['string', { id: 'x', name: 'y' }, 'x'],
    ['number', '12.5', 12.5],
    ['number', { value: 3 }, 3],
    ['boolean', [true], true],
    ['date', '2026-03-01T00:00:00Z', '2026-03-01'],
    ['array', 'one', ['one']],
    ['array', [{ value: 'a' }, 'b'], ['a', 'b']],
    ['array', null, null],
  ])('%s: %p as %p', (type, live, value) => expect(typeOf(type).read(live)).toEqual(value));

  test('an enum by whatever the API shows of it', () => {
    const type = typeOf('enum', allowed(['a', 'Alpha']));
    for (const live of ['a', 'Alpha', { key: 'a', display_value: 'Alpha' }, [{ display_value: 'Alpha' }]]) {
      expect(type.read(live)).toBe('a');
    }
    expect(type.read('gone')).toBe('gone');
  });
});

const EMPTY: FieldValue[] = [null, '', []];
const VALUES = fc.oneof(
  fc.constantFrom(...EMPTY),
  fc.string(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.array(fc.string()),
);

test.each(['string', 'number', 'date', 'datetime', 'array'])(
  'two values of type %s are the same both ways, a value is the same as itself, and empty ones are all alike',
  (name) => {
    const type = typeOf(name);
    fc.assert(
      fc.property(VALUES, VALUES, (a, b) => {
        expect(type.same(a, a)).toBe(true);
        expect(type.same(a, b)).toBe(type.same(b, a));
      }),
    );
    for (const a of EMPTY) for (const b of EMPTY) expect(type.same(a, b)).toBe(true);
  },
);

test('a boolean that is not set is not false', () => {
  expect(fieldOf('do_not_contact').type.same(null, false)).toBe(false);
  expect(typeOf('boolean').same(null, false)).toBe(false);
});

test('numbers are the same by value, lists by their order, points in time whatever their zone', () => {
  expect(typeOf('number').same(1, 1.0)).toBe(true);
  expect(typeOf('array').same(['a', 'b'], ['b', 'a'])).toBe(false);
  expect(typeOf('array').same(['Zo\u00EB '], ['Zoe\u0308'])).toBe(true);
  const datetime = typeOf('datetime');
  expect(datetime.same('2026-03-01T10:00:00Z', '2026-03-01T12:00:00+02:00')).toBe(true);
  expect(datetime.same('2026-03-01T10:00:00Z', '2026-03-01T10:00:00')).toBe(true);
  expect(datetime.same('2026-03-01T10:00:00Z', '2026-03-01T10:00:01Z')).toBe(false);
});

test('fields that can differ in form alone are those that have a form', () => {
  const keys = CONTACT_FIELDS.filter(({ type }) => 'sameForm' in type).map(({ key }) => key);
  expect([...FORM_FIELDS]).toEqual(keys);
});
