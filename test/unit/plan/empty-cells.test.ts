import { describe, expect, test } from '@jest/globals';
import { CONTACT_FIELDS } from '../../../src/core/contacts/fields.js';
import type { EmptyMode } from '../../../src/core/contacts/row-to-edit.js';
import type { FieldValue } from '../../../src/core/model/values.js';
import { wantedValue, type ExportRow } from '../../../src/core/input/export-file.js';
import { diff } from '../../../src/core/plan/diff.js';
import { settleEmptyCells } from '../../../src/core/plan/empty-cells.js';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';
import { contact, editOf } from '../../support/build.js';

/** A value of each field that is not empty. */
const VALUES: Record<string, FieldValue> = {
  ...Object.fromEntries(CONTACT_FIELDS.map(({ key }) => [key, 'VP'])),
  do_not_contact: false,
  tags: ['VIP'],
  [CUSTOM_FIELDS.accountTier]: 'tier_1',
  [CUSTOM_FIELDS.renewalDate]: '2026-03-01',
  [CUSTOM_FIELDS.seats]: 0,
  [CUSTOM_FIELDS.newsletter]: false,
  [CUSTOM_FIELDS.interests]: ['a'],
  [CUSTOM_FIELDS.lastDemo]: '2026-01-01T10:00:00.000Z',
  [CUSTOM_FIELDS.erpNumber]: '00123',
};
const KEYS = Object.keys(VALUES);

/** What becomes of an empty cell: its field is cleared, left alone and counted, or nobody's business. */
function fateOf(key: string, mode: EmptyMode, base?: ExportRow): 'cleared' | 'left' | 'nothing' {
  const { wanted, empty } = settleEmptyCells(editOf({ [key]: ' ' }), mode, base);
  expect(wanted.length + empty.length).toBeLessThanOrEqual(1);
  if (wanted[0]) {
    const value = wantedValue(wanted[0]);
    expect([wanted[0].field.key, key === 'tags' ? [] : null]).toEqual([key, value]);
    return 'cleared';
  }
  return empty[0]?.key === key ? 'left' : 'nothing';
}

describe.each(KEYS)('an empty cell of %s', (key) => {
  const emptied: ExportRow = { [key]: VALUES[key]! };
  const [was, other]: [ExportRow, ExportRow] = [{ [key]: key === 'tags' ? [] : null }, { updated_at: null }];

  test.each<[EmptyMode, string, ExportRow | undefined, ReturnType<typeof fateOf>]>([
    [undefined, 'without a base', undefined, 'left'],
    [undefined, 'that was emptied', emptied, 'cleared'],
    [undefined, 'that was empty', was, 'nothing'],
    [undefined, 'of a column that the base lacks', other, 'left'],
    ['leave', 'without a base', undefined, 'left'],
    ['leave', 'that was emptied', emptied, 'left'],
    ['leave', 'that was empty', was, 'nothing'],
    ['leave', 'of a column that the base lacks', other, 'left'],
    ['clear', 'without a base', undefined, 'cleared'],
    ['clear', 'that was emptied', emptied, 'cleared'],
    ['clear', 'of a column that the base lacks', other, 'cleared'],
  ])('with --empty %s, %s', (mode, _what, base, fate) => {
    expect(fateOf(key, mode, base)).toBe(fate);
  });

  test('is counted where it leaves a value alone', () => {
    const edit = settleEmptyCells(editOf({ [key]: '' }), undefined);
    expect(diff(edit, contact({ [key]: VALUES[key] }), []).emptyLeft).toBe(1);
    for (const nothing of [null, undefined, ...(Array.isArray(VALUES[key]) ? [[]] : [''])]) {
      expect(diff(edit, contact({ [key]: nothing }), []).emptyLeft).toBe(0);
    }
  });
});

test('cells that are not empty are edits as before, and stand before those that were emptied', () => {
  const edit = editOf({ notes: '', title: 'SVP', tags: '+VIP', location: '' });
  const settled = settleEmptyCells(edit, undefined, { notes: 'n', title: 'VP', location: null });
  expect(settled.wanted.map(({ field }) => field.key)).toEqual(['title', 'tags', 'notes']);
  expect(settled.empty).toEqual([]);
});
