import { rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { people, requestCount, statuses, world } from '../../support/world.js';
import { expectOneResultEach, titles, withGate } from '../../support/gate.js';

const FULL = '/dev/full';

describe('nothing is sent that the disk cannot tell', () => {
  test('when the run’s folder vanishes', () =>
    world({ contacts: people(20) }, async (here) => {
      await here.write('edits.csv', titles(20));
      const vanish = async ({ kind, nth }: { kind: string; nth: number }): Promise<void> => {
        if (kind === 'patch' && nth === 3) await rm(path.join(here.dir, 'runs'), { recursive: true });
      };
      await withGate(here, vanish, async () => {
        const ended = await here.cli('sync', 'edits.csv', '--concurrency', '1');
        expect(ended.code).toBe(1);
        expect(ended.stderr).toMatch(/deleted during the run|ENOENT/);
        expect(ended.stderr).not.toMatch(/\n\s+at /);
        expect(here.sandbox.log.counts.patch).toBe(3);
      });
    })());

  test('when the folder of runs cannot be written', () =>
    world({ contacts: people(2) }, async ({ sandbox, sync }) => {
      const run = await sync(titles(2), '--runs-dir', 'edits.csv');
      expect(run.code).toBe(2);
      expect(run.stderr).toContain('cannot make the run');
      expect(requestCount(sandbox)).toBe(0);
    })());

  test('though run.log cannot be written, which is told and costs no row', () =>
    world({ contacts: people(10) }, async ({ cli, write }) => {
      await write('edits.csv', titles(10));
      const { runDir = '' } = await cli('plan', 'edits.csv');
      await rm(path.join(runDir, 'run.log'));
      await symlink(FULL, path.join(runDir, 'run.log'));
      const run = await cli('apply', 'latest');
      expect(run).toMatchObject({ code: 0, summary: { state: 'done', counts: { updated: 10 } } });
      expect(run.stderr.match(/run\.log cannot be written: .*ENOSPC/g)).toHaveLength(1);
    })());

  test('when rejected.csv cannot be written: the run says so and can go on', () =>
    world({ contacts: people(10) }, async ({ cli, write, sandbox }) => {
      await write('edits.csv', titles(11));
      const { runDir = '' } = await cli('plan', 'edits.csv');
      const file = path.join(runDir, 'rejected.csv');
      await rm(file);
      await symlink(FULL, file);
      const full = await cli('apply', 'latest');
      expect(full).toMatchObject({ code: 4, summary: { state: 'stopped', exit_code: 4, pid: null } });
      expect(full.stderr).toContain('stopped: no space left on the disk of ');
      expect(full.stderr).not.toMatch(/\n\s+at /);
      await rm(file);
      const run = await cli('resume', 'latest');
      expect(run).toMatchObject({ code: 3, summary: { counts: { updated: 10, not_found: 1 } } });
      expect(run.rejected).toHaveLength(2);
      expect(sandbox.log.counts.patch).toBe(10);
    })());

  test.each<[string[], number]>([
    [['sent.ndjson', 'run.log'], 0],
    [['results.ndjson', 'run.log'], 1],
  ])('when the disk is full at %j, and the run can go on when there is room again', (names, patches) =>
    world({ contacts: people(10) }, async ({ cli, write, sandbox, env }) => {
      // What is not known to have ended is waited for as long as a request may take.
      env['CONTACT_SYNC_TIMEOUT'] = '2s';
      await write('edits.csv', titles(10));
      const { runDir = '' } = await cli('plan', 'edits.csv');
      const files = names.map((name) => path.join(runDir, name));
      for (const file of files) {
        await rm(file, { force: true });
        await symlink(FULL, file);
      }
      const full = await cli('apply', 'latest', '--concurrency', '1');
      expect(full.code).toBe(4);
      expect(full.stderr).toContain('stopped: no space left on the disk of ');
      expect(sandbox.log.counts.patch).toBe(patches);
      for (const file of files) {
        await rm(file);
        await writeFile(file, '');
      }
      const run = await cli('resume', 'latest');
      expect(run.code).toBe(0);
      expectOneResultEach(run.results, 10);
      expect(statuses(run)).toEqual(Array<string>(10).fill('updated'));
      expect(sandbox.log.counts.patch).toBe(10);
    })(),
  );
});
