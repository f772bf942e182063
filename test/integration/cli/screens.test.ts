import { mkdir } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { renderExamples, renderFields, renderReasons, type Screen } from '../../../src/cli/screen/changes.js';
import { colorsFor } from '../../../src/cli/screen/colors.js';
import { NdjsonWriter } from '../../../src/core/disk/ndjson.js';
import type { Changes } from '../../../src/core/model/plan-line.js';
import type { Status } from '../../../src/core/model/problem.js';
import { Digest } from '../../../src/core/report/digest.js';
import { digestRun } from '../../../src/core/report/digest-run.js';
import { newRun } from '../../../src/core/run/run-folder.js';
import { inTempDir } from '../../support/temp.js';

const PLAIN: Screen = { width: Infinity, colors: colorsFor({}, {}, 'never'), hasRows: true, values: true };

async function digestOf(file: 'plan' | 'results', values: readonly object[]): Promise<Digest> {
  let digest: Digest | undefined;
  await inTempDir(async (dir) => {
    const folder = newRun(dir, new Date());
    await mkdir(folder.dir);
    const writer = await NdjsonWriter.open(folder.file(file), 'w');
    for (const value of values) await writer.add(value);
    await writer.close();
    digest = await digestRun(folder, file);
  });
  return digest!;
}

const planned = (row: number, changes: Changes, who?: string) => ({
  ...{ row, line: row + 1, contact_id: 'c', status: 'planned', changes },
  ...(who === undefined ? {} : { who }),
});
const ended = (row: number, status: Status) => ({
  ...{ row, line: row + 1, contact_id: 'c', status, at: '2026-11-23T02:00:00.000Z' },
  ...(status === 'updated' ? {} : { error: { code: `code ${row}`, message: `reason ${row}` } }),
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
  ])('show %s', async (_, change, shown) => {
    const digest = await digestOf('plan', [planned(3, { title: change })]);
    expect(renderExamples(digest, 1, {}, PLAIN)).toBe(`Changes\n  row 4  c\n    title: ${shown}`);
  });

  test('name contacts and custom fields as people do, and count the rows that are left out', async () => {
    const lines = Array.from({ length: 22 }, (_, at) =>
      planned(at + 1, { custom_field_1: { from: 1, to: 2 } }, 'Ana Lima'),
    );
    const shown = renderExamples(await digestOf('plan', lines), 22, { custom_field_1: 'Seats' }, PLAIN);
    expect(shown.match(/^ {4}Seats: 1 → 2$/gm)).toHaveLength(20);
    expect(shown).toMatch(/^ {2}row 2 {2}Ana Lima {2}c$/m);
    expect(shown).toMatch(/… and 2 more rows in plan\.ndjson$/);
  });

  test('let no value act upon a terminal, and colour what is cleared', async () => {
    const digest = await digestOf('plan', [
      planned(1, { title: { from: '\u001b[2Jx\u202e', to: null } }, '\u001b[31mEve'),
    ]);
    const screen: Screen = { ...PLAIN, colors: colorsFor({}, {}, 'always') };
    const shown = renderExamples(digest, 1, { title: 'Title\r\n' }, screen);
    expect(shown).toContain('\u001b[31m"\\u001b[2Jx\\u202e" → (cleared)\u001b[39m');
    expect(shown).toContain('\\x1b[31mEve');
    expect(shown.split('\n')).toHaveLength(3);
  });

  test('are counted by field and kind', async () => {
    const digest = await digestOf('plan', [
      planned(1, { title: { from: 'VP', to: 'SVP' }, notes: { from: 'x', to: null } }),
      planned(2, { title: { from: null, to: 'SVP' } }),
    ]);
    expect(renderFields(digest, {}, PLAIN).split('\n')).toEqual([
      'Changes by field  filled  replaced  cleared',
      '  title                1         1',
      '  notes                                   1',
    ]);
  });
});

describe('the rows that were not applied', () => {
  test('are shown with their reasons, and the others are not', async () => {
    const digest = await digestOf('results', [ended(1, 'updated'), ended(2, 'held'), ended(3, 'failed')]);
    expect(renderReasons(digest, { ...PLAIN, hasRows: false })).toBe(
      'Not applied\n  1  held    reason 2\n  1  failed  reason 3',
    );
    expect(renderReasons(digest, PLAIN)).toContain('reason 2 (row 3)');
  });

  test('whose messages differ within a reason are told apart from the one that is quoted', () => {
    const digest = new Digest();
    for (const row of [1, 2, 3])
      digest.add({
        row,
        contact_id: null,
        status: 'not_found',
        error: { code: 'not_found', message: `no contact has ${row}` },
      });
    expect(renderReasons(digest, PLAIN)).toContain('3  not_found  no contact has 1 (row 2; similar: rows 3, 4)');
  });

  test('are grouped by reason, and a dozen reasons are enough', async () => {
    const many = [...Array(14).keys()].map((at) => ended(at + 1, 'invalid'));
    const shown = renderReasons(await digestOf('results', [...many, ended(1, 'invalid')]), PLAIN).split('\n');
    expect(shown).toContain('  2  invalid  reason 1 (rows 2, 2)');
    expect(shown).toHaveLength(14);
    expect(shown.at(-1)).toBe('  … and 2 more reasons in rejected.csv');
  });
});
