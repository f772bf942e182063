import { readdir, watch } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { isRunId } from '../../src/core/run/run-folder.js';
import { csv, id, inFileOrder, overlaps, people, requestCount, statuses, world } from '../support/world.js';
import { expectAllDone, MIXED, MIXED_LESS, WRITES } from '../support/mixed-rows.js';
import {
  begin,
  contents,
  expectOneResultEach,
  held,
  killAt,
  runId,
  start,
  summaryOf,
  titles,
  withGate,
  type Meet,
  type Passing,
  type Started,
} from '../support/gate.js';

const HEADER = ['contact_id', 'title'];

describe('resume', () => {
  test.each<[string, string, number]>([
    ['the plan was being made', 'list', 1],
    ['the first row was sent', 'patch', 1],
    ['some rows were sent', 'patch', 9],
    ['the last row was sent', 'patch', WRITES],
  ])('ends a run that was killed while %s', (_, kind, nth) =>
    world({ contacts: people(20) }, async (here) => {
      const { cli, write, sandbox } = here;
      await write('edits.csv', MIXED);
      const flags = ['--concurrency', '4', '--reads', 'ids'];
      await killAt(here, (request) => request.kind === kind && request.nth === nth, 'sync', 'edits.csv', ...flags);
      const run = await cli('resume', 'latest');
      expectAllDone(run);
      expect(held(sandbox, 4, 'title')).toEqual(['New 1', 'Newest 2', 'New 3', 'New 4']);
      expect(overlaps(sandbox)).toEqual([]);
      const again = await cli('resume', 'latest');
      expect(again.code).toBe(2);
      expect(again.stderr).toContain(`contact-sync retry ${runId(run)}`);
      expect(await cli('undo', 'latest')).toMatchObject({ code: 0 });
      expect(held(sandbox, 20, 'title')).toEqual(people(20).map(({ title }) => title));
    })(),
  );

  test(
    'adds its calls to those of the process that was killed',
    world({ contacts: people(20) }, async (here) => {
      await here.write('edits.csv', titles(20));
      let killed: Started | undefined;
      let patches = 0;
      const holdTheNinth = async ({ kind, nth }: Passing): Promise<void> => {
        if (kind === 'patch') patches++;
        if (kind !== 'patch' || nth !== 9 || patches > 9) return;
        // What the process has counted so far is on disk a little later.
        const run = (await readdir(path.join(here.dir, 'runs'))).find(isRunId)!;
        for await (const { filename } of watch(path.join(here.dir, 'runs', run))) {
          if (filename === 'summary.json' && (await summaryOf(here, run)).calls.patch === 9) break;
        }
        killed?.child.kill('SIGKILL');
      };
      here.env['CONTACT_SYNC_TIMEOUT'] = '2s';
      await withGate(here, holdTheNinth, async () => {
        killed = start(here, 'sync', 'edits.csv', '--concurrency', '1');
        expect(await killed.ended).toMatchObject({ signal: 'SIGKILL' });
        const { code, summary } = await here.cli('resume', 'latest');
        expect([code, summary.counts.updated, summary.calls.patch]).toEqual([0, 20, patches]);
      });
    }),
  );

  test(
    'ends a run that was killed four times, also while it was resumed',
    world({ contacts: people(20) }, async (here) => {
      await here.write('edits.csv', MIXED);
      const third = ({ kind, nth }: { kind: string; nth: number }): boolean => kind === 'patch' && nth === 3;
      await killAt(here, ({ n }) => n === 1, 'sync', 'edits.csv', '--concurrency', '2');
      for (let kills = 0; kills < 3; kills++) await killAt(here, third, 'resume', 'latest', '--concurrency', '2');
      expectAllDone(await here.cli('resume', 'latest'));
    }),
  );

  test(
    'sends no row twice whose answer came, and settles what was in flight by reading',
    world({ contacts: people(20) }, async (here) => {
      const { cli, write, sandbox } = here;
      await write('edits.csv', titles(20));
      await killAt(here, ({ kind, nth }) => kind === 'patch' && nth === 9, 'sync', 'edits.csv', '--concurrency', '1');
      expect(sandbox.log.counts.patch).toBe(9);
      const run = await cli('resume', 'latest');
      expect(run.code).toBe(0);
      expect(statuses(run)).toEqual(Array<string>(20).fill('updated'));
      expect(sandbox.log.counts.patch).toBe(20);
    }),
  );

  test(
    'leaves alone what someone changed meanwhile, also where a request had been in flight',
    world({ contacts: people(6) }, async (here) => {
      const { cli, write, sandbox } = here;
      await write('edits.csv', titles(6));
      await killAt(here, ({ kind, nth }) => kind === 'patch' && nth === 3, 'sync', 'edits.csv', '--concurrency', '1');
      for (const n of [3, 5]) sandbox.store.write(id(n), { title: 'Theirs' });
      const run = await cli('resume', 'latest');
      expect(statuses(run)).toEqual(['updated', 'updated', 'conflict', 'updated', 'conflict', 'updated']);
      expect(inFileOrder(run.results)[4]!.error?.message).toMatch(/"Theirs".*"New 5"/);
      expect(held(sandbox, 6, 'title')).toEqual(['New 1', 'New 2', 'Theirs', 'New 4', 'Theirs', 'New 6']);
    }),
  );

  test(
    'rests no row upon a value that was not kept before the run was stopped',
    world({ contacts: people(2), nulls: 'ignore' }, async (here) => {
      const rows = [
        [id(1), '<clear>'],
        [id(2), 'New 2'],
        [id(1), '<clear>'],
      ];
      await here.write('edits.csv', csv(HEADER, rows));
      await killAt(here, ({ kind, nth }) => kind === 'patch' && nth === 2, 'sync', 'edits.csv', '--concurrency', '1');
      const run = await here.cli('resume', 'latest');
      expect([run.code, ...statuses(run)]).toEqual([3, 'updated', 'updated', 'conflict']);
      expect(inFileOrder(run.results)[2]!.error).toMatchObject({ code: 'earlier_row' });
    }),
  );

  test(
    'refuses to plan from a file that was changed since, and continues when it is as it was',
    world({ contacts: people(20) }, async (here) => {
      const { cli, write, sandbox } = here;
      await write('edits.csv', MIXED);
      await killAt(here, ({ kind }) => kind === 'list', 'sync', 'edits.csv', '--reads', 'ids');
      await write('edits.csv', MIXED_LESS);
      const refused = await cli('resume', 'latest');
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('changed since this run began');
      expect(sandbox.log.counts.patch).toBe(0);
      await write('edits.csv', MIXED);
      expectAllDone(await cli('resume', 'latest'));
    }),
  );

  test(
    'holds to the guards of the run that it plans again',
    world({ contacts: people(20) }, async (here) => {
      const { cli, write, sandbox } = here;
      await write('edits.csv', MIXED);
      await killAt(here, ({ kind }) => kind === 'list', 'sync', 'edits.csv', '--reads', 'ids', '--max-changes', '3');
      expect(await cli('resume', 'latest')).toMatchObject({ code: 5 });
      expect(sandbox.log.counts.patch).toBe(0);
    }),
  );

  test(
    'ends an undo that was killed',
    world({ contacts: people(12) }, async (here) => {
      const { cli, sync, sandbox } = here;
      const before = contents(sandbox);
      await sync(titles(12));
      await killAt(here, ({ kind, nth }) => kind === 'patch' && nth === 5, 'undo', 'latest', '--concurrency', '2');
      const run = await cli('resume', 'latest');
      expect(run).toMatchObject({ code: 0, summary: { command: 'undo', state: 'done' } });
      expectOneResultEach(run.results, 12);
      expect(contents(sandbox)).toEqual(before);
    }),
  );

  test('does not look before what was in flight when it was killed is over', () =>
    world({ contacts: people(3) }, async (here) => {
      await here.write('edits.csv', titles(3));
      await killAt(here, ({ kind, nth }) => kind === 'patch' && nth === 2, 'sync', 'edits.csv', '--concurrency', '1');
      const requests = requestCount(here.sandbox);
      const waiting = begin(here, 'resume', 'latest', '--timeout', '10m', '--log-level', 'info');
      await waiting.said('may still take effect');
      expect(requestCount(here.sandbox)).toBe(requests);
      waiting.stop();
      expect(await waiting.ended).toMatchObject({ code: 4 });
      const run = await here.cli('resume', 'latest', '--timeout', '2s');
      expect(run).toMatchObject({ code: 0, summary: { counts: { updated: 3 } } });
    })());
  test(
    'says nothing of an earlier end once it continues, should it be killed then',
    world({ contacts: people(9) }, async (here) => {
      await here.write('edits.csv', titles(9));
      const first = await here.cli('sync', 'edits.csv', '--max-requests', '5', '--reads', 'ids');
      expect(first).toMatchObject({ code: 4, summary: { exit_code: 4 } });
      await killAt(here, ({ kind, nth }) => kind === 'patch' && nth === 2, 'resume', 'latest', '--concurrency', '1');
      const killed = await summaryOf(here, runId(first));
      expect(killed).toMatchObject({ state: 'applying', exit_code: null, error: null, ended_at: null });
    }),
  );
});

