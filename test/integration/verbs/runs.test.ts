import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Summary } from '../../../src/core/run/summary.js';
import { people, world, type World } from '../../support/world.js';
import { held, runId, stopAt, summaryOf, titles } from '../../support/gate.js';

const DAY_MS = 86_400_000;

/** Has a run start and end so many days earlier. */
async function makeOlder(here: World, run: string, days: number): Promise<void> {
  const summary = await summaryOf(here, run);
  const earlier = (time: string | null) => time && new Date(Date.parse(time) - days * DAY_MS).toISOString();
  const times = { started_at: earlier(summary.started_at), ended_at: earlier(summary.ended_at) };
  await writeFile(path.join(here.dir, 'runs', run, 'summary.json'), JSON.stringify({ ...summary, ...times }));
}

/** The folders of runs that are left, oldest first. */
async function left({ dir }: World): Promise<string[]> {
  return (await readdir(path.join(dir, 'runs'))).filter((name) => /^\d/.test(name)).sort();
}

describe('runs', () => {
  test(
    'lists newest first with state and counts, deletes nothing, and refuses the flags of prune',
    world({ contacts: people(4) }, async (here) => {
      const { cli, sync, write } = here;
      expect((await cli('runs')).stdout).toContain('no runs');
      const done = runId(await sync(titles(1)));
      const undone = runId(await sync(titles(2, (n) => `Newer ${n}`)));
      const undo = runId(await cli('undo', 'latest'));
      const refused = runId(
        await sync(
          titles(3, () => 'Z'),
          '--max-changes',
          '1',
        ),
      );
      const planned = runId(await cli('plan', 'edits.csv'));
      await write(
        'edits.csv',
        titles(4, () => 'Y'),
      );
      await stopAt(here, ({ kind }) => kind === 'patch', 'sync', 'edits.csv', '--concurrency', '1');
      const listed = await cli('runs');
      const [header = '', ...lines] = listed.stdout.trim().split('\n');
      expect(header.split(/ {2,}/)).toEqual([
        ...['run', 'started', 'file', 'organisation', 'command', 'state', 'took', 'result'],
      ]);
      const cells = lines.map((line) => line.split(/ {2,}/));
      expect(cells.map(([id, , file, , command, state]) => [id, file, command, state])).toEqual([
        [runId(listed), 'edits.csv', 'sync', 'stopped'],
        [planned, 'edits.csv', 'plan', 'planned'],
        [refused, 'edits.csv', 'sync', 'refused'],
        [undo, `of ${undone}`, 'undo', 'done'],
        [undone, 'edits.csv', 'sync', 'undone'],
        [done, 'edits.csv', 'sync', 'done'],
      ]);
      expect(cells[5]).toEqual([
        ...[done, expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d$/), 'edits.csv', 'Sandbox Ltd', 'sync', 'done'],
        ...[expect.stringMatching(/^\d+s$/), '1 updated'],
      ]);
      expect(cells[2]!.at(-1)).toMatch(/^3 held: .*--max-changes/);
      // The stopped run wrote to one of the contacts since.
      expect((await cli('apply', planned)).code).toBe(3);
      expect((await cli('runs')).stdout).toMatch(new RegExp(`^${planned}  .*  apply    done `, 'm'));
      for (const flags of [['--keep', '0'], ['--keep-days', '0'], ['--dry-run']]) {
        const run = await cli('runs', ...flags);
        expect([run.code, run.stderr]).toEqual([2, expect.stringContaining(`${flags[0]} belongs to "runs prune"`)]);
      }
      expect(await left(here)).toHaveLength(6);
    }),
  );

  test(
    'goes on to the other runs where a summary cannot be read, and names that one',
    world({ contacts: people(1) }, async ({ cli, sync, dir }) => {
      const good = runId(await sync(titles(1)));
      await mkdir(path.join(dir, 'runs', '20260101T000000000Z-dead'));
      await writeFile(path.join(dir, 'runs', '20260101T000000000Z-dead', 'summary.json'), '{"run_id":');
      const listed = await cli('runs');
      expect([listed.code, listed.stdout.trim().split('\n').slice(1)]).toEqual([0, [expect.stringContaining(good)]]);
      expect(listed.stderr).toContain('skipping 20260101T000000000Z-dead: ');
    }),
  );
});

