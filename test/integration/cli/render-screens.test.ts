import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { renderChanges } from '../../../src/cli/render-changes.js';
import { renderRejected } from '../../../src/cli/render-rejected.js';
import { NdjsonWriter } from '../../../src/core/disk/ndjson.js';
import type { Changes } from '../../../src/core/model/plan-line.js';
import type { Status } from '../../../src/core/model/problem.js';
import { inTempDir } from '../../support/temp.js';

async function withLines(values: readonly object[], use: (file: string) => Promise<void>): Promise<void> {
  await inTempDir(async (dir) => {
    const file = path.join(dir, 'lines.ndjson');
    const writer = await NdjsonWriter.open(file, 'w');
    for (const value of values) await writer.add(value);
    await writer.close();
    await use(file);
  });
}

const planned = (row: number, changes: Changes) => ({
  row,
  line: row + 1,
  contact_id: 'c',
  status: 'planned',
  changes,
});
const ended = (row: number, status: Status) => ({
  ...{ row, line: row + 1, contact_id: 'c', status, at: '2026-11-23T02:00:00.000Z' },
  ...(status === 'updated' ? {} : { error: { code: 'x', message: `reason ${row}` } }),
});

describe('the changes of a plan', () => {
  test.each<[string, Changes[string], string]>([
    ['a value that is replaced', { from: 'VP', to: 'SVP' }, '"VP" → "SVP"'],
    ['a value that was empty', { from: null, to: 'SVP' }, '(empty) → "SVP"'],
    ['a value that is cleared', { from: 'VP', to: null }, '"VP" → (cleared)'],
    ['a list that is cleared', { from: ['A', 'B'], to: [] }, 'A, B → (cleared)'],
    ['what a list gains and loses', { from: ['A', 'B'], to: ['B', 'C'] }, '-A, +C'],
    ['what an empty list gains', { from: null, to: ['A'] }, '+A'],
    ['a list in another order', { from: ['A', 'B'], to: ['B', 'A'] }, 'A, B → B, A'],
    ['a long value, cut', { from: null, to: 'x'.repeat(100) }, `(empty) → "${'x'.repeat(80)}"… 20 more characters`],
  ])('show %s', (_, change, shown) =>
    withLines([planned(3, { title: change })], async (file) => {
      expect(await renderChanges(file, 1, {})).toBe(`row 3  c\n  title: ${shown}`);
    }),
  );

  test('name custom fields as people do, and count the rows that are left out', () => {
    const lines = Array.from({ length: 22 }, (_, at) => planned(at + 1, { custom_field_1: { from: 1, to: 2 } }));
    return withLines(lines, async (file) => {
      const shown = await renderChanges(file, 22, { custom_field_1: 'Seats' });
      expect(shown.match(/^ {2}Seats: 1 → 2$/gm)).toHaveLength(20);
      expect(shown).toMatch(/… and 2 more rows in .*lines\.ndjson$/);
    });
  });
});

describe('the rows that were not applied', () => {
  test('are shown with their reasons, and the others are not', () =>
    withLines([ended(1, 'updated'), ended(2, 'held'), ended(3, 'failed')], async (file) => {
      expect(await renderRejected(file, 2)).toBe('row 2  held  reason 2\nrow 3  failed  reason 3');
    }));

  test('are shown up to ten, and the rest is counted', () => {
    const lines = Array.from({ length: 11 }, (_, at) => ended(at + 1, 'invalid'));
    return withLines(lines, async (file) => {
      const shown = (await renderRejected(file, 11)).split('\n');
      expect(shown.slice(-2)).toEqual(['row 10  invalid  reason 10', '… and 1 more row in rejected.csv']);
      expect(shown).toHaveLength(11);
    });
  });
});
