import { describe, expect, test } from '@jest/globals';
import { bodies, csv, entriesOf, id, people, person, requestCount, statuses, world } from '../../support/world.js';

const HEADER = ['contact_id', 'title', 'email'];
const GOOD = csv(HEADER, [
  [id(1), 'New', ''],
  [id(2), 'Title 2', 'b@example.com'],
]);
const BAD = csv(
  ['contact_id', 'notes', 'email'],
  [
    [id(1), 'two\nlines', ''],
    ['nobody', 'New', ''],
    [id(2), '', 'no address'],
  ],
);

describe('check works offline, without a key', () => {
  test(
    'and ends with 0 for a file of valid rows',
    world({ contacts: people(2) }, async ({ cli, write, env, sandbox, dir }) => {
      env['CONTACT_SYNC_API_KEY'] = undefined;
      await write('edits.csv', GOOD);
      expect(await cli('check', 'edits.csv')).toMatchObject({
        code: 0,
        stderr: '',
        stdout: expect.stringContaining('2 valid, 0 invalid'),
      });
      expect(requestCount(sandbox)).toBe(0);
      expect(await entriesOf(dir)).toEqual(['edits.csv']);
    }),
  );

  test(
    'and ends with 3 for one with invalid rows, each told with file, line, row and reason',
    world({ contacts: [] }, async ({ cli, write, env }) => {
      env['CONTACT_SYNC_API_KEY'] = undefined;
      await write('edits.csv', BAD);
      const run = await cli('check', 'edits.csv');
      expect(run.code).toBe(3);
      expect(run.stdout).toMatch(/^edits\.csv:4: row 2: .*nobody/m);
      expect(run.stdout).toMatch(/^edits\.csv:5: row 3: .*email.*no address/m);
      expect(run.stdout).not.toContain('edits.csv:2');
    }),
  );

  test(
    'and reads standard input',
    world({ contacts: [] }, async ({ pipe }) => {
      const run = await pipe(BAD, 'check', '-');
      expect(run).toMatchObject({ code: 3, stdout: expect.stringContaining('standard input:4: row 2') });
    }),
  );

  test(
    'and ends with 2 for one that cannot be read',
    world({ contacts: [] }, async ({ cli, write, env }) => {
      env['CONTACT_SYNC_API_KEY'] = undefined;
      await write('edits.csv', GOOD + 'x,"open\n');
      expect(await cli('check', 'edits.csv')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('edits.csv: line 4'),
      });
      expect(await cli('check', 'nope.csv')).toMatchObject({ code: 2 });
    }),
  );

  test(
    'and tells it all as one JSON object with --json',
    world({ contacts: [] }, async ({ cli, write, env }) => {
      env['CONTACT_SYNC_API_KEY'] = undefined;
      await write('edits.csv', BAD);
      const run = await cli('check', 'edits.csv', '--json');
      expect(run.code).toBe(3);
      expect(JSON.parse(run.stdout)).toMatchObject({
        input: { path: 'edits.csv', rows: 3 },
        valid: 1,
        invalid: 2,
        rows: [
          { row: 2, line: 4, contact_id: 'nobody', errors: [{ code: 'bad_id' }] },
          { row: 3, line: 5, contact_id: id(2), errors: [{ code: 'bad_value', field: 'email' }] },
        ],
      });
    }),
  );
});

describe.each([
  ['plan', []],
  ['sync', ['--dry-run']],
])('%s %j', (command, flags: string[]) => {
  test(
    'sends no PATCH and shows what would change, field by field',
    world({ contacts: [person(1, { tags: ['VIP'] }), person(2), person(3)] }, async ({ cli, write, sandbox }) => {
      const rows = [
        [id(1), 'SVP', '+Partner', '<clear>'],
        [id(2), 'Title 2', '', ''],
        [id(9), 'X', '', ''],
      ];
      await write('edits.csv', csv(['contact_id', 'title', 'tags', 'location'], rows));
      const run = await cli(command, 'edits.csv', ...flags);
      expect(run).toMatchObject({ code: 3, summary: { state: 'planned', writes_planned: 1 } });
      expect(bodies(sandbox)).toEqual([]);
      expect(statuses(run)).toEqual(['planned', 'unchanged', 'not_found']);
      expect(run.plan[0]?.changes).toEqual({
        title: { from: 'Title 1', to: 'SVP' },
        tags: { from: ['VIP'], to: ['VIP', 'Partner'] },
        location: { from: 'Berlin', to: null },
      });
      expect(run.stdout).toContain('title: "Title 1" → "SVP"');
      expect(run.stdout).toContain('tags: +Partner');
      expect(run.stdout).toMatch(/location: "Berlin" → \(cleared\)/);
      expect(run.stdout).toContain('1 update,');
      expect(run.stdout).not.toContain('Title 2');
      expect(sandbox.store.find(id(1))?.title).toBe('Title 1');
    }),
  );
});
