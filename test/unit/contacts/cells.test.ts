import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CONTACT_FIELDS } from '../../../src/core/contacts/fields.js';
import type { FieldValue } from '../../../src/core/model/values.js';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';
import { editOf, ID, problemsOf, readRow, type RowOptions } from '../../support/build.js';

/** The value that a cell asks for; undefined where it leaves the field alone. */
function valueOf(column: string, cell: string, options: RowOptions = {}): FieldValue | undefined {
  const [wanted] = editOf({ [column]: cell }, options).wanted;
  if (wanted?.kind === 'items') throw new Error('tags have a test of their own');
  return wanted?.value;
}

/** What a cell that cannot be read is told: `label: got "…", expected …`. */
function expectedOf(column: string, cell: string): string | undefined {
  return /^.*?: got ".*", expected (.*)$/s.exec(problemsOf({ [column]: cell })[0] ?? '')?.[1];
}

const TEXT_FIELDS = CONTACT_FIELDS.map((field) => field.key).filter(
  (key) => key !== 'tags' && key !== 'do_not_contact',
);
const SAMPLE: Record<string, string> = { email: 'ana@example.com', linkedin_url: 'linkedin.com/in/ana' };
const blank = fc.string({
  unit: fc.constantFrom(' ', '\t', '\n', '\u00a0', '\u200b', '\u202a', '\ufeff', '\u3000'),
  maxLength: 3,
});

describe('an empty cell', () => {
  test.each(CONTACT_FIELDS.map((field) => field.key))('of %s is no edit by itself', (key) => {
    for (const cell of ['', '   ', '\t\n']) {
      expect(editOf({ [key]: cell })).toMatchObject({ wanted: [], empty: [{ key }] });
    }
  });

  test('of a guard guards nothing', () => {
    const edit = editOf({ title: 'VP', 'expected:title': '', updated_at: ' ' });
    expect(edit.guards.expected.size).toBe(0);
    expect(edit.guards).not.toHaveProperty('unchangedSince');
  });
});

describe('the cell that clears', () => {
  test.each([...CONTACT_FIELDS.map((field) => field.key), ...Object.values(CUSTOM_FIELDS)])('clears %s', (key) => {
    for (const [cell, options] of [
      [' <clear> ', {}],
      ['#N/A', { nullToken: '#N/A' }],
    ] as const) {
      const [wanted] = editOf({ [key]: cell }, options).wanted;
      expect(wanted).toMatchObject({ value: key === 'tags' ? [] : null });
    }
  });

  test('is text like any other where another one was set', () => {
    expect(valueOf('title', '<clear>', { nullToken: '#N/A' })).toBe('<clear>');
    expect(valueOf('title', '<CLEAR>', { lint: 'off' })).toBe('<CLEAR>');
    expect(editOf({ title: '<CLEAR>' })).toMatchObject({ wanted: [], damage: [{ kind: 'clear_token' }] });
    expect(editOf({ do_not_contact: '<CLEAR>' })).toMatchObject({ wanted: [], damage: [{ kind: 'clear_token' }] });
  });
});

describe('text', () => {
  test.each(TEXT_FIELDS)('of %s is trimmed at both ends and is otherwise as the file has it', (key) => {
    const text = SAMPLE[key] ?? (key === 'notes' ? 'Zoë  Å\nB' : 'Zoë  Å B');
    fc.assert(
      fc.property(blank, blank, (before, after) => {
        expect(valueOf(key, before + text + after)).toBe(text);
        expect(valueOf(key, before + text.normalize('NFD') + after)).toBe(text.normalize('NFD'));
      }),
    );
  });

  test('keeps its inner white space, quotes and letters of any script', () => {
    for (const text of ['a  b', 'line\r\nline\tend', '"quoted"', '李 🙂', '0042']) {
      expect(valueOf('notes', text)).toBe(text);
      expect(valueOf('ERP Number', text)).toBe(text);
    }
  });

  test('with control characters is refused; U+0080 to U+009F are for the lint to tell', () => {
    for (const control of ['\0', '\u0007', '\u001B', '\u007F']) {
      expect(expectedOf('title', `a${control}b`)).toBe('text without control characters');
      expect(expectedOf('AI Summary', `a${control}b`)).toBe('text without control characters');
    }
    expect(editOf({ title: 'Mu\u0092s' })).toMatchObject({ wanted: [], damage: [{ kind: 'charset' }] });
  });
});

test.each<[string, string[]]>([
  [
    'ana@example.com',
    ['ana', 'ana@', '@example.com', 'ana@example', 'a na@example.com', 'ana@@example.com', 'ana@a..com'],
  ],
])('e-mail addresses like %p are taken, others are told what is expected', (good, bad) => {
  expect(valueOf('email', good)).toBe(good);
  expect(valueOf('email', 'Zoë.O’Neil+x@exämple.co.uk')).toBe('Zoë.O’Neil+x@exämple.co.uk');
  for (const cell of bad) expect(expectedOf('email', cell)).toBe('an e-mail address such as ana@example.com');
});

test('a LinkedIn URL has no spaces in it', () => {
  expect(valueOf('linkedin_url', 'https://www.linkedin.com/in/ana/')).toBe('https://www.linkedin.com/in/ana/');
  expect(expectedOf('linkedin_url', 'linkedin.com/in/ana maria')).toBe('a URL without spaces');
});

describe.each(['do_not_contact', 'Newsletter'])('booleans of %s', (column) => {
  test.each([
    [true, ['true', 'TRUE', 'Yes', 'y', 'Y', '1', ' true ']],
    [false, ['false', 'False', 'NO', 'n', '0']],
  ])('%p is written in any of these ways', (value, cells) => {
    for (const cell of cells) expect(valueOf(column, cell)).toBe(value);
  });

  test('are nothing else', () => {
    for (const cell of ['maybe', 'on', '2', 'wahr', '01', 'constructor', '__proto__']) {
      expect(expectedOf(column, cell)).toBe('true/false, yes/no, y/n or 1/0');
    }
  });
});

