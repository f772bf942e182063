import { expect, test } from '@jest/globals';
import { rowToEdit } from '../../../src/core/contacts/row-to-edit.js';
import { EDIT_OPTIONS, editOf, header, ID, problemsOf } from '../../support/build.js';

/** What is said of a row with these cells under `contact_id,title,email` (or another header). */
function widthProblems(cells: string[], names = ['contact_id', 'title', 'email']): string[] {
  const result = rowToEdit({ row: 7, line: 9, cells }, header(...names), EDIT_OPTIONS);
  return 'edit' in result ? [] : result.problems.map((problem) => `${problem.code}: ${problem.message}`);
}

test('an edit knows its row, its line and its contact', () => {
  const record = { row: 7, line: 9, cells: [ID, 'VP', ''] };
  const result = rowToEdit(record, header('contact_id', 'title', 'email'), EDIT_OPTIONS);
  expect(result).toMatchObject({ edit: { row: 7, line: 9, key: { by: 'id', value: ID }, wanted: [{ value: 'VP' }] } });
});

test('a row with too few cells, or with more that say something, fails validation', () => {
  expect(widthProblems([ID, 'VP'])).toEqual(['bad_width: the row has 2 cells, expected 3 as in the header']);
  expect(widthProblems([ID, 'VP', '', 'x'])).toEqual(['bad_width: the row has 4 cells, expected 3 as in the header']);
  expect(widthProblems([ID, 'VP', '', '', 'x'])[0]).toContain('the row has 5 cells');
});

test('empty cells behind the header are passed over', () => {
  expect(widthProblems([ID, 'VP', '', '', ' '])).toEqual([]);
});

test('a value in a column without a name fails validation', () => {
  const names = ['contact_id', 'title', ''];
  expect(widthProblems([ID, 'VP', ''], names)).toEqual([]);
  expect(widthProblems([ID, 'VP', 'x'], names)).toEqual(['bad_width: column 3 has a value, but no name in the header']);
});

test('columns that are passed over may hold anything', () => {
  expect(problemsOf({ title: 'VP', created_at: 'no date', _status: 'failed', source: '\0' })).toEqual([]);
});

test('guards hold what the author of the file saw, read as the field is read', () => {
  const { guards, wanted } = editOf({
    title: 'SVP',
    'expected:title': ' VP ',
    'expected:do_not_contact': 'no',
    'expected:email': '<clear>',
    'expected:tags': 'A;B',
    'expected:Account Tier': 'Growth',
    updated_at: '2026-03-01T10:00:00Z',
  });
  expect(wanted.map(({ field }) => field.key)).toEqual(['title']);
  expect([...guards.expected.values()].map(({ value }) => value)).toEqual(['VP', false, null, ['A', 'B'], 'tier_2']);
  expect(guards.unchangedSince).toBe('2026-03-01T10:00:00Z');
});

test('a guard that cannot be read makes the row invalid', () => {
  expect(problemsOf({ title: 'SVP', 'expected:do_not_contact': 'maybe' })).toEqual([
    'do_not_contact: got "maybe", expected true/false, yes/no, y/n or 1/0',
  ]);
  expect(problemsOf({ title: 'SVP', 'expected:tags': '+A' })).toEqual([
    'tags: got "+A", expected the tags as they were, A;B',
  ]);
  for (const time of ['yesterday', '01/03/2026', '2026-13-01', '10:00', '12:34.5', '2026', '45985']) {
    expect(problemsOf({ title: 'SVP', updated_at: time })).toEqual([
      `updated_at: "${time}" is not an ISO time, expected one such as 2026-11-23T02:00:00Z`,
    ]);
  }
});

test.each(['.', '..'])('the id "%s" fails validation whatever the format: in a path it names another address', (id) => {
  for (const idFormat of ['uuid', 'any'] as const) {
    const record = { row: 7, line: 9, cells: [id, 'VP'] };
    const result = rowToEdit(record, header('contact_id', 'title'), { ...EDIT_OPTIONS, idFormat });
    expect(result).toMatchObject({
      problems: [{ code: 'bad_value', field: 'contact_id', message: `contact_id: "${id}" cannot be a contact id` }],
    });
  }
});
