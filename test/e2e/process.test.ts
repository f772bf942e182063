import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { csv, id, people, person, statuses, world } from '../support/world.js';
import { held, start, titles } from '../support/gate.js';
import { runProcess } from '../support/command.js';

describe('a process ends with the exit code of its command:', () => {
  test.each<[number, string[], Record<string, string | undefined>]>([
    [0, ['sync', 'edits.csv'], {}],
    [2, ['sync', 'nope.csv'], {}],
    [3, ['check', 'wrong.csv'], {}],
    [4, ['sync', 'edits.csv', '--max-requests', '1'], {}],
    [5, ['sync', 'edits.csv', '--max-changes', '1'], {}],
    [7, ['sync', 'edits.csv'], { CONTACT_SYNC_API_KEY: undefined }],
    [10, ['plan', 'edits.csv', '--exit-code'], {}],
  ])('%i for %j', (code, args, env) =>
    world({ contacts: people(2) }, async (here) => {
      await here.write('edits.csv', titles(2));
      await here.write('wrong.csv', csv(['contact_id', 'title'], [['nobody', 'New']]));
      Object.assign(here.env, env);
      expect(await here.process(...args)).toMatchObject({ code });
      expect(here.sandbox.log.counts.patch).toBe(code === 0 ? 2 : 0);
    })(),
  );
});

test(
  'a process reads a CSV from standard input',
  world({ contacts: people(2) }, async ({ command, sandbox }) => {
    const ended = await runProcess(command(['sync', '-'], titles(2)));
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/2 +updated/) });
    expect(held(sandbox, 2, 'title')).toEqual(['New 1', 'New 2']);
  }),
);

test(
  'whatever a process writes is for its owner alone',
  world({ contacts: people(2) }, async ({ dir, write, process }) => {
    await write('edits.csv', titles(3));
    expect(await process('sync', 'edits.csv', '--mirror', '--log-level', 'debug')).toMatchObject({ code: 3 });
    expect(await process('export', '--out', 'all.csv')).toMatchObject({ code: 0 });
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    const written = entries.filter(({ name }) => name !== 'edits.csv');
    expect(written.map(({ name }) => name)).toEqual(expect.arrayContaining(['run.log', 'all.csv', 'CURRENT', 'locks']));
    for (const entry of written) {
      const { mode } = await stat(path.join(entry.parentPath, entry.name));
      expect([entry.name, (mode & 0o777).toString(8)]).toEqual([entry.name, entry.isDirectory() ? '700' : '600']);
    }
  }),
);

test(
  'a process does its work though nobody reads what it says',
  world({ contacts: people(2) }, async (here) => {
    await here.write('edits.csv', csv(['contact_id', 'title'], [[id(1), 'New 1']]));
    const { child, ended } = start(here, 'sync', 'edits.csv');
    child.stdout?.destroy();
    child.stderr?.destroy();
    expect(await ended).toMatchObject({ code: 0, signal: null });
    expect(statuses(await here.cli('runs'))).toEqual(['updated']);
    expect(held(here.sandbox, 1, 'title')).toEqual(['New 1']);
  }),
);

test(
  'a process needs no home folder, no terminal and no locale',
  world({ contacts: [person(1, { first_name: 'Søren' })] }, async ({ env, write, process }) => {
    Object.assign(env, { HOME: undefined, LC_ALL: 'C', TERM: 'dumb', CONTACT_SYNC_LOCK_DIR: 'machine' });
    await write('edits.csv', csv(['contact_id', 'title'], [[id(1), 'Käufer']]));
    const run = await process('sync', 'edits.csv', '--no-progress');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.summary.counts.updated).toBe(1);
    expect((await process('show', 'latest')).stdout).toMatch(/Søren[^]*"Käufer"/);
  }),
);
