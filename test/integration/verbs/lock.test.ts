import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fileLock, findHolder } from '../../../src/core/run/lock.js';
import { inTempDir } from '../../support/temp.js';
import { people, world, type World } from '../../support/world.js';
import { begin, held, holdAt, type Meet, runId, titles, withGate } from '../../support/gate.js';
import type { Ended } from '../../support/command.js';

/** Runs a test while a sync has the lock, its first write being held back. */
async function whileSyncing(
  here: World,
  use: (holder: { ended: Promise<Ended>; release: () => void; requests: () => number }) => Promise<void>,
): Promise<void> {
  const { meet, reached, release } = holdAt('patch');
  let requests = 0;
  const hold: Meet = (request) => {
    requests = request.n;
    return meet(request);
  };
  await here.write('edits.csv', titles(3));
  await withGate(here, hold, async () => {
    const { ended } = begin(here, 'sync', 'edits.csv', '--concurrency', '1');
    await reached;
    await use({ ended, release, requests: () => requests });
    release();
    await ended;
  });
}

describe('the lock', () => {
  test(
    'lets one of two runs work; the other exits 6, has sent nothing, and names the one that works',
    world({ contacts: people(3) }, async (here) => {
      await whileSyncing(here, async ({ ended, release, requests }) => {
        const holder = runId(await here.cli('runs'));
        const before = requests();
        for (const args of [
          ['sync', 'edits.csv'],
          ['undo', 'latest'],
        ]) {
          const other = await here.cli(...args);
          expect(other.code).toBe(6);
          expect(other.stderr).toContain(`run ${holder}`);
          expect(other.stderr).toContain('--wait-lock');
        }
        expect(requests()).toBe(before);
        expect(await here.cli('runs', '--json').then(({ stdout }) => JSON.parse(stdout) as unknown)).toMatchObject([
          { run_id: holder, state: 'running' },
        ]);
        release();
        expect(await ended).toMatchObject({ code: 0 });
        expect(held(here.sandbox, 3, 'title')).toEqual(['New 1', 'New 2', 'New 3']);
      });
    }),
  );

  test(
    'keeps a refused command off the files of the run that holds it',
    world({ contacts: people(3) }, async (here) => {
      await whileSyncing(here, async ({ release, ended }) => {
        const { runDir = '' } = await here.cli('runs');
        const scratch = path.join(runDir, 'scratch', 'in-use');
        await mkdir(scratch, { recursive: true });
        expect(await here.cli('resume', 'latest')).toMatchObject({ code: 6 });
        expect(await readdir(path.dirname(scratch))).toContain('in-use');
        release();
        expect(await ended).toMatchObject({ code: 0 });
      });
    }),
  );

  test(
    'whose file is deleted is gone: the run that held it sends no further row, and can be resumed',
    world({ contacts: people(3) }, async (here) => {
      const { meet, reached, release } = holdAt('patch');
      await here.write('edits.csv', titles(3));
      const locks = path.join(here.dir, '.contact-sync', 'locks');
      await withGate(here, meet, async () => {
        const job = begin(here, 'sync', 'edits.csv', '--concurrency', '1');
        await reached;
        for (const name of await readdir(locks)) await rm(path.join(locks, name));
        await job.said('no further rows are sent');
        release();
        const ended = await job.ended;
        expect([ended.code, ended.stderr]).toEqual([4, expect.stringContaining('was deleted')]);
        expect(here.sandbox.log.counts.patch).toBe(1);
      });
      expect((await here.cli('resume', 'latest')).code).toBe(0);
      expect(held(here.sandbox, 3, 'title')).toEqual(['New 1', 'New 2', 'New 3']);
    }),
  );

  test('is taken on the file that others see, where its file is deleted while it is waited for', () =>
    inTempDir(async (dir) => {
      const { signal } = new AbortController();
      const lock = fileLock(dir);
      const request = { scope: 'x', runId: 'r', pid: 1, signal, onLost: () => undefined };
      const first = await lock.take({ ...request, waitMs: 0, onWait: () => undefined });
      let second: Promise<() => Promise<void>> | undefined;
      await new Promise<void>((resolve) => {
        second = lock.take({ ...request, waitMs: 600_000, onWait: () => resolve() });
      });
      await rm(path.join(dir, 'x.lock'));
      await first();
      const release = await second!;
      // The second holds the file of that name: a third is refused.
      const third = lock.take({ ...request, waitMs: 0, onWait: () => undefined });
      await expect(third).rejects.toMatchObject({ code: 'locked' });
      await release();
    }));

  test(
    'is waited for until the deadline and no longer',
    world({ contacts: people(3) }, async (here) => {
      await whileSyncing(here, async ({ ended, release, requests }) => {
        const before = requests();
        const other = await here.cli('sync', 'edits.csv', '--wait-lock', '10m', '--max-duration', '1s');
        expect(other.code).toBe(4);
        expect(other.stderr).toContain('--max-duration is reached');
        expect(requests()).toBe(before);
        release();
        expect(await ended).toMatchObject({ code: 0 });
      });
    }),
  );

  test(
    'is waited for with --wait-lock, and no longer than that',
    world({ contacts: people(3) }, async (here) => {
      await whileSyncing(here, async ({ ended, release, requests }) => {
        const before = requests();
        const holder = runId(await here.cli('runs'));
        const waiting = begin(here, 'sync', 'edits.csv', '--wait-lock', '10m');
        await waiting.said(`waiting for run ${holder} (process `);
        const impatient = await here.cli('sync', 'edits.csv', '--wait-lock', '300ms');
        expect(impatient.code).toBe(6);
        expect(impatient.stderr).toContain('did not end in time');
        expect(requests()).toBe(before);
        release();
        expect(await ended).toMatchObject({ code: 0 });
        expect(await waiting.ended).toMatchObject({ code: 0 });
        const last = await here.cli('runs');
        expect(last.summary.counts).toMatchObject({ unchanged: 3, updated: 0 });
      });
    }),
  );

  test(
    'is not needed for a plan, and not shared with another key',
    world({ contacts: people(3) }, async (here) => {
      await whileSyncing(here, async () => {
        expect(await here.cli('plan', 'edits.csv')).toMatchObject({ code: 0 });
        here.env['CONTACT_SYNC_API_KEY'] = `mks_${'another'.padEnd(48, '0')}`;
        expect(await here.cli('sync', 'edits.csv')).toMatchObject({ code: 7 });
        here.env['CONTACT_SYNC_API_KEY'] = here.sandbox.key;
      });
    }),
  );
});

test('where files cannot be locked, a run is told so plainly, and which systems can', () =>
  inTempDir(async (dir) => {
    const lock = fileLock(dir, () => Promise.reject(new Error('Cannot find addon')));
    const request = { scope: 'a', runId: 'r', pid: 1, waitMs: 0, signal: new AbortController().signal };
    const taken = lock.take({ ...request, onWait: () => undefined, onLost: () => undefined });
    await expect(taken).rejects.toMatchObject({
      ...{ code: 'lock_unsupported', kind: 'usage', message: expect.stringContaining('node:22-slim') },
    });
    expect(await readdir(dir)).toEqual([]);
  }));

test('who holds a lock is told without waiting for it', () =>
  inTempDir(async (dir) => {
    expect(await findHolder(dir, 'a')).toBe('free');
    const request = { scope: 'a', runId: 'r1', pid: 7, waitMs: 0, signal: new AbortController().signal };
    const release = await fileLock(dir).take({ ...request, onWait: () => undefined, onLost: () => undefined });
    expect(await findHolder(dir, 'a')).toEqual({ holder: { run: 'r1', pid: 7, since: expect.any(String) } });
    await release();
    expect(await findHolder(dir, 'a')).toBe('free');
  }));
