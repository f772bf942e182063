import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { people, requestCount, world } from '../../support/world.js';
import { expectAllDone, MIXED } from '../../support/mixed-rows.js';
import { runId, stopAt, titles } from '../../support/gate.js';

describe('resume', () => {
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
      expect(again.stderr).toContain(`to send: ${20 - patches} updates`);
      expect(sandbox.log.counts.patch).toBe(patches);
      const other = await cli('resume', 'latest', '--reserve', '0');
      expect(other).toMatchObject({ code: 0, summary: { reserve: { count: 0 }, counts: { updated: 20 } } });
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
      await write('edits.csv', MIXED);
      await stopAt(here, ({ kind, nth }) => kind === 'patch' && nth === 9, 'sync', 'edits.csv', '--concurrency', '2');
      // What is not known to have ended is waited for as long as a request may take.
      here.env['CONTACT_SYNC_TIMEOUT'] = '2s';
      const stopped = await cli('runs');
      await harm(path.join(dir, 'runs', runId(stopped), 'results.ndjson'));
      expectAllDone(await cli('resume', 'latest'));
    })(),
  );

  test(
    'needs no input file once the plan is on disk',
    world({ contacts: people(20) }, async (here) => {
      const { cli, write } = here;
      const file = await write('edits.csv', MIXED);
      await stopAt(here, ({ kind }) => kind === 'patch', 'sync', 'edits.csv');
      await rm(file);
      expectAllDone(await cli('resume', 'latest'));
    }),
  );

  test(
    'a deadline in calls stops a run cleanly, and its parts add up to the server’s count',
    world({ contacts: people(20) }, async ({ cli, write, sandbox }) => {
      await write('edits.csv', MIXED);
      const stopped = await cli('sync', 'edits.csv', '--max-requests', '8');
      expect(stopped).toMatchObject({ code: 4, summary: { state: 'stopped' } });
      expect(requestCount(sandbox)).toBeLessThanOrEqual(8);
      const run = await cli('resume', 'latest');
      expectAllDone(run);
      expect(run.summary.calls.total).toBe(requestCount(sandbox));
    }),
  );
});
