import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { rememberOrganisation, type Target } from '../../../src/core/run/target.js';
import { SANDBOX_ORGANISATION } from '../../../src/sandbox/defaults.js';
import { csv, id, people, requestCount, statuses, withFront, world } from '../../support/world.js';

/** Edits of the titles of contacts 1 to `count`; every other one has that title already. */
const edits = (count: number): string =>
  csv(
    ['contact_id', 'title'],
    Array.from({ length: count }, (_, at) => [id(at + 1), at % 2 ? `Title ${at + 1}` : `New ${at + 1}`]),
  );

describe('--snapshot latest-export', () => {
  const NOTE = path.join('runs', 'latest-export.json');

  test(
    'is of the organisation that the run is for: another API or key is refused',
    world({ contacts: people(2) }, async (given) => {
      const { cli, write, env, sandbox, dir } = given;
      await write('edits.csv', edits(2));
      expect((await cli('export', '--out', 'all.ndjson')).code).toBe(0);
      const note = await readFile(path.join(dir, NOTE), 'utf8');
      expect(note).not.toContain(sandbox.key);
      expect((await stat(path.join(dir, NOTE))).mode & 0o777).toBe(0o600);
      const plan = () => cli('plan', 'edits.csv', '--snapshot', 'latest-export');
      expect((await plan()).code).toBe(0);
      const before = requestCount(sandbox);

      env['CONTACT_SYNC_API_KEY'] = 'mks_another';
      const otherKey = await plan();
      expect([otherKey.code, otherKey.stderr]).toEqual([2, expect.stringMatching(/another API key.*Export again/)]);
      env['CONTACT_SYNC_API_KEY'] = sandbox.key;
      env['CONTACT_SYNC_BASE_URL'] = 'http://127.0.0.1:9';
      const otherApi = await plan();
      expect([otherApi.code, otherApi.stderr]).toEqual([2, expect.stringMatching(/exported from .*127\.0\.0\.1:9\b/)]);
      expect(requestCount(sandbox)).toBe(before);
      expect(otherKey.stderr + otherApi.stderr).not.toContain('mks_');
    }),
  );

  test(
    'is taken with another key of the same organisation, and refused with one of another organisation',
    world({ contacts: people(2) }, async ({ cli, write, env, sandbox, dir, door }) => {
      await write('edits.csv', edits(2));
      expect((await cli('export', '--out', 'all.csv')).code).toBe(0);
      const machine = path.join(dir, '.contact-sync');
      const [ours, theirs] = ['mks_ours', 'mks_theirs'];
      await rememberOrganisation(machine, { baseUrl: door.url, key: ours }, SANDBOX_ORGANISATION);
      await rememberOrganisation(machine, { baseUrl: door.url, key: theirs }, { id: 'another', name: 'Another' });
      const before = requestCount(sandbox);
      for (const [key, code] of [
        [ours, 0],
        [theirs, 2],
      ] as const) {
        env['CONTACT_SYNC_API_KEY'] = key;
        expect((await cli('plan', 'edits.csv', '--snapshot', 'latest-export')).code).toBe(code);
      }
      expect(requestCount(sandbox)).toBe(before);
    }),
  );

  test(
    'is told by the key alone where this machine does not know whose it is, by a salted hash',
    world({ contacts: people(2) }, async ({ cli, write, dir }) => {
      await write('edits.csv', edits(2));
      await rm(path.join(dir, '.contact-sync'), { recursive: true });
      await writeFile(path.join(dir, '.contact-sync'), 'not a folder');
      const fingerprints: string[] = [];
      for (const flags of [[], ['--force']]) {
        expect((await cli('export', '--out', 'all.csv', ...flags)).code).toBe(0);
        const { target } = JSON.parse(await readFile(path.join(dir, NOTE), 'utf8')) as { target: Target };
        expect(target.organisation).toBeNull();
        fingerprints.push(target.key_fingerprint);
      }
      expect(fingerprints[0]).not.toBe(fingerprints[1]);
      await rm(path.join(dir, '.contact-sync'));
      expect((await cli('plan', 'edits.csv', '--snapshot', 'latest-export')).code).toBe(0);
    }),
  );

  test.each([
    ['of an older version', JSON.stringify({ file: '/tmp/all.csv', at: '2026-01-01T00:00:00.000Z' })],
    ['that is damaged', '{"file":'],
  ])('with a note %s is refused, with the advice to export again', (_what, note) =>
    world({ contacts: people(2) }, async ({ cli, sync, dir, sandbox }) => {
      await cli('export', '--out', 'all.csv');
      await writeFile(path.join(dir, NOTE), note);
      const before = requestCount(sandbox);
      const run = await sync(edits(2), '--reads', 'snapshot');
      expect([run.code, requestCount(sandbox)]).toEqual([2, before]);
      expect(run.stderr).toContain('Export again');
    })(),
  );

  test(
    'warns where the latest export has some contacts only',
    world({ contacts: people(3) }, async ({ cli, sync }) => {
      await cli('export', '--out', 'all.csv');
      expect((await sync(edits(1), '--snapshot', 'latest-export', '--dry-run')).stderr).not.toContain('warning');
      await cli('export', '--out', 'some.csv', '--filter', 'title equals Title 1');
      const run = await sync(edits(2), '--snapshot', 'latest-export', '--dry-run');
      expect(statuses(run)).toEqual(['planned', 'not_found']);
      expect(run.stderr).toMatch(/warning: .*some\.csv, holds only what --filter "title equals Title 1" let through/);
    }),
  );
});

