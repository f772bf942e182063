import { execFileSync } from 'node:child_process';
import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { findDestination } from '../../../src/cli/export-path.js';
import { inTempDir } from '../../support/temp.js';

/** A folder with `file.csv`, `folder`, and what a test adds; its path has no links in it. */
function inFolder(use: (dir: string) => Promise<void>): () => Promise<void> {
  return () =>
    inTempDir(async (temp) => {
      const dir = await realpath(temp);
      await writeFile(path.join(dir, 'file.csv'), 'mine');
      await mkdir(path.join(dir, 'folder'));
      await use(dir);
    });
}

describe('an export goes', () => {
  test.each([undefined, '-', '/dev/stdout'])('to standard output for %s', async (out) => {
    expect(await findDestination(out, false)).toEqual({ kind: 'stdout' });
  });

  test(
    'to a file that does not exist yet',
    inFolder(async (dir) => {
      const file = path.join(dir, 'folder', 'new.csv');
      expect(await findDestination(file, false)).toEqual({ kind: 'file', path: file });
    }),
  );

  test(
    'to a file that exists only if that is forced',
    inFolder(async (dir) => {
      const file = path.join(dir, 'file.csv');
      await expect(findDestination(file, false)).rejects.toMatchObject({
        kind: 'usage',
        message: `${file}: already exists; use --force to overwrite it`,
      });
      expect(await findDestination(file, true)).toEqual({ kind: 'file', path: file });
    }),
  );

  test(
    'to the file that a link names, by the same rule',
    inFolder(async (dir) => {
      const link = path.join(dir, 'link.csv');
      await symlink('file.csv', link);
      await expect(findDestination(link, false)).rejects.toMatchObject({ kind: 'usage' });
      expect(await findDestination(link, true)).toEqual({ kind: 'file', path: path.join(dir, 'file.csv') });
    }),
  );

  test(
    'to where a link to nothing leads, also through other links',
    inFolder(async (dir) => {
      await mkdir(path.join(dir, 'folder', 'deep'));
      await symlink(path.join('folder', 'deep'), path.join(dir, 'way'));
      await symlink('../new.csv', path.join(dir, 'folder', 'deep', 'first.csv'));
      await symlink('way/first.csv', path.join(dir, 'second.csv'));
      const expected = { kind: 'file', path: path.join(dir, 'folder', 'new.csv') };
      expect(await findDestination(path.join(dir, 'second.csv'), false)).toEqual(expected);
    }),
  );

  test(
    'through a FIFO as it is, and through a link to one',
    inFolder(async (dir) => {
      const [fifo, link] = [path.join(dir, 'fifo'), path.join(dir, 'link')];
      execFileSync('mkfifo', [fifo]);
      await symlink('fifo', link);
      expect(await findDestination(fifo, false)).toEqual({ kind: 'fifo', path: fifo });
      expect(await findDestination(link, true)).toEqual({ kind: 'fifo', path: link });
    }),
  );

  test(
    'through a device as it is, and through a link to one',
    inFolder(async (dir) => {
      const link = path.join(dir, 'link.csv');
      await symlink('/dev/null', link);
      expect(await findDestination('/dev/null', false)).toEqual({ kind: 'device', path: '/dev/null' });
      expect(await findDestination(link, true)).toEqual({ kind: 'device', path: link });
    }),
  );
});

describe('an export is refused', () => {
  test.each(['contacts.xlsx', 'contacts.XLS', 'my contacts.ods', 'contacts.numbers'])(
    'to %s, which would be no workbook, forced or not',
    async (out) => {
      const csv = `${path.parse(out).name}.csv`;
      for (const force of [false, true]) {
        await expect(findDestination(out, force)).rejects.toMatchObject({
          kind: 'usage',
          message: expect.stringMatching(new RegExp(`^${out}: .*write to ${csv} and open that file`)),
        });
      }
    },
  );

  test(
    'to a folder, below a file, and by links that go round, forced or not',
    inFolder(async (dir) => {
      await symlink('round', path.join(dir, 'round'));
      for (const name of ['folder', path.join('file.csv', 'all.csv'), 'round']) {
        const out = path.join(dir, name);
        for (const force of [false, true]) {
          await expect(findDestination(out, force)).rejects.toMatchObject({
            kind: 'usage',
            message: expect.stringContaining(out),
          });
        }
      }
    }),
  );
});