describe('the name of a run', () => {
  test(
    'is any part of its id that no other run has, for each verb that takes one',
    world({ contacts: people(1) }, async (here) => {
      const { cli, sync, sandbox } = here;
      const first = runId(await sync(titles(1)));
      const second = runId(await cli('plan', 'edits.csv'));
      const part = (id: string): string => id.slice(9);
      expect((await cli('apply', part(second))).summary).toMatchObject({ run_id: second, state: 'done' });
      expect((await cli('report', part(first))).stdout).toContain(first);
      expect((await cli('retry', part(first))).stdout).toContain(`run ${first}: no row failed`);
      expect((await cli('undo', part(first))).summary.parent).toBe(first);
      expect(held(sandbox, 1, 'title')).toEqual(['Title 1']);
      const resumed = await cli('resume', part(second));
      expect(resumed).toMatchObject({ code: 2, stderr: expect.stringContaining(`run ${second} has already finished`) });
    }),
  );

  test(
    'is refused with the candidates where several runs have it, and nothing is sent',
    world({ contacts: people(1) }, async ({ cli, sync, sandbox }) => {
      const ids = [runId(await sync(titles(1))), runId(await sync(titles(1, () => 'B')))];
      for (const verb of ['undo', 'apply', 'resume', 'retry', 'report']) {
        const run = await cli(verb, ids[0]!.slice(0, 4));
        expect(run).toMatchObject({ code: 2, stdout: '' });
        for (const id of ids) expect(run.stderr).toContain(id);
        expect(run.stderr).toContain('matches 2 runs');
      }
      expect(held(sandbox, 1, 'title')).toEqual(['B']);
      expect(await cli('undo', 'nonsense')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('no run "nonsense"'),
      });
    }),
  );
});

