import { describe, expect, test } from '@jest/globals';
import type { Contact } from '../../../src/core/contacts/types.js';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';
import type { SandboxOptions } from '../../../src/sandbox/options.js';
import { bodies, csv, id, inFileOrder, people, person, statuses, world, type Run } from '../../support/world.js';

/** How each row ended, with its contact. */
function ends(run: Run): [status: string, contact: string | null][] {
  return inFileOrder(run.results).map(({ status, contact_id }) => [status, contact_id]);
}

const contacts: Contact[] = [
  person(1, { email: 'Anna@X.com', linkedin_url: 'https://www.linkedin.com/in/Anna/' }),
  person(2, { email: 'ben@x.com', [CUSTOM_FIELDS.erpNumber]: '007', [CUSTOM_FIELDS.seats]: 5 }),
  person(3, { email: 'twin@x.com', title: 'A' }),
  person(4, { email: 'TWIN@x.com', title: 'B' }),
  person(5, { email: 'hanna@x.com' }),
  ...people(20).slice(5),
];

/** Every way in which contacts are looked for. */
const WAYS: [string, SandboxOptions, string[], string][] = [
  ['a filter that tells capitals apart for equals', {}, [], 'key'],
  ['a filter that does not tell capitals apart', { filterCase: 'none' }, [], 'key'],
  ['the list, where the filter always tells capitals apart', { filterCase: 'all' }, [], 'list'],
  ['the list, where nothing can be filtered', { notFilterable: ['email', 'linkedin_url', 'id'] }, [], 'list'],
  ['the list, as requested', {}, ['--reads', 'list'], 'list'],
  ['the mirror', {}, ['--mirror'], 'mirror'],
  ['a snapshot', {}, ['--snapshot', 'all.ndjson'], 'snapshot'],
  ['a snapshot as CSV', {}, ['--snapshot', 'all.csv'], 'snapshot'],
];

describe.each(WAYS)('by %s', (_, options, flags, way) => {
  const given = { contacts, ...options };

  test(
    'a row finds its contact by e-mail without regard to case, none, or several',
    world(given, async ({ cli, sync, sandbox }) => {
      if (flags.includes('--snapshot')) await cli('export', '--out', flags[1]!);
      const rows = [
        ['anna@x.com', 'New'],
        ['nobody@x.com', 'New'],
        ['Twin@X.com', 'New'],
        ['BEN@x.com', 'Title 2'],
        ['not one', 'New'],
      ];
      const run = await sync(csv(['Email', 'title'], rows), '--key', 'email', ...flags);
      expect([run.code, ends(run), run.summary.reads?.way]).toEqual([
        3,
        [
          ['updated', id(1)],
          ['not_found', null],
          ['conflict', null],
          ['unchanged', id(2)],
          ['invalid', null],
        ],
        way,
      ]);
      expect(bodies(sandbox)).toEqual([{ id: id(1), body: { title: 'New' } }]);
      const [, absent, twin] = inFileOrder(run.results);
      expect(absent?.error).toMatchObject({ message: expect.stringContaining('"nobody@x.com"') });
      expect(twin?.error).toMatchObject({ code: 'ambiguous', field: 'email', contacts: [id(3), id(4)] });
      expect(twin?.error?.message).toMatch(/2 contacts have email "Twin@X\.com": .*title "A".*title "B"/);
      expect(run.rejected.slice(1).map(([email]) => email)).toEqual(['nobody@x.com', 'Twin@X.com', 'not one']);
      expect(run.stdout).toContain(`by ${way}:`);
    }),
  );
});

test(
  'a LinkedIn URL is compared by its form, a custom field by its type; the first key that a row has counts',
  world({ contacts }, async ({ sync, write, cli, sandbox }) => {
    const byUrl = await sync(csv(['linkedin_url', 'title'], [['linkedin.com/in/anna', 'L']]), '--key', 'linkedin_url');
    expect(ends(byUrl)).toEqual([['updated', id(1)]]);
    const byNumber = await sync(csv(['Seats', 'title'], [['5.0', 'S']]), '--key', 'seats');
    expect(ends(byNumber)).toEqual([['updated', id(2)]]);
    const key = ['--key', 'contact_id,ERP Number,email', '--map', 'Customer=ERP Number', '--map', 'Mail=email'];
    await write(
      'edits.csv',
      csv(
        ['contact_id', 'Customer', 'Mail', 'title'],
        [
          [id(7), '', 'another@x.com', 'T1'],
          ['', '007', '', 'T2'],
          ['', '', 'ANNA@x.com', 'T3'],
          ['', '', '', 'T4'],
        ],
      ),
    );
    const run = await cli('sync', 'edits.csv', ...key);
    expect(ends(run)).toEqual([
      ['updated', id(7)],
      ['updated', id(2)],
      ['updated', id(1)],
      ['invalid', null],
    ]);
    expect(inFileOrder(run.results)[0]?.warnings).toMatchObject([{ code: 'key_not_written', field: 'email' }]);
    expect(bodies(sandbox).every(({ body }) => Object.keys(body as object).join() === 'title')).toBe(true);
    expect((await cli('plan', 'edits.csv', ...key)).summary.writes_planned).toBe(0);
  }),
);

test(
  'rows that name one contact in two ways are edits of one contact',
  world({ contacts }, async ({ write, cli, sandbox }) => {
    const rows = [
      [id(1), '', 'First'],
      ['', 'anna@x.com', 'Second'],
      ['', 'ANNA@X.COM', 'Third'],
    ];
    await write('edits.csv', csv(['contact_id', 'email', 'title'], rows));
    const sync = (...flags: string[]) => cli('sync', 'edits.csv', '--key', 'contact_id,email', ...flags);
    const error = await sync('--duplicates', 'error');
    expect([error.code, error.stderr]).toEqual([
      2,
      expect.stringMatching(new RegExp(`row 2: contact ${id(1)} is in row 1`)),
    ]);
    expect(statuses(await sync('--duplicates', 'last'))).toEqual(['unchanged', 'unchanged', 'updated']);
    expect(statuses(await sync())).toEqual(['updated', 'updated', 'updated']);
    expect(sandbox.store.find(id(1))?.title).toBe('Third');
  }),
);
