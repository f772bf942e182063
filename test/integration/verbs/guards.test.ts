import { describe, expect, test } from '@jest/globals';
import { bodies, csv, id, inFileOrder, people, person, statuses, world, type Run } from '../../support/world.js';
import { held, titles } from '../../support/gate.js';

const HEADER = ['contact_id', 'title'];
const EXPORTED = '2025-06-01T00:00:00.000Z';

function expectRefused(run: Run, flag: string): void {
  expect(run).toMatchObject({ code: 5, summary: { state: 'refused', exit_code: 5 } });
  expect(run.summary.calls.patch).toBe(0);
  expect(run.stderr).toContain(flag);
  expect(run.stderr).toContain('nothing was sent');
}

describe('--max-changes', () => {
  test(
    'refuses a plan as a whole, says what and why, and lets it be applied with a higher limit',
    world({ contacts: people(6) }, async ({ cli, sync, sandbox }) => {
      const rows = [1, 2, 3, 4, 5, 6].map((n) => [
        ...[id(n), n < 6 ? `New ${n}` : `Title ${n}`, n < 4 ? 'n' : ''],
        ...[n < 3 ? '<clear>' : '', n === 1 ? 'VIP' : ''],
      ]);
      const refused = await sync(csv(['contact_id', 'title', 'notes', 'location', 'tags'], rows), '--max-changes', '4');
      expectRefused(refused, '--max-changes');
      expect(refused.stderr).toContain('5 of 6 rows (83.3%)');
      expect(refused.stderr).toContain('the limit is 4');
      expect(refused.stderr).toContain('title replaced 5, notes filled 3, location cleared 2');
      expect(refused.stderr).not.toContain('tags filled');
      expect(statuses(refused)).toEqual([...Array<string>(5).fill('held'), 'unchanged']);
      expect(refused.rejected).toHaveLength(6);
      expect(sandbox.log.counts.patch).toBe(0);

      const still = await cli('apply', 'latest');
      expectRefused(still, '--max-changes');
      const run = await cli('apply', 'latest', '--max-changes', '5');
      expect(run).toMatchObject({ code: 0, runDir: refused.runDir, summary: { state: 'done' } });
      expect(statuses(run)).toEqual([...Array<string>(5).fill('updated'), 'unchanged']);
      expect(run.rejected).toHaveLength(1);
      expect(sandbox.log.counts.patch).toBe(5);
    }),
  );

  test.each<[string, string, number]>([
    ['a count that is just reached', '2', 0],
    ['a share that is just reached', '50%', 0],
    ['a share that is exceeded', '49%', 5],
    ['none at all', '0', 5],
  ])('with %s', (_, limit, code) =>
    world({ contacts: people(4) }, async ({ sync, sandbox }) => {
      const rows = [1, 2, 3, 4].map((n) => [id(n), n < 3 ? 'New' : `Title ${n}`]);
      expect(await sync(csv(HEADER, rows), '--max-changes', limit)).toMatchObject({ code });
      expect(sandbox.log.counts.patch).toBe(code === 0 ? 2 : 0);
    })(),
  );

  test(
    'speaks in a dry run as well',
    world({ contacts: people(2) }, async ({ write, cli }) => {
      await write('edits.csv', titles(2));
      expectRefused(await cli('plan', 'edits.csv', '--max-changes', '1'), '--max-changes');
    }),
  );
});

describe('--max-clears', () => {
  test.each<[string, number]>([
    ['3', 0],
    ['2', 5],
    ['75%', 0],
    ['74%', 5],
  ])('%s of three values that are cleared in four rows', (limit, code) =>
    world({ contacts: people(4) }, async ({ sync, sandbox }) => {
      const rows = [
        [id(1), '<clear>', '<clear>'],
        [id(2), '<clear>', ''],
        [id(3), 'New', ''],
        [id(4), '', ''],
      ];
      const run = await sync(csv([...HEADER, 'location'], rows), '--max-clears', limit);
      if (code === 5) expectRefused(run, '--max-clears');
      else expect(run.code).toBe(0);
      expect(run.summary.clears_planned).toBe(3);
      expect(sandbox.log.counts.patch).toBe(code === 0 ? 3 : 0);
    })(),
  );

  test(
    'does not count what is empty already',
    world({ contacts: people(2, { notes: null }) }, async ({ sync }) => {
      const rows = [
        [id(1), '<clear>'],
        [id(2), '<clear>'],
      ];
      const run = await sync(csv(['contact_id', 'notes'], rows), '--max-clears', '0');
      expect(run).toMatchObject({ code: 0, summary: { counts: { unchanged: 2 } } });
    }),
  );
});

describe('--strict', () => {
  test(
    'sends nothing where one row cannot be applied, and everything where all can',
    world({ contacts: people(2) }, async ({ sync, sandbox }) => {
      const good = [
        [id(1), 'New'],
        [id(2), 'Title 2'],
      ];
      const run = await sync(csv(HEADER, [...good, [id(9), 'New']]), '--strict');
      expectRefused(run, '--strict');
      expect(statuses(run)).toEqual(['held', 'unchanged', 'not_found']);
      expect(sandbox.log.counts.patch).toBe(0);
      expect(await sync(csv(HEADER, good), '--strict')).toMatchObject({ code: 0 });
      expect(sandbox.log.counts.patch).toBe(1);
    }),
  );
});