describe('two ways of reading contradict each other', () => {
  test.each([
    [['sync', 'edits.csv', '--snapshot', 'all.csv', '--mirror'], '--snapshot and --mirror'],
    [['plan', 'edits.csv', '--snapshot', 'all.csv', '--reads', 'ids'], '--snapshot and --reads ids'],
    [['plan', 'edits.csv', '--mirror', '--reads', 'list'], '--mirror and --reads list'],
    [['sync', 'edits.csv', '--mirror', '--reads', 'snapshot'], '--mirror and --reads snapshot'],
    [['resume', 'latest', '--mirror', '--reads', 'get'], '--mirror and --reads get'],
    [['retry', 'latest', '--mirror', '--reads', 'get'], '--mirror and --reads get'],
  ])('%j', (args, named) =>
    world({ contacts: people(2) }, async ({ cli, write, sandbox }) => {
      await write('edits.csv', edits(2));
      await write('all.csv', edits(2));
      const run = await cli(...args);
      expect([run.code, requestCount(sandbox), run.runDir]).toEqual([2, 0, undefined]);
      expect(run.stderr).toContain(`${named} contradict each other`);
    })(),
  );

  test(
    'but --snapshot with --reads auto or snapshot does not, nor what a verb does not take',
    world({ contacts: people(2) }, async ({ cli, write, env }) => {
      await write('edits.csv', edits(2));
      await write('all.csv', edits(2));
      for (const way of ['auto', 'snapshot']) {
        expect((await cli('plan', 'edits.csv', '--snapshot', 'all.csv', '--reads', way)).code).toBe(0);
      }
      await cli('plan', 'edits.csv');
      env['CONTACT_SYNC_SNAPSHOT'] = 'all.csv';
      expect((await cli('apply', 'latest', '--reads', 'get')).code).toBe(0);
    }),
  );
});

test(
  'what is read again before a write is read as is cheapest, and otherwise where the API refuses that',
  world({ contacts: people(40) }, async (given) => {
    await given.cli('export', '--out', 'all.csv');
    let lists = 0;
    // The schema lets ids be filtered, and the list does not.
    const front = ({ path: to }: { path: string }) =>
      to.endsWith('/contacts/list') && lists++ === 0
        ? { status: 422, body: '{"detail":"no filter on id"}' }
        : undefined;
    await withFront(given, front, async () => {
      const run = await given.sync(edits(40), '--snapshot', 'all.csv', '--reads', 'snapshot');
      expect([run.code, run.summary.counts.updated, lists]).toEqual([0, 20, 2]);
    });
  }),
);
