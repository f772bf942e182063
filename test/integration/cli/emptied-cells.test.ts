import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Contact } from '../../../src/core/contacts/types.js';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';
import { runId, stopAt, summaryOf } from '../../support/gate.js';
import {
  bodies,
  csv,
  CUSTOM_VALUES,
  id,
  inFileOrder,
  people,
  person,
  requestCount,
  statuses,
  world,
  type World,
} from '../../support/world.js';

/** A value in every field that a cell can empty. */
const FULL: Partial<Contact> = {
  ...{ notes: 'a "note"\nof two lines', phone_number: '+491701234567', linkedin_url: 'https://linkedin.com/in/x' },
  ...{ do_not_contact: true, tags: ['VIP', 'Großkunde'] },
  ...CUSTOM_VALUES,
};
const FIELDS = [
  ...['first_name', 'last_name', 'email', 'title', 'phone_number', 'linkedin_url', 'location', 'notes'],
  ...['do_not_contact', 'tags', ...Object.keys(FULL).filter((key) => key.startsWith('custom_field_'))],
];

const cleared = (...keys: string[]): object => Object.fromEntries(keys.map((key) => [key, key === 'tags' ? [] : null]));

/** Writes base.csv and edits.csv with these columns behind the id, and runs a command with them. */
async function based(
  { cli, write }: World,
  columns: readonly string[],
  tables: { base: readonly string[][]; edits: readonly string[][] },
  ...flags: string[]
) {
  const numbered = (rows: readonly string[][]) => rows.map((row, at) => [id(at + 1), ...row]);
  await write('base.csv', csv(['contact_id', ...columns], numbered(tables.base)));
  await write('edits.csv', csv(['contact_id', ...columns], numbered(tables.edits)));
  return cli('sync', 'edits.csv', '--base', 'base.csv', ...flags);
}