describe('do_not_contact', () => {
  const TEXT = csv(
    ['contact_id', 'do_not_contact', 'title'],
    [
      [id(1), 'false', 'New'],
      [id(2), '<clear>', ''],
      [id(3), 'true', ''],
    ],
  );
  const CONTACTS = [1, 2, 3].map((n) => person(n, { do_not_contact: n < 3 }));

  test(
    'does not go from true to false or to nothing by itself',
    world({ contacts: CONTACTS }, async ({ sync, sandbox }) => {
      const run = await sync(TEXT);
      expect(run.code).toBe(3);
      expect(statuses(run)).toEqual(['held', 'held', 'updated']);
      expect(inFileOrder(run.results)[0]!.error?.message).toContain('--allow-opt-in');
      expect(held(sandbox, 3, 'do_not_contact')).toEqual([true, true, true]);
      expect(bodies(sandbox)).toEqual([{ id: id(3), body: { do_not_contact: true } }]);
    }),
  );

  test(
    'does with --allow-opt-in',
    world({ contacts: CONTACTS }, async ({ sync, sandbox }) => {
      expect(await sync(TEXT, '--allow-opt-in')).toMatchObject({ code: 0 });
      expect(held(sandbox, 3, 'do_not_contact')).toEqual([false, null, true]);
    }),
  );
});

describe('a guard column', () => {
  test(
    'updated_at makes a row a conflict whose contact was changed after it, and no other',
    world({ contacts: people(4) }, async ({ sync, sandbox }) => {
      const rows = [
        [id(1), 'New', EXPORTED],
        [id(2), 'New', '2025-05-31T23:59:59.999Z'],
        [id(3), 'Title 3', '2025-01-01T00:00:00.000Z'],
        [id(4), 'New', ''],
      ];
      const run = await sync(csv([...HEADER, 'updated_at'], rows));
      expect(statuses(run)).toEqual(['updated', 'conflict', 'unchanged', 'updated']);
      expect(inFileOrder(run.results)[1]!.error).toMatchObject({ field: 'updated_at' });
      expect(held(sandbox, 2, 'title')).toEqual(['New', 'Title 2']);
    }),
  );

  test(
    'expected: takes the value that its author saw, or the new one, and says which other it met',
    world({ contacts: people(4) }, async ({ sync, sandbox }) => {
      const rows = [
        [id(1), 'New', 'Title 1'],
        [id(2), 'New', 'Title 1'],
        [id(3), 'Title 3', 'Title 1'],
        [id(4), 'New', ''],
      ];
      const run = await sync(csv([...HEADER, 'expected:title'], rows));
      expect(statuses(run)).toEqual(['updated', 'conflict', 'unchanged', 'updated']);
      const { error } = inFileOrder(run.results)[1]!;
      expect(error).toMatchObject({ field: 'title' });
      expect(error?.message).toMatch(/"Title 2".*"Title 1"/);
      expect(held(sandbox, 4, 'title')).toEqual(['New', 'Title 2', 'Title 3', 'New']);
    }),
  );

  test(
    'expected: guards a field that the row does not write',
    world({ contacts: people(2) }, async ({ sync }) => {
      const rows = [
        [id(1), 'New', 'Berlin'],
        [id(2), 'New', 'Paris'],
      ];
      expect(statuses(await sync(csv([...HEADER, 'expected:location'], rows)))).toEqual(['updated', 'conflict']);
    }),
  );
});

describe('--duplicates', () => {
  const TWICE = csv(HEADER, [
    [id(1), 'A'],
    [id(2), 'A'],
    [id(1), 'B'],
  ]);

  test(
    'error refuses a file with two rows about a contact, and names both rows',
    world({ contacts: people(2) }, async ({ sync, sandbox }) => {
      const run = await sync(TWICE, '--duplicates', 'error');
      expect(run.code).toBe(2);
      expect(run.stderr).toMatch(/row 3.*row 1/);
      expect(sandbox.log.counts.patch).toBe(0);
    }),
  );

  test(
    'last lets only the last row about a contact speak',
    world({ contacts: people(2) }, async ({ sync, sandbox }) => {
      const run = await sync(TWICE, '--duplicates', 'last');
      expect(statuses(run)).toEqual(['unchanged', 'updated', 'updated']);
      expect(inFileOrder(run.results)[0]!.warnings).toMatchObject([{ code: 'superseded' }]);
      expect(bodies(sandbox)).toHaveLength(2);
      expect(held(sandbox, 2, 'title')).toEqual(['B', 'A']);
    }),
  );

  test(
    'allow sends them one after another, and only one where a contact is there once in another spelling of its id',
    world({ contacts: people(2) }, async ({ sync, sandbox }) => {
      expect((await sync(TWICE)).code).toBe(0);
      expect(sandbox.log.patches(id(1)).map(({ body }) => body)).toEqual([{ title: 'A' }, { title: 'B' }]);
      const spelled = csv(HEADER, [
        [id(1), 'C'],
        [id(1).toUpperCase(), 'D'],
      ]);
      expect(await sync(spelled, '--duplicates', 'error')).toMatchObject({ code: 2 });
    }),
  );
});