describe('runs prune', () => {
  test(
    'keeps the newest runs that wrote something, tells what it deletes, and what is kept can be undone',
    world({ contacts: people(2) }, async (here) => {
      const { cli, sync, sandbox } = here;
      const old = runId(await sync(titles(2)));
      const plan = runId(await cli('plan', 'edits.csv'));
      const newer = runId(
        await sync(
          titles(1, () => 'Newest'),
          '--no-progress',
        ),
      );
      const plans = [runId(await cli('plan', 'edits.csv')), runId(await cli('plan', 'edits.csv'))];
      const everything = [old, plan, newer, ...plans];
      const wouldGo = await cli('runs', 'prune', '--keep', '1', '--dry-run');
      expect(wouldGo.stdout).toMatch(/2 runs would be deleted, 3 kept\n$/);
      expect(await left(here)).toEqual(everything);

      const pruned = await cli('runs', 'prune', '--keep', '1');
      expect(pruned.stdout.trim().split('\n')).toEqual([
        expect.stringMatching(new RegExp(`^deleted  ${plan} +planned +\\d+m +plan +2 rows`)),
        expect.stringMatching(new RegExp(`^deleted  ${old} +done +\\d+m +sync +2 rows +updated 2$`)),
        '2 runs deleted, 3 kept',
      ]);
      expect(await left(here)).toEqual([newer, ...plans]);
      expect((await cli('runs', 'prune', '--keep', '0')).stdout).toBe('0 runs deleted, 3 kept\n');
      expect((await cli('undo', newer)).code).toBe(0);
      expect(held(sandbox, 2, 'title')).toEqual(['New 1', 'New 2']);
    }),
  );

  test(
    'goes by when a run was last at work, and prints both lists with --json',
    world({ contacts: people(1) }, async (here) => {
      const { cli, sync } = here;
      const [first, second, third] = [
        runId(await sync(titles(1))),
        runId(await sync(titles(1, () => 'B'))),
        runId(await sync(titles(1, () => 'C'))),
      ];
      await makeOlder(here, first, 3);
      await makeOlder(here, second, 2);
      expect((await cli('runs', 'prune', '--keep-days', '4')).stdout).toBe('0 runs deleted, 3 kept\n');
      const { stdout, code } = await cli('runs', 'prune', '--keep-days', '3', '--json');
      const { deleted, kept } = JSON.parse(stdout) as Record<'deleted' | 'kept', Summary[]>;
      expect([code, deleted.map((run) => run.run_id), kept.map((run) => run.run_id)]).toEqual([
        ...[0, [first], [third, second]],
      ]);
      expect(deleted[0]).toMatchObject({ state: 'done', counts: { updated: 1 } });
      expect(await left(here)).toEqual([second, third]);
    }),
  );

  test(
    'leaves runs that can be resumed, and the others can still be put back',
    world({ contacts: people(3) }, async (here) => {
      const { cli, sync, write, sandbox } = here;
      const undone = runId(await sync(titles(3)));
      const undo = runId(await cli('undo', 'latest'));
      await write(
        'edits.csv',
        titles(3, () => 'Y'),
      );
      await stopAt(here, ({ kind }) => kind === 'patch', 'sync', 'edits.csv', '--concurrency', '1');
      const stopped = runId(await cli('runs'));
      // The stopped run may have sent something, so that it counts, and it is the newest that can be undone.
      const pruned = await cli('runs', 'prune', '--keep', '2');
      expect(pruned.stdout).toMatch(new RegExp(`^deleted  ${undone} .*\\n1 run deleted, 2 kept\\n$`));
      expect(await left(here)).toEqual([undo, stopped]);
      expect((await cli('resume', stopped)).code).toBe(0);
      expect((await cli('undo', stopped)).code).toBe(0);
      // The run that this undo once put back is gone.
      expect((await cli('undo', undo)).code).toBe(0);
      expect(held(sandbox, 3, 'title')).toEqual(['New 1', 'New 2', 'New 3']);
    }),
  );

  test(
    'deletes only folders that are surely runs',
    world({ contacts: people(1) }, async (here) => {
      const { cli, sync, dir } = here;
      const runs = path.join(dir, 'runs');
      const old = runId(await sync(titles(1)));
      await sync(titles(1, () => 'B'));
      const backup = path.join(runs, 'backup');
      const copy = path.join(runs, '20260101T000000000Z-0000');
      const link = path.join(runs, '20260101T000000000Z-0001');
      for (const to of [backup, copy]) await cp(path.join(runs, old), to, { recursive: true });
      await mkdir(path.join(dir, 'elsewhere'));
      const summary = await readFile(path.join(runs, old, 'summary.json'), 'utf8');
      const named = JSON.stringify({ ...(JSON.parse(summary) as Summary), run_id: path.basename(link) });
      await writeFile(path.join(dir, 'elsewhere', 'summary.json'), named);
      await symlink(path.join(dir, 'elsewhere'), link);
      const pruned = await cli('runs', 'prune', '--keep', '1', '--keep-days', '0');
      expect(pruned.stdout).toMatch(new RegExp(`^deleted  ${old} .*\\n1 run deleted, 2 kept\\n$`));
      expect((await readdir(runs)).sort()).toEqual(
        expect.arrayContaining([copy, link, backup].map((at) => path.basename(at))),
      );
      expect(await readdir(path.join(dir, 'elsewhere'))).toEqual(['summary.json']);
    }),
  );

  test(
    'needs a rule, and names itself where another action is asked for',
    world({ contacts: people(1) }, async (here) => {
      const { cli, sync } = here;
      await sync(titles(1));
      const bare = await cli('runs', 'prune');
      expect([bare.code, bare.stderr]).toEqual([2, expect.stringContaining('needs --keep, --keep-days or both')]);
      const other = await cli('runs', 'prnue', '--keep', '0');
      expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('"prnue"; expected prune')]);
      expect(await left(here)).toHaveLength(1);
    }),
  );
});
