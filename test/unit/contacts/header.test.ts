import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CONTACT_FIELDS, READ_ONLY_COLUMNS } from '../../../src/core/contacts/fields.js';
import {
  needsSchema,
  matchCustomFields,
  matchHeader,
  type Column,
  type HeaderOptions,
} from '../../../src/core/contacts/header.js';
import { foldName } from '../../../src/core/model/fold-name.js';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';
import type { HeaderProblem } from '../../../src/core/model/problem.js';
import { CUSTOM } from '../../support/build.js';

const NONE: HeaderOptions = { map: [], ignoreUnknownColumns: false, ignoreColumn: [] };

/** A column in one word: its field's key, `expected:` before it for a guard, or its kind. */
function tell(column: Column): string {
  if (column.kind === 'field') return column.field.key;
  if (column.kind === 'expected') return `expected:${column.field.key}`;
  return column.kind === 'custom' ? `custom "${column.name}"` : column.kind;
}

/** A problem in one line, with the mapping that it is about. */
function said({ message, mapping }: HeaderProblem): string {
  return mapping === undefined ? message : `${mapping}: ${message}`;
}

function offline(names: readonly string[], options: Partial<HeaderOptions> = {}) {
  const { header, problems } = matchHeader(names, { ...NONE, ...options });
  return { columns: header.columns.map(tell), problems: problems.map(said), header };
}

/** Both parts of matching, as a run does them. */
function online(names: readonly string[], options: Partial<HeaderOptions> = {}, fields = CUSTOM) {
  const first = offline(names, options);
  if (first.problems.length > 0) return first;
  const { header, problems } = matchCustomFields(first.header, fields, { ...NONE, ...options });
  return { columns: header.columns.map(tell), problems: problems.map(said), header };
}

/** The name in other letter case, with spaces, dashes and underscores where they like. */
function variant(name: string): fc.Arbitrary<string> {
  const letters = [...name.replaceAll('_', '')];
  const one = fc.record({ upper: fc.boolean(), gap: fc.constantFrom('', '', '_', '-', ' ', ' - ') });
  return fc
    .array(one, { minLength: letters.length, maxLength: letters.length })
    .map((how) => letters.map((l, i) => (i ? how[i]!.gap : '') + (how[i]!.upper ? l.toUpperCase() : l)).join(''));
}

test('names match without regard to case, spaces, dashes and underscores', () => {
  fc.assert(
    fc.property(
      fc
        .constantFrom(...CONTACT_FIELDS.map((field) => field.key))
        .chain((key) => fc.tuple(fc.constant(key), variant(key))),
      fc.constantFrom('id', 'contact_id').chain(variant),
      variant('updated_at'),
      ([key, written], id, time) => {
        expect(offline([` ${id}`, `${written} `, time])).toMatchObject({
          columns: ['key', key, 'unchanged_since'],
          problems: [],
        });
        expect(offline([id, `Expected:${written}`, written]).columns).toEqual(['key', `expected:${key}`, key]);
      },
    ),
  );
});

test('every field of the API is a column by its key, and the file keeps its own names', () => {
  const keys = CONTACT_FIELDS.map((field) => field.key);
  expect(offline(['id', ...keys]).columns).toEqual(['key', ...keys]);
  expect(offline(['ID', 'First Name']).header.names).toEqual(['ID', 'First Name']);
});

test('what export writes and no edit can set, and columns of an earlier rejected.csv, are passed over', () => {
  const { columns, problems } = offline([
    'id',
    'title',
    'Created At',
    ...READ_ONLY_COLUMNS,
    '_status',
    ' _error',
    '',
    '_x',
  ]);
  expect(problems).toEqual([]);
  expect(new Set(columns.slice(2))).toEqual(new Set(['ignored']));
});

describe('a custom field matches', () => {
  test.each([
    ['by its key', CUSTOM_FIELDS.seats],
    ['by its key in capitals', CUSTOM_FIELDS.seats.toUpperCase()],
    ['by its display name', 'Seats'],
    ['by its display name written otherwise', 'SE ats_'],
  ])('%s', (_how, name) => {
    expect(online(['id', name])).toMatchObject({ columns: ['key', CUSTOM_FIELDS.seats], problems: [] });
    expect(online(['id', 'title', `expected:${name}`]).columns[2]).toBe(`expected:${CUSTOM_FIELDS.seats}`);
  });
});

test('only a file with columns that may be custom fields needs the schema', () => {
  expect(needsSchema(offline(['id', 'title', 'created_at']).header, {})).toBe(false);
  expect(needsSchema(offline(['id', 'Seats']).header, {})).toBe(true);
  expect(needsSchema(online(['id', 'Seats']).header, {})).toBe(false);
});

test('a display name of several custom fields must be told by key', () => {
  const twins = CUSTOM.slice(0, 2).map((field) => ({ ...field, label: 'Tier' }));
  expect(online(['id', 'tier'], {}, twins).problems).toEqual([
    `line 1, column 2: several custom fields are called "tier"; name one by its key: ${twins[0]!.key}, ${twins[1]!.key}`,
  ]);
  expect(online(['id', twins[1]!.key], {}, twins)).toMatchObject({ columns: ['key', twins[1]!.key], problems: [] });
});