describe('with --base, an emptied cell', () => {
  test(
    'clears its field, whatever the type',
    world({ contacts: [person(1, FULL), person(2, FULL)] }, async ({ cli, write, dir, sandbox }) => {
      await cli('export', '--out', 'base.csv');
      const [header = '', ...rest] = (await readFile(path.join(dir, 'base.csv'), 'utf8')).split('\n');
      const names = header.split(',');
      const row = names.map((name) => (name === 'contact_id' ? id(1) : ''));
      expect(rest).not.toHaveLength(0);
      await write('edits.csv', csv(names, [row]));
      const run = await cli('sync', 'edits.csv', '--base', 'base.csv', '--allow-opt-in');
      expect(bodies(sandbox)).toEqual([{ id: id(1), body: cleared(...FIELDS) }]);
      expect(run).toMatchObject({ code: 0, summary: { clears_planned: FIELDS.length, empty_cells_left: 0 } });
      expect(run.stdout).not.toContain('empty cell');
    }),
  );

  test(
    'is a conflict where the live value is neither the base nor empty, and unchanged where it is empty already',
    world({ contacts: people(4, { notes: 'old' }) }, async (given) => {
      const { sandbox } = given;
      sandbox.store.write(id(2), { notes: 'a colleague’s' });
      sandbox.store.write(id(3), { notes: null });
      const rows = { base: [['old'], ['old'], ['old'], ['']], edits: [[''], [''], [''], ['']] };
      const run = await based(given, ['notes'], rows);
      expect([run.code, statuses(run)]).toEqual([3, ['updated', 'conflict', 'unchanged', 'unchanged']]);
      expect(inFileOrder(run.results)[1]?.error?.message).toMatch(/a colleague’s".*expected "old"/);
      expect(bodies(sandbox)).toEqual([{ id: id(1), body: { notes: null } }]);
      // The base has none either, so that the fourth one's notes are none of the file's business.
      expect(run.summary.empty_cells_left).toBe(0);
    }),
  );

  test(
    'of do_not_contact that was true is held, as any way out of an opt-out is',
    world({ contacts: [person(1, { do_not_contact: true })] }, async (given) => {
      const run = await based(given, ['do_not_contact'], { base: [['true']], edits: [['']] });
      expect([run.code, statuses(run), given.sandbox.log.counts.patch]).toEqual([3, ['held'], 0]);
    }),
  );

  test(
    'counts for --max-clears',
    world({ contacts: people(3, { notes: 'old' }) }, async (given) => {
      const tables = { base: [['old'], ['old'], ['old']], edits: [[''], [''], ['old']] };
      const run = await based(given, ['notes'], tables, '--max-clears', '1');
      expect([run.code, given.sandbox.log.counts.patch]).toEqual([5, 0]);
      expect((await based(given, ['notes'], tables, '--max-clears', '2')).code).toBe(0);
    }),
  );

  test(
    'of tags is held against the base by what its cells mean, ids and names with a sign',
    world({ contacts: [person(1, { tags: ['a;b', '+plus'] })] }, async (given) => {
      const { cli, write, sandbox } = given;
      await cli('export', '--out', 'base.csv');
      await write('edits.csv', csv(['contact_id', 'tags'], [[id(1), '']]));
      const run = await cli('sync', 'edits.csv', '--base', 'base.csv');
      expect([run.code, statuses(run)]).toEqual([0, ['updated']]);
      expect(bodies(sandbox)).toEqual([{ id: id(1), body: { tags: [] } }]);
    }),
  );

  test(
    'is undone and retried as any edit is',
    world({ contacts: people(2, { notes: 'old' }) }, async (given) => {
      const { cli, sandbox } = given;
      sandbox.store.write(id(2), { notes: 'a colleague’s' });
      await based(given, ['notes'], { base: [['old'], ['old']], edits: [[''], ['']] });
      sandbox.store.write(id(2), { notes: 'old' });
      const retried = await cli('retry', 'latest');
      expect([retried.code, statuses(retried)]).toEqual([0, ['updated']]);
      expect([1, 2].map((n) => sandbox.store.find(id(n))?.notes)).toEqual([null, null]);
      expect((await cli('undo', runId(retried))).code).toBe(0);
      expect(sandbox.store.find(id(2))?.notes).toBe('old');
    }),
  );
});

describe('with --base, an empty cell', () => {
  test(
    'whose base is empty is no edit, also where export left out a value that no cell reads back as',
    world(
      { contacts: [person(1, { notes: '<clear>', [CUSTOM_FIELDS.interests]: ['a;b'], location: null })] },
      async ({ cli, dir, sandbox }) => {
        expect((await cli('export', '--out', 'base.csv')).stderr).toContain('2 values left out');
        sandbox.store.write(id(1), { location: 'where a colleague says' });
        for (const flags of [[], ['--empty', 'clear']]) {
          const file = path.join(dir, 'base.csv');
          const run = await cli('sync', file, '--base', file, ...flags);
          expect([run.code, statuses(run), run.summary.empty_cells_left]).toEqual([0, ['unchanged'], 0]);
        }
        expect(sandbox.log.counts.patch).toBe(0);
      },
    ),
  );

  test(
    'in a column or of a contact that the base lacks is left alone and counted',
    world({ contacts: people(3, { notes: 'old' }) }, async ({ cli, write, sandbox }) => {
      const header = ['contact_id', 'title', 'notes', 'location'];
      await write(
        'base.csv',
        csv(
          header.slice(0, 3),
          [1, 2].map((n) => [id(n), `Title ${n}`, 'old']),
        ),
      );
      // Of the third one, location is empty in the CRM.
      sandbox.store.write(id(3), { location: null });
      await write(
        'edits.csv',
        csv(header, [
          [id(1), 'Title 1', '', ''],
          [id(2), 'Title 2', 'old', ''],
          [id(3), 'New', '', ''],
        ]),
      );
      const run = await cli('sync', 'edits.csv', '--base', 'base.csv');
      expect(run.code).toBe(0);
      expect(bodies(sandbox)).toEqual(
        expect.arrayContaining([
          { id: id(1), body: { notes: null } },
          { id: id(3), body: { title: 'New' } },
        ]),
      );
      expect(sandbox.log.counts.patch).toBe(2);
      expect(run.summary.empty_cells_left).toBe(3);
      expect(run.stdout).toContain('3 empty cells leave their values unchanged; --empty clear would clear them');
      expect(inFileOrder(run.results)[2]?.warnings).toMatchObject([{ code: 'not_in_base' }]);
      const all = await cli('sync', 'edits.csv', '--base', 'base.csv', '--empty', 'clear');
      expect(all.code).toBe(0);
      expect(sandbox.store.find(id(2))).toMatchObject({ notes: 'old', location: null });
      expect(sandbox.store.find(id(3))).toMatchObject({ title: 'New', notes: null });
    }),
  );

  test.each<[string, (given: World) => Promise<string[]>]>([
    ['a flag', () => Promise.resolve(['--empty', 'leave'])],
    ['a variable', ({ env }) => Promise.resolve(void (env['CONTACT_SYNC_EMPTY'] = 'leave')).then(() => [])],
    ['a job file', ({ write }) => write('job.json', '{"empty":"leave"}').then((job) => ['--job', job])],
  ])('is left alone and counted where %s says leave', (_what, say) =>
    world({ contacts: people(2, { notes: 'old' }) }, async (given) => {
      const tables = { base: [['old'], ['']], edits: [[''], ['']] };
      const run = await based(given, ['notes'], tables, ...(await say(given)));
      expect([run.code, given.sandbox.log.counts.patch, run.summary.empty_cells_left]).toEqual([0, 0, 1]);
      expect(run.stdout).toMatch(/1 empty cell leaves its value unchanged$/m);
    })(),
  );
});

describe('without a base', () => {
  test(
    'empty cells over live values are counted by plan and sync, and cleared with --empty clear',
    world({ contacts: people(3, { notes: 'old' }) }, async ({ cli, write, sandbox }) => {
      sandbox.store.write(id(2), { notes: null });
      const rows = [
        [id(1), 'New', ''],
        [id(2), 'Title 2', ''],
        [id(3), '', ''],
        // Nothing is done to a contact that is not there.
        [id(9), '', ''],
      ];
      await write('edits.csv', csv(['contact_id', 'title', 'notes'], rows));
      const said = '3 empty cells leave their values unchanged; --empty clear would clear them';
      for (const verb of ['plan', 'sync']) {
        const run = await cli(verb, 'edits.csv');
        expect([run.stdout, run.summary.empty_cells_left]).toEqual([expect.stringContaining(said), 3]);
      }
      expect(bodies(sandbox)).toEqual([{ id: id(1), body: { title: 'New' } }]);
      const run = await cli('sync', 'edits.csv', '--empty', 'clear');
      expect([run.summary.empty_cells_left, run.summary.clears_planned]).toEqual([0, 3]);
      expect(sandbox.store.find(id(3))).toMatchObject({ title: null, notes: null });
    }),
  );

  test(
    'nothing is said where no empty cell stands over a value',
    world({ contacts: people(1) }, async ({ sync }) => {
      const run = await sync(csv(['contact_id', 'title', 'notes'], [[id(1), 'New', '']]));
      expect([run.code, run.summary.empty_cells_left]).toEqual([0, 0]);
      expect(run.stdout).not.toContain('empty');
    }),
  );
});

test(
  'a run of an earlier version, which stored the default of --empty, is resumed as it was planned',
  world({ contacts: people(2, { notes: 'old' }) }, async (given) => {
    const { cli, write, dir, sandbox } = given;
    await write(
      'base.csv',
      csv(
        ['contact_id', 'notes'],
        [1, 2].map((n) => [id(n), 'old']),
      ),
    );
    await write(
      'edits.csv',
      csv(
        ['contact_id', 'notes'],
        [
          [id(1), ''],
          [id(2), 'New'],
        ],
      ),
    );
    await stopAt(given, ({ kind }) => kind === 'list', 'sync', 'edits.csv', '--base', 'base.csv', '--reads', 'list');
    const run = runId(await cli('runs'));
    const { empty_cells_left, options, ...rest } = await summaryOf(given, run);
    expect([empty_cells_left, options?.empty]).toEqual([0, undefined]);
    const stored = JSON.stringify({ ...rest, options: { ...options, empty: 'leave' } });
    await writeFile(path.join(dir, 'runs', run, 'summary.json'), stored);
    const resumed = await cli('resume', run);
    expect([resumed.code, resumed.summary.empty_cells_left]).toEqual([0, 1]);
    expect(bodies(sandbox)).toEqual([{ id: id(2), body: { notes: 'New' } }]);
    expect(requestCount(sandbox)).toBeGreaterThan(0);
  }),
);
