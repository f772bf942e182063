import { appendFile, readdir, readFile, rm, watch, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { csv, id, inFileOrder, overlaps, people, requestCount, statuses, world, type Run } from '../cli/support.js';
import {
  contents,
  expectOneResultEach,
  held,
  holdAt,
  killAt,
  runId,
  start,
  summaryOf,
  titles,
  withGate,
  type Passing,
  type Started,
} from './support.js';

const HEADER = ['contact_id', 'title'];

/** 24 rows: good ones, some about one contact, and three that cannot be. */
const ROWS: [string, string][] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((n): [string, string] => [id(n), `New ${n}`]),
  ...[
    ['nobody', 'X'],
    [id(99), 'X'],
    [id(2), 'Newer 2'],
  ].map(([key = '', title = '']): [string, string] => [key, title]),
  ...[9, 10, 11, 12, 13, 14, 15, 16, 17, 18].map((n): [string, string] => [id(n), `New ${n}`]),
  ['nobody else', 'X'],
  [id(2), 'Newest 2'],
  [id(19), 'Title 19'],
];
const WRITES = 20;

function expectAllDone(run: Run): void {
  expect(run).toMatchObject({ code: 3, summary: { state: 'done', exit_code: 3, pid: null } });
  expectOneResultEach(run.results, ROWS.length);
  const expected = ROWS.map(([key, title]) => {
    if (key.startsWith('nobody')) return 'invalid';
    return key === id(99) ? 'not_found' : title === 'Title 19' ? 'unchanged' : 'updated';
  });
  expect(statuses(run)).toEqual(expected);
  expect(run.summary.counts).toMatchObject({ updated: WRITES, unchanged: 1, invalid: 2, not_found: 1 });
  expect(run.rejected.map(([key, , status]) => [key, status])).toEqual([
    ['contact_id', '_status'],
    ['nobody', 'invalid'],
    [id(99), 'not_found'],
    ['nobody else', 'invalid'],
  ]);
}

