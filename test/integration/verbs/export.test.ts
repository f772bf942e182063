import { readFile, stat, writeFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from '@jest/globals';
import { unquoteFormula } from '../../../src/core/model/formula-cell.js';
import type { Contact } from '../../../src/core/contacts/types.js';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';
import { id, people, person, world, type Run } from '../../support/world.js';
import { contents } from '../../support/gate.js';

/** Text of every kind that a CSV, a spreadsheet or a cell's own meaning could harm. */
const TEXTS = [
  ...['=SUM(A1:A2)', '+49 170 1234567', '-', '-5', '@handle', '00123', '+', 'a;b', ';', '"quoted"', 'a "b" c', '""'],
  ...['two\nlines', 'two\r\nlines', 'tab\there', "'apostrophe", ',', 'a,b', '<clear>', '#N/A', '1.23E+17', 'JosÃ©'],
  ...['_underscore', '\ufefffront', 'Ünïcödé “x”', '田中', '😀', 'e\u0301', '=cmd|"/c calc"!A0', 'NULL', 'true', '1e5'],
];

const CONTACTS: Contact[] = [
  ...TEXTS.map((text, at) =>
    person(at + 1, { title: text, notes: text, last_name: text, [CUSTOM_FIELDS.erpNumber]: text }),
  ),
  person(101, {
    ...{ phone_number: '+491701234567', do_not_contact: null, linkedin_url: 'https://www.linkedin.com/in/x?a=b' },
    tags: ['VIP', '+plus', '-minus', '=equals', '@at', 'comma, tag', '"quoted"', '<clear> tag', 'Großkunde', 'a;b'],
    [CUSTOM_FIELDS.interests]: ['b', 'a', '+x', '-y', '=z'],
    [CUSTOM_FIELDS.accountTier]: 'tier_2',
    [CUSTOM_FIELDS.renewalDate]: '2026-03-01',
    [CUSTOM_FIELDS.seats]: 0,
    [CUSTOM_FIELDS.newsletter]: false,
    [CUSTOM_FIELDS.lastDemo]: '2026-01-01T10:00:00.123Z',
  }),
  person(102, { tags: ['+plus'], [CUSTOM_FIELDS.interests]: ['one; two', 'three'], [CUSTOM_FIELDS.seats]: -1.5 }),
  person(103, { tags: ['-minus', '+plus'], do_not_contact: true, first_name: null }),
  person(104, { tags: ['7a900000-0000-4000-8000-000000000001', 'Customer'] }),
];

function expectNothingToDo(run: Run, count: number): void {
  expect(run.results.filter(({ status }) => status !== 'unchanged')).toEqual([]);
  expect(run).toMatchObject({ code: 0, summary: { counts: { unchanged: count }, input: { rows: count } } });
}

describe('export', () => {
  test(
    'writes what sync takes back without a change, whatever the values are',
    world({ contacts: CONTACTS }, async ({ cli, sandbox, dir }) => {
      const before = contents(sandbox);
      const out = await cli('export', '--out', 'all.csv');
      expect(out.code).toBe(0);
      expect(out.stderr).toContain(`${CONTACTS.length} contacts exported`);
      expectNothingToDo(await cli('sync', 'all.csv'), CONTACTS.length);
      expectNothingToDo(await cli('sync', 'all.csv', '--empty', 'leave', '--base', 'all.csv'), CONTACTS.length);
      expect(sandbox.log.counts.patch).toBe(0);
      expect(contents(sandbox)).toEqual(before);

      const text = await readFile(path.join(dir, 'all.csv'), 'utf8');
      const [row] = parse<Record<string, string>>(text, { columns: true, bom: true }).filter(
        ({ contact_id }) => contact_id === id(101),
      );
      expect(row).toMatchObject({ phone_number: '+491701234567', updated_at: '2025-06-01T00:00:00.000Z' });
    }),
  );

  test(
    'puts the values themselves into the cells, with a quote before what a spreadsheet would run',
    world({ contacts: CONTACTS }, async ({ cli }) => {
      const { stdout, code } = await cli('export', '--formulas', 'keep');
      expect(code).toBe(0);
      const rows = parse<Record<string, string>>(stdout, { columns: true, bom: true });
      expect(rows).toHaveLength(CONTACTS.length);
      const titlesOut = new Map(rows.map((row) => [row['contact_id'], row['title']]));
      // What a cell cannot say without meaning something else is left out, which leaves it alone.
      const left = TEXTS.filter((text, at) => titlesOut.get(id(at + 1)) !== text);
      expect(left.filter((text) => titlesOut.get(id(TEXTS.indexOf(text) + 1)) !== '')).toEqual([]);
      expect(left).toEqual(['<clear>']);
      const quoted = parse<Record<string, string>>((await cli('export')).stdout, { columns: true, bom: true });
      expect(quoted.map((row) => unquoteFormula(row['title']!))).toEqual(rows.map((row) => row['title']));
    }),
  );

  test(
    'guards each row by updated_at: who changed the contact since is not overwritten',
    world({ contacts: people(3) }, async ({ cli, sandbox, dir }) => {
      await cli('export', '--out', 'all.csv');
      const file = path.join(dir, 'all.csv');
      await writeFile(file, (await readFile(file, 'utf8')).replace('Title 1', 'Mine').replace('Title 2', 'Mine'));
      sandbox.store.write(id(2), { notes: 'theirs' });
      sandbox.store.write(id(3), { title: 'Theirs' });
      const run = await cli('sync', 'all.csv');
      expect(run.results.map(({ contact_id, status }) => [contact_id, status]).sort()).toEqual([
        ...[
          [id(1), 'updated'],
          [id(2), 'conflict'],
          [id(3), 'conflict'],
        ],
      ]);
      const based = await cli('sync', 'all.csv', '--lint', 'off', '--base', 'all.csv');
      expect(based).toMatchObject({ code: 0, summary: { counts: { unchanged: 3 } } });
    }),
  );

  test(
    'writes only what --filter lets through, in a file that others cannot read',
    world({ contacts: people(5) }, async ({ cli, dir }) => {
      const out = await cli('export', '--out', 'some.csv', '--filter', 'title equals Title 3');
      expect(out.code).toBe(0);
      const file = path.join(dir, 'some.csv');
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const rows = parse<Record<string, string>>(await readFile(file, 'utf8'), { columns: true, bom: true });
      expect(rows.map((row) => row['contact_id'])).toEqual([id(3)]);
      expectNothingToDo(await cli('sync', 'some.csv'), 1);
    }),
  );

  test(
    'refuses a filter that cannot be, names what can, and leaves no file',
    world({ contacts: people(1) }, async ({ cli, dir }) => {
      for (const filter of ['titel equals x', 'title near x']) {
        const out = await cli('export', '--out', 'none.csv', '--filter', filter);
        expect(out.code).toBe(2);
        expect(out.stderr).toContain(filter.startsWith('titel') ? 'title' : 'contains');
      }
      expect(await readdir(dir)).not.toEqual(expect.arrayContaining([expect.stringMatching(/none\.csv/)]));
    }),
  );

  test(
    'reads page after page, each contact once',
    world({ contacts: 1200 }, async ({ cli, sandbox }) => {
      const { stdout, code } = await cli('export');
      expect(code).toBe(0);
      const rows = parse<Record<string, string>>(stdout, { columns: true, bom: true });
      expect(new Set(rows.map((row) => row['contact_id'])).size).toBe(1200);
      expect(rows).toHaveLength(1200);
      expect(sandbox.log.counts.list).toBe(3);
    }),
  );
});