describe('--map', () => {
  test('gives a column the meaning that it names', () => {
    const map = ['Job Title=title', 'person key = contact_id', 'Size=Seats', 'Was=expected:title', 'seen=updated_at'];
    expect(online(['Person Key', 'job-title', 'Size', 'Was', 'Seen'], { map })).toMatchObject({
      columns: ['key', 'title', CUSTOM_FIELDS.seats, 'expected:title', 'unchanged_since'],
      problems: [],
    });
  });

  test('takes the last = for its own, so that a column name may hold one', () => {
    expect(offline(['id', 'a=b'], { map: ['a=b=title'] })).toMatchObject({ columns: ['key', 'title'], problems: [] });
  });

  test('wins over what the column would be by its name', () => {
    expect(offline(['id', 'email', 'title'], { map: ['email=title', 'title=notes'] }).columns).toEqual([
      'key',
      'title',
      'notes',
    ]);
  });

  test('tells a column that the file does not have, one named twice, and an entry that maps nothing', () => {
    const map = ['Job Titel=title', 'Job Title=title', 'job title=notes', 'Job Title', 'Job Title='];
    expect(offline(['id', 'Job Title'], { map }).problems).toEqual([
      'Job Titel=title: the file has no column "Job Titel" (did you mean "Job Title"?)',
      'job title=notes: the column "job title" is mapped twice',
      'Job Title: expected a column and a field such as "Job Title=title"',
      'Job Title=: expected a column and a field such as "Job Title=title"',
    ]);
  });

  test('to a field that does not exist stops the run', () => {
    expect(online(['id', 'Job'], { map: ['Job=titel'] }).problems).toEqual([
      expect.stringContaining('unknown column "titel" (did you mean "title"?)'),
    ]);
  });
});

describe('two columns for one purpose are refused:', () => {
  test.each([
    [['id', 'contact_id', 'title'], 'line 1, column 2: "contact_id" and column 1 "id" are both contact_id'],
    [['id', 'Title', 'title'], 'line 1, column 3: "title" and column 2 "Title" are both title'],
    [['id', 'title', 'updated_at', 'Updated At'], '"Updated At" and column 3 "updated_at" are both updated_at'],
    [['id', 'expected:title', 'Expected: title', 'title'], 'column 2 "expected:title" are both expected:title'],
    [['id', 'Seats', 'SEATS'], '"SEATS" and column 2 "Seats" are both seats'],
    [['id', 'Seats', CUSTOM_FIELDS.seats], `and column 2 "Seats" are both ${CUSTOM_FIELDS.seats}`],
  ])('%p', (names, message) => {
    expect(online(names).problems).toEqual([expect.stringContaining(message)]);
  });
});

test('a value and its guard, and several columns that are skipped, are not duplicates', () => {
  expect(offline(['id', 'title', 'expected:title', '_status', '_status', 'source', 'source']).problems).toEqual([]);
});

test('a file without a key column is refused, with the nearest name', () => {
  expect(offline(['title']).problems).toEqual([
    'line 1: no column "contact_id" or "id"; read with comma as the delimiter, it has "title"',
  ]);
  expect(offline(['Contact ID ', 'title']).problems).toEqual([]);
  expect(offline(['contact_di', 'title']).problems[0]).toContain(
    'unknown column "contact_di" (did you mean "contact_id"?)',
  );
});

test('a file without a column to edit is refused; guards edit nothing', () => {
  for (const names of [['id'], ['id', 'expected:title', 'updated_at', 'created_at', '_x']]) {
    expect(offline(names).problems).toEqual([expect.stringContaining('no column to edit; expected at least one of')]);
  }
});

describe('an unknown column', () => {
  test('that nearly is a field stops the run without a call', () => {
    expect(offline(['id', 'Phone Nubmer', 'emial', 'title']).problems).toEqual([
      expect.stringMatching(/^line 1, column 2: unknown column "Phone Nubmer" \(did you mean "phone_number"\?\)/),
      expect.stringMatching(/^line 1, column 3: unknown column "emial" \(did you mean "email"\?\)/),
    ]);
    expect(offline(['id', 'title', 'expected:titel']).problems[0]).toContain('(did you mean "title"?)');
    expect(offline(['id', 'title', 'update_at']).problems[0]).toContain('(did you mean "updated_at"?)');
  });

  test('that may well be a custom field is left to the schema', () => {
    for (const name of ['Emails', 'Email 2', 'Work Location', 'Fax', CUSTOM_FIELDS.seats]) {
      expect(offline(['id', name])).toMatchObject({ columns: ['key', `custom "${name}"`], problems: [] });
    }
  });

  test('that the schema does not have either stops the run, with the nearest name', () => {
    expect(online(['id', 'title', 'Seat', 'Shoe Size']).problems).toEqual([
      'line 1, column 3: unknown column "Seat" (did you mean "Seats"?); expected a field of the API or a custom field',
      expect.stringMatching(/^line 1, column 4: unknown column "Shoe Size"; expected/),
    ]);
  });

  test('is skipped with --ignore-unknown-columns', () => {
    expect(online(['id', 'titel', 'Shoe Size', 'notes'], { ignoreUnknownColumns: true })).toMatchObject({
      columns: ['key', 'ignored', 'ignored', 'notes'],
      problems: [],
    });
  });

  test('that --ignore-unknown-columns lets pass does not take a custom field of a similar name with it', () => {
    const [field] = CUSTOM.map((custom) => ({ ...custom, label: 'Vocation' }));
    expect(online(['id', 'Vocation'], { ignoreUnknownColumns: true }, [field!])).toMatchObject({
      columns: ['key', field!.key],
      problems: [],
    });
  });

  test('leaves nothing to edit where it is the only one', () => {
    expect(online(['id', 'Shoe Size'], { ignoreUnknownColumns: true }).problems).toEqual([
      expect.stringContaining('no column to edit'),
    ]);
  });
});

test('all problems of a header are told at once', () => {
  expect(offline(['emial', 'title', 'title']).problems).toHaveLength(3);
});

test('folding a name twice is folding it once', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => expect(foldName(foldName(name))).toBe(foldName(name))),
  );
});