describe('resume', () => {
  test.each<[string, string, number]>([
    ['the plan was being made', 'list', 1],
    ['the first row was sent', 'patch', 1],
    ['some rows were sent', 'patch', 9],
    ['the last row was sent', 'patch', WRITES],
  ])('ends a run that was killed while %s', (_, kind, nth) =>
    world({ contacts: people(20) }, async (here) => {
      const { cli, write, sandbox } = here;
      await write('edits.csv', csv(HEADER, ROWS));
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
    'leaves to others what the run was to leave, and tells what is still to be spent',
    world({ contacts: people(20), rateLimit: { limit: 1000, windowMs: 3_600_000 } }, async (here) => {
      const { cli, write, sandbox } = here;
      await write('edits.csv', titles(20));
      const stopped = await cli('sync', 'edits.csv', '--reads', 'ids', '--reserve', '990', '--max-duration', '1m');
      expect(stopped).toMatchObject({ code: 4, summary: { reserve: { count: 990 } } });
      const patches = sandbox.log.counts.patch;
      expect(patches).toBeLessThan(10);
      const again = await cli('resume', 'latest', '--max-duration', '1m');
      expect(again).toMatchObject({ code: 4, summary: { reserve: { count: 990 } } });
      expect(again.stderr).toContain(`to send: ${20 - patches} PATCHes`);
      expect(sandbox.log.counts.patch).toBe(patches);
      const other = await cli('resume', 'latest', '--reserve', '0');
      expect(other).toMatchObject({ code: 0, summary: { reserve: { count: 0 }, counts: { updated: 20 } } });
    }),
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
        const [run = ''] = await readdir(path.join(here.dir, 'runs'));
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
      await here.write('edits.csv', csv(HEADER, ROWS));
      const third = ({ kind, nth }: { kind: string; nth: number }): boolean => kind === 'patch' && nth === 3;
      await killAt(here, ({ n }) => n === 1, 'sync', 'edits.csv', '--concurrency', '2');
      for (let kills = 0; kills < 3; kills++) await killAt(here, third, 'resume', 'latest', '--concurrency', '2');
      expectAllDone(await here.cli('resume', 'latest'));
    }),
  );

  test.each<[string, (file: string) => Promise<void>]>([
    ['its last line torn', async (file) => writeFile(file, (await readFile(file)).subarray(0, -7))],
    ['half a line more', (file) => appendFile(file, '{"row":17,"li')],
    ['nothing in it', (file) => writeFile(file, '')],
    ['been deleted', (file) => rm(file)],
  ])('copes with results.ndjson that has %s', (_, harm) =>
    world({ contacts: people(20) }, async (here) => {
      const { cli, write, dir } = here;
      await write('edits.csv', csv(HEADER, ROWS));
      await killAt(here, ({ kind, nth }) => kind === 'patch' && nth === 9, 'sync', 'edits.csv', '--concurrency', '2');
      const stopped = await cli('runs');
      await harm(path.join(dir, 'runs', runId(stopped), 'results.ndjson'));
      expectAllDone(await cli('resume', 'latest'));
    })(),
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
    'refuses to plan from a file that was changed since, and goes on when it is as it was',
    world({ contacts: people(20) }, async (here) => {
      const { cli, write, sandbox } = here;
      await write('edits.csv', csv(HEADER, ROWS));
      await killAt(here, ({ kind }) => kind === 'list', 'sync', 'edits.csv', '--reads', 'ids');
      await write('edits.csv', csv(HEADER, ROWS.slice(1)));
      const refused = await cli('resume', 'latest');
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('changed since this run began');
      expect(sandbox.log.counts.patch).toBe(0);
      await write('edits.csv', csv(HEADER, ROWS));
      expectAllDone(await cli('resume', 'latest'));
    }),
  );

  test(
    'needs no input file once the plan is on disk',
    world({ contacts: people(20) }, async (here) => {
      const { cli, write } = here;
      const file = await write('edits.csv', csv(HEADER, ROWS));
      await killAt(here, ({ kind }) => kind === 'patch', 'sync', 'edits.csv');
      await rm(file);
      expectAllDone(await cli('resume', 'latest'));
    }),
  );

  test(
    'holds to the guards of the run that it plans anew',
    world({ contacts: people(20) }, async (here) => {
      const { cli, write, sandbox } = here;
      await write('edits.csv', csv(HEADER, ROWS));
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
});

describe('a signal', () => {
  test.each<['SIGINT' | 'SIGTERM']>([['SIGINT'], ['SIGTERM']])(
    '%s lets what is in flight end, begins no new row, and says how to resume',
    (name) =>
      world({ contacts: people(20) }, async (here) => {
        const { cli, write, sandbox } = here;
        await write('edits.csv', csv(HEADER, ROWS));
        const { meet, reached, release } = holdAt('patch', 2);
        await withGate(here, meet, async () => {
          const job = start(here, 'sync', 'edits.csv', '--concurrency', '2');
          await reached;
          job.child.kill(name);
          await job.said(`${name}: finishing requests in flight`);
          release();
          const ended = await job.ended;
          expect(ended.code).toBe(4);
          expect(ended.stderr).toMatch(/contact-sync resume \d{8}T/);
          expect(sandbox.log.counts.patch).toBe(2);
          const stopped = await cli('runs');
          expect(stopped.results.filter(({ status }) => status === 'updated')).toHaveLength(2);
          expect(stopped.summary).toMatchObject({ state: 'stopped', exit_code: 4, counts: { updated: 2 } });
          expectAllDone(await cli('resume', 'latest'));
        });
      })(),
  );

  test('that comes first while the run is ending by itself lets it end', () =>
    world({ contacts: people(20) }, async (here) => {
      await here.write('edits.csv', csv(HEADER, ROWS));
      const { meet, reached, release } = holdAt('patch');
      await withGate(here, meet, async () => {
        const job = start(here, 'sync', 'edits.csv', '--reads', 'ids', '--max-requests', '4');
        await reached;
        await job.said('--max-requests 4 is reached');
        job.child.kill('SIGTERM');
        await job.said('SIGTERM: finishing requests in flight');
        release();
        expect((await job.ended).stderr).toMatch(/contact-sync resume \d{8}T/);
        const stopped = await here.cli('runs');
        expect(stopped.summary).toMatchObject({ state: 'stopped', exit_code: 4, counts: { updated: 2 } });
      });
    })());

  test('a second one ends the process at once', () =>
    world({ contacts: people(20) }, async (here) => {
      await here.write('edits.csv', csv(HEADER, ROWS));
      const { meet, reached, release } = holdAt('patch');
      await withGate(here, meet, async () => {
        const job: Started = start(here, 'sync', 'edits.csv', '--concurrency', '1');
        await reached;
        job.child.kill('SIGINT');
        await job.said('press Ctrl-C again to stop now');
        job.child.kill('SIGINT');
        // The request in flight is held for as long as the process lives.
        expect(await job.ended).toMatchObject({ code: 4 });
        release();
        expectAllDone(await here.cli('resume', 'latest', '--timeout', '1s'));
      });
    })());

  test('during planning sends nothing and leaves a run that can be resumed', () =>
    world({ contacts: people(20) }, async (here) => {
      await here.write('edits.csv', csv(HEADER, ROWS));
      const { meet, reached, release } = holdAt('list');
      await withGate(here, meet, async () => {
        const job = start(here, 'sync', 'edits.csv', '--reads', 'ids');
        await reached;
        job.child.kill('SIGTERM');
        await job.said('SIGTERM');
        release();
        const ended = await job.ended;
        expect(ended.code).toBe(4);
        expect(ended.stderr).toContain('contact-sync resume');
        expect(here.sandbox.log.counts.patch).toBe(0);
        expectAllDone(await here.cli('resume', 'latest'));
      });
    })());

  test(
    'a deadline in calls ends a run in good order, and its parts add up to the server’s count',
    world({ contacts: people(20) }, async ({ cli, write, sandbox }) => {
      await write('edits.csv', csv(HEADER, ROWS));
      const stopped = await cli('sync', 'edits.csv', '--max-requests', '8');
      expect(stopped).toMatchObject({ code: 4, summary: { state: 'stopped' } });
      expect(requestCount(sandbox)).toBeLessThanOrEqual(8);
      const run = await cli('resume', 'latest');
      expectAllDone(run);
      expect(run.summary.calls.total).toBe(requestCount(sandbox));
    }),
  );
});
