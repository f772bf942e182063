import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { entriesOf, people, requestCount, world } from '../../support/world.js';

describe('export --out', () => {
  test(
    'refuses what exists, a folder and a workbook before any call',
    world({ contacts: people(2) }, async ({ cli, write, dir, sandbox }) => {
      await write('edited.csv', 'an hour of edits');
      await mkdir(path.join(dir, 'folder'));
      const refused = async (out: string): Promise<string> => {
        const run = await cli('export', '--out', out);
        expect([run.code, run.stdout]).toEqual([2, '']);
        return run.stderr;
      };
      expect(await refused('edited.csv')).toContain('edited.csv: already exists; use --force to overwrite it');
      expect(await refused('folder')).toContain('folder: is a folder');
      expect(await refused('contacts.xlsx')).toContain('write to contacts.csv and open that file');
      expect(requestCount(sandbox)).toBe(0);
      expect(await entriesOf(dir)).toEqual(['edited.csv', 'folder']);
      expect(await readFile(path.join(dir, 'edited.csv'), 'utf8')).toBe('an hour of edits');
    }),
  );

  test(
    'overwrites a file with --force',
    world({ contacts: people(2) }, async ({ cli, write, dir }) => {
      await write('all.csv', 'yesterday');
      expect((await cli('export', '--out', 'all.csv', '--force')).code).toBe(0);
      expect(await readFile(path.join(dir, 'all.csv'), 'utf8')).toMatch(/^contact_id,/);
    }),
  );

  test(
    'writes into a FIFO, which is no export that --snapshot could take',
    world({ contacts: people(2) }, async ({ cli, dir }) => {
      const fifo = path.join(dir, 'fifo');
      execFileSync('mkfifo', [fifo]);
      const [read, run] = await Promise.all([text(createReadStream(fifo)), cli('export', '--out', 'fifo')]);
      expect(run.code).toBe(0);
      expect(read.trimEnd().split('\n')).toHaveLength(3);
      expect((await lstat(fifo)).isFIFO()).toBe(true);
      expect(await entriesOf(dir)).toEqual(['fifo']);
    }),
  );

  test(
    'waits for the reader of a FIFO until the deadline at most, and asks the API for nothing meanwhile',
    world({ contacts: people(2) }, async ({ cli, dir, sandbox }) => {
      execFileSync('mkfifo', [path.join(dir, 'fifo')]);
      const run = await cli('export', '--out', 'fifo', '--max-duration', '1s');
      expect([run.code, run.stderr]).toEqual([4, expect.stringContaining('--max-duration')]);
      expect(sandbox.log.counts).toMatchObject({ list: 0, schema: 0, tags: 0 });
    }),
  );

  test(
    'leaves devices what they are, and writes through no link that someone put beside its file or its note',
    world({ contacts: people(1) }, async ({ cli, dir, write }) => {
      expect((await cli('export', '--out', '/dev/null')).code).toBe(0);
      expect((await lstat('/dev/null')).isCharacterDevice()).toBe(true);
      await write('precious.txt', 'mine');
      await mkdir(path.join(dir, 'runs'));
      for (const name of [
        'all.csv.part',
        'all.csv.next',
        'runs/latest-export.json.next',
        'runs/latest-export.json.part',
      ])
        await symlink(path.join(dir, 'precious.txt'), path.join(dir, name));
      expect((await cli('export', '--out', 'all.csv')).code).toBe(0);
      expect(await readFile(path.join(dir, 'precious.txt'), 'utf8')).toBe('mine');
    }),
  );

  test.each([['--out', '-'], ['--out=-'], ['--out', '/dev/stdout']])('%s %s is standard output', (...flags) =>
    world({ contacts: people(1) }, async ({ cli, dir }) => {
      const run = await cli('export', ...flags);
      expect([run.code, run.stdout]).toEqual([0, expect.stringMatching(/^contact_id,/)]);
      expect(await entriesOf(dir)).toEqual([]);
    })(),
  );
});
