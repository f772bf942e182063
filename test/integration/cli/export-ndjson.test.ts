import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Contact } from '../../../src/core/contacts/types.js';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';
import { csv, id, people, person, statuses, withFront, world, type World } from '../../support/world.js';

/** Calls that read contacts. */
const reads = ({ sandbox }: World): number => sandbox.log.counts.list + sandbox.log.counts.get;

describe('an export to NDJSON', () => {
  const CONTACTS = [
    person(1, { notes: 'two\nlines \u2028 “ü” 😀', tags: ['VIP'], [CUSTOM_FIELDS.interests]: ['a;b'] }),
    person(2, { scoring: { heat_score: 7 }, source: 'import' }),
    ...people(1200).slice(2),
  ];

  test.each(['all.ndjson', 'all.JSONL'])('to %s: each contact a line, as the API gave it, for oneself alone', (name) =>
    world({ contacts: CONTACTS }, async ({ cli, sandbox, dir }) => {
      const run = await cli('export', '--out', name);
      expect([run.code, run.stdout]).toEqual([0, '']);
      const file = path.join(dir, name);
      const text = await readFile(file, 'utf8');
      const contacts = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Contact);
      const held = new Map([...sandbox.store.contacts.values()].map((contact) => [contact.id, contact]));
      expect(contacts).toHaveLength(1200);
      for (const contact of contacts) expect(contact).toMatchObject(held.get(contact.id)!);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect((await readdir(dir)).filter((entry) => entry.startsWith(name))).toEqual([name]);
    })(),
  );

  test(
    'is a snapshot: plan goes by it without reading a contact, and apply looks again',
    world({ contacts: CONTACTS }, async (given) => {
      const { cli, write, sandbox } = given;
      expect((await cli('export', '--out', 'all.ndjson')).code).toBe(0);
      const before = reads(given);
      const rows = csv(
        ['contact_id', 'title', 'notes', 'tags', CUSTOM_FIELDS.interests, CUSTOM_FIELDS.seats],
        [
          [id(1), 'New', CONTACTS[0]!.notes, 'VIP', '', '<clear>'],
          [id(2), 'New', '<clear>', '', '', ''],
          [id(3), 'Title 3', '', '', '', ''],
        ],
      );
      await write('edits.csv', rows);
      const plan = await cli('plan', 'edits.csv', '--snapshot', 'all.ndjson');
      expect([plan.code, statuses(plan)]).toEqual([0, ['planned', 'planned', 'unchanged']]);
      expect(plan.plan.map((line) => Object.keys(line.changes ?? {}))).toEqual([['title'], ['title'], []]);
      expect(reads(given)).toBe(before);
      sandbox.store.write(id(2), { title: 'A colleague’s' });
      const applied = await cli('apply', 'latest');
      expect([applied.code, statuses(applied)]).toEqual([3, ['updated', 'conflict', 'unchanged']]);
    }),
  );

  test(
    'has null for a field that the API leaves out, so that it is taken back',
    world({ contacts: [{ id: id(1), title: 'Title 1' }] }, async (given) => {
      const { cli, dir, write } = given;
      const bare = { data: [{ id: id(1), title: 'VP' }], pagination: { total_count: 1, total_pages: 1 } };
      const front = ({ path: to }: { path: string }) =>
        to.endsWith('/contacts/list') ? { status: 200, body: JSON.stringify(bare) } : undefined;
      await withFront(given, front, async () => {
        expect((await cli('export', '--out', 'all.ndjson')).code).toBe(0);
      });
      const contact = JSON.parse(await readFile(path.join(dir, 'all.ndjson'), 'utf8')) as Contact;
      expect(contact).toMatchObject({ title: 'VP', notes: null, [CUSTOM_FIELDS.seats]: null });
      const rows = csv(['contact_id', 'notes'], [[id(1), '<clear>']]);
      await write('edits.csv', rows);
      expect((await cli('plan', 'edits.csv', '--snapshot', 'all.ndjson')).code).toBe(0);
    }),
  );

  test(
    'on standard output is CSV',
    world({ contacts: people(1) }, async ({ cli }) => {
      expect((await cli('export')).stdout).toMatch(/^contact_id,first_name,/);
    }),
  );
});

test(
  'a file that cannot be written is a usage error, and one that is there stays as it is',
  world({ contacts: people(2) }, async ({ cli, write, dir }) => {
    await write('file', 'mine');
    for (const out of [
      path.join('file', 'all.ndjson'),
      path.join('none', 'all.ndjson'),
      path.join('file', 'all.csv'),
    ]) {
      const run = await cli('export', '--out', out);
      expect([run.code, run.stderr]).toEqual([2, expect.stringContaining(out)]);
    }
    await write('all.ndjson', 'mine');
    expect(
      (
        await cli(
          'export',
          '--out',
          'all.ndjson',
          '--force',
          '--timeout',
          '1s',
          '--base-url',
          'http://127.0.0.1:9',
          '--retries',
          '0',
        )
      ).code,
    ).not.toBe(0);
    expect(await readFile(path.join(dir, 'all.ndjson'), 'utf8')).toBe('mine');
  }),
);

describe('an export while others write', () => {
  /** Runs `use` after the server has answered so many list calls. */
  function afterList({ sandbox }: World, calls: number, use: () => void): void {
    const { log } = sandbox;
    const begin = log.begin.bind(log);
    log.begin = (request, now) => {
      if (request.kind === 'list' && log.counts.list === calls) use();
      return begin(request, now);
    };
  }

  test(
    'exits with 3 where contacts were deleted, though the numbers agree in the end',
    world({ contacts: people(1200) }, async (given) => {
      const { cli, sandbox, write } = given;
      // The first page's contacts go: those behind move up, past the beginning of the second page.
      afterList(given, 1, () => [1, 2, 3].forEach((n) => sandbox.store.contacts.delete(id(n))));
      const run = await cli('export', '--out', 'all.ndjson');
      expect(run.code).toBe(3);
      expect(run.stderr).toMatch(/counted between 1197 and 1200.*some may be missing/);
      await write('edits.csv', csv(['contact_id', 'title'], [[id(9), 'New']]));
      const plan = await cli('plan', 'edits.csv', '--snapshot', 'latest-export');
      expect(plan.stderr).toContain('may lack contacts');
    }),
  );

  test(
    'exits with 3 where the count moved and moved back',
    world({ contacts: people(1600) }, async (given) => {
      const { contacts } = given.sandbox.store;
      const last = contacts.get(id(1600))!;
      afterList(given, 1, () => contacts.delete(id(1600)));
      afterList(given, 2, () => contacts.set(id(1600), last));
      const run = await given.cli('export');
      expect(run.code).toBe(3);
      expect(run.stderr).toMatch(/1,600 contacts exported/);
      expect(run.stderr).toMatch(/some may be missing/);
    }),
  );

  test(
    'exits with 3 where as many were added as deleted, and with 0 where some were only added',
    world({ contacts: people(1200) }, async (given) => {
      const { store } = given.sandbox;
      const add = (n: number) => store.load([{ id: id(n), created_at: new Date().toISOString() }]);
      afterList(given, 1, () => {
        store.contacts.delete(id(1));
        add(2001);
      });
      const run = await given.cli('export');
      expect(run.code).toBe(3);
      expect(run.stderr).toMatch(/1,200 contacts exported/);
      expect(run.stderr).toMatch(/counted 1200 from page to page.*some may be missing/);
      afterList(given, 4, () => add(2002));
      const whole = await given.cli('export');
      expect([whole.code, whole.stderr]).toEqual([0, expect.stringContaining('1,201 contacts exported')]);
    }),
  );
});
