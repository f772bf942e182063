import { readdir } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { people, world } from '../support/world.js';
import { expectAllDone, MIXED } from '../support/mixed-rows.js';
import { holdAt, start, withGate, type Started } from '../support/gate.js';

describe('a signal', () => {
  test.each<['SIGINT' | 'SIGTERM']>([['SIGINT'], ['SIGTERM']])(
    '%s lets what is in flight end, begins no new row, and says how to resume',
    (name) =>
      world({ contacts: people(20) }, async (here) => {
        const { cli, write, sandbox } = here;
        await write('edits.csv', MIXED);
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
      await here.write('edits.csv', MIXED);
      const { meet, reached, release } = holdAt('patch');
      await withGate(here, meet, async () => {
        const job = start(here, 'sync', 'edits.csv', '--reads', 'ids', '--max-requests', '4');
        await reached;
        await job.said('why=max_requests limit=4');
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
      await here.write('edits.csv', MIXED);
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
        expectAllDone(await here.cli('resume', 'latest', '--timeout', '2s'));
      });
    })());

  test('during planning sends nothing and leaves a run that can be resumed', () =>
    world({ contacts: people(20) }, async (here) => {
      await here.write('edits.csv', MIXED);
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
});

test(
  'leaves nothing behind when it is stopped at once by a second signal',
  world({ contacts: people(2) }, async (given) => {
    const list = holdAt('list');
    await withGate(given, list.meet, async () => {
      const { child, ended, said } = start(given, 'export', '--out', 'all.csv');
      await list.reached;
      const begun = await readdir(given.dir);
      expect(begun).toEqual(expect.arrayContaining([expect.stringMatching(/^all\.csv\..*\.part$/)]));
      child.kill('SIGINT');
      await said('SIGINT');
      child.kill('SIGINT');
      expect((await ended).code).toBe(4);
      expect((await readdir(given.dir)).filter((name) => name.startsWith('all.csv'))).toEqual([]);
      list.release();
    });
  }),
);