describe('--lint', () => {
  const DAMAGED = csv(
    ['contact_id', 'title', 'phone_number', 'notes'],
    [
      [id(1), '#N/A', '', 'fine'],
      [id(2), '', '491701234567', ''],
      [id(3), 'JosÃ©', '', ''],
      [id(4), 'New', '', ''],
    ],
  );
  const CONTACTS = people(4, { phone_number: '+491701234567' });

  test(
    'hold keeps damaged rows back, whole',
    world({ contacts: CONTACTS }, async ({ sync, sandbox }) => {
      const run = await sync(DAMAGED);
      expect(run.code).toBe(3);
      expect(statuses(run)).toEqual(['held', 'held', 'held', 'updated']);
      expect(inFileOrder(run.results)[1]!.error).toMatchObject({ code: 'damaged', field: 'phone_number' });
      expect(run.rejectedText).toContain('lost the +');
      expect(bodies(sandbox)).toEqual([{ id: id(4), body: { title: 'New' } }]);
    }),
  );

  test(
    'warn sends them and says so',
    world({ contacts: CONTACTS }, async ({ sync, sandbox }) => {
      const run = await sync(DAMAGED, '--lint', 'warn');
      expect(run.code).toBe(0);
      expect(inFileOrder(run.results).map(({ warnings = [] }) => warnings.map(({ code }) => code))).toEqual([
        ...[['damaged'], ['damaged'], ['damaged']],
        [],
      ]);
      expect(held(sandbox, 3, 'title')).toEqual(['#N/A', 'Title 2', 'JosÃ©']);
      expect(sandbox.store.find(id(2))?.phone_number).toBe('491701234567');
    }),
  );

  test(
    'off sends them and says nothing',
    world({ contacts: CONTACTS }, async ({ sync, sandbox }) => {
      const run = await sync(DAMAGED, '--lint', 'off');
      expect(run.code).toBe(0);
      expect(run.results.flatMap(({ warnings = [] }) => warnings)).toEqual([]);
      expect(sandbox.store.find(id(1))).toMatchObject({ title: '#N/A', notes: 'fine' });
    }),
  );
});

describe('--base', () => {
  test(
    'takes only touched cells for edits, and never reverts a newer value in an untouched one',
    world({ contacts: people(5, { notes: 'old' }) }, async ({ cli, write, sandbox }) => {
      await cli('export', '--out', 'base.csv');
      const row = (n: number, title: string, location = 'Berlin') => [id(n), title, location, 'old', ''];
      await write(
        'edits.csv',
        csv(
          [...HEADER, 'location', 'notes', 'tags'],
          [...[row(1, 'Mine'), row(2, 'Mine'), row(3, 'Title 3'), row(4, 'Mine'), row(5, 'Title 5', '<clear>')]],
        ),
      );
      sandbox.store.write(id(1), { location: 'Paris', notes: 'newer' });
      sandbox.store.write(id(2), { title: 'Theirs' });
      sandbox.store.write(id(3), { title: 'Theirs', tags: ['VIP'] });
      sandbox.store.write(id(4), { title: 'Mine' });
      const run = await cli('sync', 'edits.csv', '--base', 'base.csv');
      expect(run.code).toBe(3);
      expect(statuses(run)).toEqual(['updated', 'conflict', 'unchanged', 'unchanged', 'updated']);
      const { error } = inFileOrder(run.results)[1]!;
      expect(error).toMatchObject({ field: 'title' });
      expect(error?.message).toMatch(/"Theirs".*"Title 2"/);
      expect(bodies(sandbox)).toEqual(
        expect.arrayContaining([
          { id: id(1), body: { title: 'Mine' } },
          { id: id(5), body: { location: null } },
        ]),
      );
      expect(sandbox.log.counts.patch).toBe(2);
      expect(sandbox.store.find(id(1))).toMatchObject({ title: 'Mine', location: 'Paris', notes: 'newer' });
      expect(held(sandbox, 3, 'title')).toEqual(['Mine', 'Theirs', 'Theirs']);
    }),
  );

  test(
    'warns of a contact that it does not have, and refuses a file that is no export',
    world({ contacts: people(2) }, async ({ cli, write, sandbox }) => {
      await cli('export', '--out', 'base.csv', '--filter', 'title equals Title 1');
      await write('edits.csv', titles(2));
      const run = await cli('sync', 'edits.csv', '--base', 'base.csv');
      expect(inFileOrder(run.results).map(({ warnings }) => warnings?.map(({ code }) => code))).toEqual([
        ...[undefined, ['not_in_base']],
      ]);
      await write('other.csv', 'name,colour\nx,y\n');
      expect(await cli('sync', 'edits.csv', '--base', 'other.csv')).toMatchObject({ code: 2 });
      expect(await cli('sync', 'edits.csv', '--base', 'none.csv')).toMatchObject({ code: 2 });
      expect(sandbox.log.counts.patch).toBe(2);
    }),
  );
});