describe('custom fields:', () => {
  test.each<[column: string, cell: string, value: FieldValue]>([
    ['Seats', '12', 12],
    ['Seats', '-0.5', -0.5],
    ['Seats', '+3', 3],
    ['Seats', '.5', 0.5],
    ['Seats', '1.5e3', 1500],
    ['Seats', '9007199254740991', 9007199254740991],
    ['Renewal Date', '2028-02-29', '2028-02-29'],
    ['Last Demo', '2026-11-23T14:30:00Z', '2026-11-23T14:30:00.000Z'],
    ['Last Demo', '2026-11-23T14:30:00.25+02:00', '2026-11-23T12:30:00.250Z'],
    ['Last Demo', '2026-11-23T14:30-0500', '2026-11-23T19:30:00.000Z'],
    ['Account Tier', 'tier_1', 'tier_1'],
    ['Account Tier', 'Strategic', 'tier_1'],
    ['Account Tier', 'sTRATEGIC', 'tier_1'],
    ['Account Tier', 'TIER_2', 'tier_2'],
    ['Interests', 'Pricing', ['Pricing']],
    ['Interests', ' Pricing ; Mobile;; ', ['Pricing', 'Mobile']],
    ['ERP Number', '0004711', '0004711'],
    ['AI Summary', 'Two\nlines', 'Two\nlines'],
  ])('%s takes %p', (column, cell, value) => {
    expect(valueOf(column, cell)).toEqual(value);
  });

  const NUMBER = 'a number such as 1234.5, without thousands separators';
  const DATE = 'a date as YYYY-MM-DD';
  const DATETIME = 'a date and time with its zone, such as 2026-11-23T14:30:00Z';
  const TIER = 'one of Strategic, Growth, Standard';
  test.each([
    ['Seats', '1,000', NUMBER],
    ['Seats', '1 000', NUMBER],
    ['Seats', '12 seats', NUMBER],
    ['Seats', '0x10', NUMBER],
    ['Seats', 'Infinity', NUMBER],
    ['Seats', 'NaN', NUMBER],
    ['Seats', '.', NUMBER],
    ['Seats', '9007199254740993', 'a number of at most 15 digits'],
    ['Seats', '1e999', 'a number of at most 15 digits'],
    ['Renewal Date', '2026-02-29', DATE],
    ['Renewal Date', '29.02.2028', DATE],
    ['Renewal Date', '2028-2-9', DATE],
    ['Renewal Date', '2028-02-29T00:00:00Z', DATE],
    ['Last Demo', '2026-11-23', DATETIME],
    ['Last Demo', '2026-11-23T14:30:00', DATETIME],
    ['Last Demo', '2026-11-23 14:30:00Z', DATETIME],
    ['Last Demo', '2026-11-31T14:30:00Z', DATETIME],
    ['Account Tier', 'Strategik', `${TIER} (did you mean "Strategic"?)`],
    ['Account Tier', 'gold', TIER],
    ['Interests', ';', 'a ; list of values'],
    ['Interests', ' ; ; ', 'a ; list of values'],
    ['Interests', 'a;\u0007', 'a ; list of text without control characters'],
  ])('%s refuses %p', (column, cell, expected) => {
    expect(expectedOf(column, cell)).toBe(expected);
  });
});

test('the problem names the field as people know it and shows the cell, a long one cut', () => {
  expect(problemsOf({ Seats: 'many' })).toEqual([
    'Seats: got "many", expected a number such as 1234.5, without thousands separators',
  ]);
  expect(problemsOf({ email: 'x'.repeat(200) })[0]).toContain(`email: got "${'x'.repeat(60)}…", expected`);
});

describe('a row', () => {
  test('tells all of its problems, each with code and field', () => {
    const row = {
      contact_id: 'nope',
      email: 'x',
      do_not_contact: 'maybe',
      tags: ';',
      Seats: 'two',
      updated_at: 'today',
    };
    const result = readRow(row);
    expect('problems' in result && result.problems.map(({ code, field }) => [code, field])).toEqual([
      ['bad_id', 'contact_id'],
      ['bad_value', 'email'],
      ['bad_value', 'do_not_contact'],
      ['bad_value', 'tags'],
      ['bad_value', CUSTOM_FIELDS.seats],
      ['bad_value', 'updated_at'],
    ]);
    expect(result).toMatchObject({ contactId: 'nope' });
  });

  test('needs a contact id', () => {
    expect(readRow({ contact_id: '  ', title: 'VP' })).toEqual({
      contactId: null,
      problems: [{ code: 'no_id', field: 'contact_id', message: 'contact_id is empty, expected a contact id' }],
    });
  });

  test('has a UUID for its id, compared in lower case, unless --id-format any', () => {
    expect(editOf({ contact_id: ` ${ID.toUpperCase()} `, title: 'VP' }).contactId).toBe(ID);
    for (const id of ['con_Ab1', ID.slice(1), `{${ID}}`, ID.replaceAll('-', '')]) {
      expect(problemsOf({ contact_id: id, title: 'VP' })).toEqual([`contact_id: "${id}" is not a UUID`]);
    }
    const any = { idFormat: 'any' } as const;
    expect(editOf({ contact_id: 'con_Ab1', title: 'VP' }, any).contactId).toBe('con_Ab1');
    expect(editOf({ contact_id: ID.toUpperCase(), title: 'VP' }, any).contactId).toBe(ID);
  });
});