describe('undo', () => {
  test(
    'a row that was begun twice is put back in all of its fields',
    world({ contacts: people(1) }, async (here) => {
      const { cli, write, sandbox } = here;
      const before = contents(sandbox);
      here.env['CONTACT_SYNC_TIMEOUT'] = '2s';
      await write('edits.csv', csv(['contact_id', 'title', 'location'], [[id(1), 'New', 'Rome']]));
      let killed: Started | undefined;
      const loseAnswer: Meet = ({ kind, nth }) => {
        if (kind !== 'patch' || nth > 1) return;
        sandbox.store.write(id(1), { title: 'New' });
        killed?.child.kill('SIGKILL');
        return { status: 504, body: '' };
      };
      await withGate(here, loseAnswer, async () => {
        killed = start(here, 'sync', 'edits.csv');
        expect(await killed.ended).toMatchObject({ signal: 'SIGKILL' });
        expect(await cli('resume', 'latest')).toMatchObject({ code: 0, summary: { counts: { updated: 1 } } });
        expect(sandbox.log.patches().map(({ body }) => body)).toEqual([{ location: 'Rome' }]);
      });
      expect(await cli('undo', 'latest')).toMatchObject({ code: 0 });
      expect(contents(sandbox)).toEqual(before);
    }),
  );

  test(
    'undoes a run that was killed, as far as it came',
    world({ contacts: people(30) }, async (here) => {
      const { sandbox, write, cli } = here;
      const before = contents(sandbox);
      await write('edits.csv', titles(30));
      await killAt(here, ({ kind, nth }) => kind === 'patch' && nth === 12, 'sync', 'edits.csv', '--concurrency', '3');
      expect(sandbox.log.applied).toBeGreaterThanOrEqual(9);
      const undo = await cli('undo', 'latest');
      expect(undo).toMatchObject({ code: 0, summary: { command: 'undo' } });
      expect(contents(sandbox)).toEqual(before);
    }),
  );
});

test('runs lists a run that was killed as stopped, though its summary says that it is at work', () =>
  world({ contacts: people(4) }, async (here) => {
    await here.write('edits.csv', titles(4));
    await killAt(here, ({ kind }) => kind === 'patch', 'sync', 'edits.csv', '--concurrency', '1');
    const listed = await here.cli('runs');
    expect(listed.stdout).toMatch(new RegExp(`^${runId(listed)} .* stopped\\b`, 'm'));
    expect(listed.summary).toMatchObject({ state: 'applying', pid: expect.any(Number) });
  })());
