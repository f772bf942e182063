import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { main } from '../../src/cli/main.js';
import { entriesOf, filesBelow, id, people, world, type World } from '../support/world.js';
import { holdAt, killAt, runId, start, titles, withGate } from '../support/gate.js';

const PART = /\.[0-9a-f]{12}\.part$/;

/** Paths of all files below a world's folder, without what its machine remembers. */
async function files({ dir }: World): Promise<string[]> {
  return [...(await filesBelow(dir)).keys()].filter((file) => !file.startsWith('.contact-sync'));
}

describe('what a killed process leaves', () => {
  test.each([[['runs']], [['plan', 'edits.csv']], [['resume', 'latest']]])(
    'on disk for the time of its work is removed by the next command: %j',
    (next) =>
      world({ contacts: people(20) }, async (here) => {
        await here.write('edits.csv', titles(20));
        const flags = ['--reads', 'list', '--concurrency', '1', '--duplicates', 'last'];
        await killAt(here, ({ kind, nth }) => kind === 'patch' && nth === 3, 'sync', 'edits.csv', ...flags);
        const { runDir = '' } = await here.cli('--version');
        expect(await readdir(runDir)).toContain('scratch');
        expect((await here.cli(...next)).code).toBe(0);
        expect((await files(here)).filter((file) => /scratch|\.part$/.test(file))).toEqual([]);
        expect(await readdir(runDir)).not.toContain('scratch');
      })(),
  );

  test(
    'of an export is removed by the next export of that file, and no one else’s is',
    world({ contacts: people(3) }, async (here) => {
      await killAt(here, ({ kind }) => kind === 'list', 'export', '--out', 'all.csv');
      expect((await entriesOf(here.dir)).filter((name) => PART.test(name))).toHaveLength(1);
      expect((await entriesOf(here.dir)).filter((name) => name.startsWith('contact-sync-'))).toHaveLength(1);
      await here.write('all.csv.theirs.part', 'not ours');
      await here.write('other.csv.0123456789ab.part', 'of another file');
      expect(await here.cli('export', '--out', 'all.csv')).toMatchObject({ code: 0 });
      expect(await entriesOf(here.dir)).toEqual([
        ...['all.csv', 'all.csv.theirs.part', 'other.csv.0123456789ab.part', 'runs'],
      ]);
    }),
  );

  test(
    'is told from what a living process works with',
    world({ contacts: people(3) }, async (here) => {
      await here.write('edits.csv', titles(3));
      const { meet, reached, release } = holdAt('list');
      await withGate(here, meet, async () => {
        const exporting = start(here, 'export', '--out', 'all.csv');
        await reached;
        const before = (await files(here)).filter((file) => PART.test(file) || file.startsWith('contact-sync-'));
        expect(before.length).toBeGreaterThan(1);
        const failing = start(here, 'export', '--out', 'all.csv', '--filter', 'nothing is here');
        expect(await failing.ended).toMatchObject({ code: 2 });
        expect(await files(here)).toEqual(expect.arrayContaining(before));
        release();
        expect(await exporting.ended).toMatchObject({ code: 0 });
      });
      const sync = holdAt('patch');
      await withGate(here, sync.meet, async () => {
        const syncing = start(here, 'sync', 'edits.csv', '--duplicates', 'last', '--concurrency', '1');
        await sync.reached;
        const runDir = path.join(here.dir, 'runs', runId(await here.cli('runs')));
        expect(await readdir(runDir)).toContain('scratch');
        sync.release();
        expect(await syncing.ended).toMatchObject({ code: 0 });
        expect(await readdir(runDir)).not.toContain('scratch');
      });
    }),
  );
});

test(
  'standard input that check reads has no name on disk, so that nothing of it can be left or opened by others',
  world({ contacts: [] }, async (here) => {
    const seen: string[][] = [];
    async function* input(): AsyncGenerator<string> {
      yield 'contact_id,title\n';
      seen.push(await entriesOf(here.dir));
      yield `${id(1)},secret\n`;
      seen.push(await entriesOf(here.dir));
    }
    const { env } = here.command([]);
    const [stdin, stdout, stderr] = [Readable.from(input()), new PassThrough(), new PassThrough()];
    expect(await main(['check', '-'], { env, stdin, stdout, stderr })).toBe(0);
    expect(String(stdout.read())).toContain('standard input: 1 row, 1 valid, 0 invalid');
    expect(seen).toEqual([[], []]);
    expect(await entriesOf(here.dir)).toEqual([]);
  }),
);
