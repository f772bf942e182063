import { chmod, chown, cp, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { testAsRoot } from '../../support/as-root.js';
import { people, requestCount, world, type World } from '../../support/world.js';
import { runId, summaryOf, titles } from '../../support/gate.js';

const SOMEONE_ELSE = 54_321;

/** All that works on runs. */
const VERBS = [
  ...[
    ['sync', 'edits.csv'],
    ['plan', 'edits.csv'],
    ['apply', 'latest'],
    ['resume', 'latest'],
    ['retry', 'latest'],
  ],
  ...[['undo', 'latest'], ['runs'], ['runs', 'prune', '--keep', '1'], ['export', '--out', 'all.csv', '--force']],
  ...[['sync', 'edits.csv', '--snapshot', 'latest-export']],
];

async function planned(here: World): Promise<string> {
  await here.write('edits.csv', titles(2));
  return runId(await here.cli('plan', 'edits.csv'));
}

async function expectRefused(here: World, args: readonly string[], why: string): Promise<void> {
  const before = requestCount(here.sandbox);
  const run = await here.cli(...args);
  expect([args, run.code, run.stdout]).toEqual([args, 2, '']);
  expect(run.stderr).toContain(why);
  expect(run.stderr).toContain('--shared-runs-dir');
  expect(requestCount(here.sandbox)).toBe(before);
}

describe('a folder of runs', () => {
  test(
    'that others can write is refused by each verb before any call, and used with --shared-runs-dir',
    world({ contacts: people(2) }, async (here) => {
      await planned(here);
      const runs = path.join(here.dir, 'runs');
      for (const mode of [0o770, 0o707, 0o1777]) {
        await chmod(runs, mode);
        for (const verb of VERBS) await expectRefused(here, verb, `chmod go-w ${runs}`);
      }
      expect(here.sandbox.log.counts.patch).toBe(0);
      expect(await here.cli('apply', 'latest', '--shared-runs-dir')).toMatchObject({ code: 0 });
      await chmod(runs, 0o755);
      expect(await here.cli('undo', 'latest')).toMatchObject({ code: 0 });
    }),
  );

  test(
    'that is a link is refused',
    world({ contacts: people(2) }, async (here) => {
      await planned(here);
      const runs = path.join(here.dir, 'runs');
      await rename(runs, path.join(here.dir, 'elsewhere'));
      await symlink('elsewhere', runs);
      for (const verb of VERBS) await expectRefused(here, verb, `${runs} is a link`);
      expect(await here.cli('runs', '--runs-dir', 'elsewhere')).toMatchObject({ code: 0 });
    }),
  );

  testAsRoot(
    'that someone else owns is refused',
    world({ contacts: people(2) }, async (here) => {
      await planned(here);
      await chown(path.join(here.dir, 'runs'), SOMEONE_ELSE, SOMEONE_ELSE);
      for (const verb of VERBS) await expectRefused(here, verb, `another user (uid ${SOMEONE_ELSE})`);
    }),
  );

  test(
    'is made for its owner alone, and git is told to ignore all of it',
    world({ contacts: people(2) }, async (here) => {
      await here.write('mine/.keep', '').catch(() => undefined);
      await planned(here);
      const runs = path.join(here.dir, 'runs');
      expect((await stat(runs)).mode & 0o777).toBe(0o700);
      expect(await readFile(path.join(runs, '.gitignore'), 'utf8')).toBe('*\n');
      await mkdir(path.join(here.dir, 'mine'));
      await here.cli('plan', 'edits.csv', '--runs-dir', 'mine');
      expect((await readdir(path.join(here.dir, 'mine'))).filter((name) => name.startsWith('.'))).toEqual([]);
    }),
  );
});

describe('a run that is named by its folder', () => {
  testAsRoot(
    'is refused where someone else owns it',
    world({ contacts: people(2) }, async (here) => {
      const id = await planned(here);
      const folder = path.join(here.dir, 'got', id);
      await mkdir(path.dirname(folder));
      await cp(path.join(here.dir, 'runs', id), folder, { recursive: true });
      await chown(folder, SOMEONE_ELSE, SOMEONE_ELSE);
      for (const verb of ['apply', 'resume', 'retry', 'undo'])
        await expectRefused(here, [verb, folder], `another user (uid ${SOMEONE_ELSE})`);
    }),
  );

  test(
    'is refused where others can write it, or could put another one in its place',
    world({ contacts: people(2) }, async (here) => {
      const id = await planned(here);
      const [folder, parent] = [path.join(here.dir, 'got', id), path.join(here.dir, 'got')];
      await mkdir(parent);
      await cp(path.join(here.dir, 'runs', id), folder, { recursive: true });
      for (const verb of ['apply', 'resume', 'retry', 'undo']) {
        await chmod(folder, 0o777);
        await expectRefused(here, [verb, folder], `chmod go-w ${folder}`);
        await chmod(folder, 0o700);
        await chmod(parent, 0o777);
        await expectRefused(here, [verb, folder], `chmod go-w ${parent}`);
        await chmod(parent, 0o755);
      }
      await symlink(folder, path.join(here.dir, 'runs', '29990101T000000000Z-0000'));
      // As in /tmp: others can add entries, and touch none that are not theirs.
      await chmod(parent, 0o1777);
      expect(await here.cli('apply', folder)).toMatchObject({ code: 0 });
    }),
  );

  test(
    'and a run in a folder of this user that a link leads to is refused',
    world({ contacts: people(2) }, async (here) => {
      const id = await planned(here);
      const planted = '29990101T000000000Z-0000';
      const elsewhere = path.join(here.dir, 'elsewhere');
      await cp(path.join(here.dir, 'runs', id), elsewhere, { recursive: true });
      const summary = await summaryOf(here, id);
      await writeFile(path.join(elsewhere, 'summary.json'), JSON.stringify({ ...summary, run_id: planted }));
      await symlink(elsewhere, path.join(here.dir, 'runs', planted));
      await expectRefused(here, ['apply', 'latest'], `${planted} is a link`);
      expect(await here.cli('apply', id)).toMatchObject({ code: 0 });
    }),
  );
});

test(
  'a run that names another folder as the one it undoes writes nowhere',
  world({ contacts: people(2) }, async (here) => {
    await here.write('edits.csv', titles(2));
    const done = runId(await here.cli('sync', 'edits.csv'));
    const undo = runId(await here.cli('undo', 'latest', '--dry-run'));
    const victim = path.join(here.dir, 'victim');
    await cp(path.join(here.dir, 'runs', done), victim, { recursive: true });
    const before = await readFile(path.join(victim, 'summary.json'), 'utf8');
    const file = path.join(here.dir, 'runs', undo, 'summary.json');
    for (const parent of ['../victim', victim, '..', '.', `${done}/../../victim`]) {
      await writeFile(file, JSON.stringify({ ...(await summaryOf(here, undo)), parent }));
      for (const verb of ['apply', 'resume', 'retry', 'undo']) expect((await here.cli(verb, undo)).code).not.toBe(0);
      await here.cli('runs', 'prune', '--keep', '0', '--keep-days', '0', '--dry-run');
      expect(await readFile(path.join(victim, 'summary.json'), 'utf8')).toBe(before);
      expect((await readdir(victim)).sort()).toEqual((await readdir(path.join(here.dir, 'runs', done))).sort());
    }
  }),
);
