import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { csvEncoder, openTarget, writeRecords } from '../../../src/cli/export-target.js';
import { inTempDir } from '../../support/temp.js';

const { signal } = new AbortController();
const stdout = new PassThrough();

/** Exports one record to a path. @param meanwhile happens when it is written and before it is complete */
async function exportTo(out: string, force = false, meanwhile?: () => Promise<void>): Promise<void> {
  const target = await openTarget(out, force, stdout, signal);
  try {
    await writeRecords<string[], void>(target, csvEncoder(), async (write) => {
      await write(['a', 'b']);
      await meanwhile?.();
    });
  } finally {
    await target.discard();
  }
}

describe('a file', () => {
  test('is written beside its name, for its owner alone, and gets the name when it is complete', () =>
    inTempDir(async (dir) => {
      const file = path.join(dir, 'all.csv');
      await exportTo(file, false, async () => {
        const [beside = '', ...others] = await readdir(dir);
        expect([beside, others]).toEqual([expect.stringMatching(/^all\.csv\.[0-9a-f]{12}\.part$/), []]);
        expect((await stat(path.join(dir, beside))).mode & 0o777).toBe(0o600);
      });
      expect(await readdir(dir)).toEqual(['all.csv']);
      expect(await readFile(file, 'utf8')).toBe('a,b\n');
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }));

  test('stays as it is, alone in its folder, when the export fails', () =>
    inTempDir(async (dir) => {
      const file = path.join(dir, 'all.csv');
      await writeFile(file, 'mine');
      const failing = exportTo(file, true, () => Promise.reject(new Error('the API is down')));
      await expect(failing).rejects.toThrow('the API is down');
      expect(await readdir(dir)).toEqual(['all.csv']);
      expect(await readFile(file, 'utf8')).toBe('mine');
    }));

  test('that someone saves meanwhile is not overwritten, unless that is forced', () =>
    inTempDir(async (dir) => {
      const file = path.join(dir, 'all.csv');
      await expect(exportTo(file, false, () => writeFile(file, 'mine'))).rejects.toMatchObject({ kind: 'usage' });
      expect([await readdir(dir), await readFile(file, 'utf8')]).toEqual([['all.csv'], 'mine']);
      await exportTo(file, true, () => writeFile(file, 'mine'));
      expect(await readFile(file, 'utf8')).toBe('a,b\n');
    }));

  test('that a link names is replaced, and the link stays', () =>
    inTempDir(async (dir) => {
      const [file, link] = [path.join(dir, 'all.csv'), path.join(dir, 'link.csv')];
      await writeFile(file, 'mine');
      await symlink('all.csv', link);
      await exportTo(link, true);
      expect(await readFile(file, 'utf8')).toBe('a,b\n');
      expect((await lstat(link)).isSymbolicLink()).toBe(true);
      expect(await readdir(dir)).toEqual(['all.csv', 'link.csv']);
    }));

  test('in a folder that does not exist is refused as it is opened', () =>
    inTempDir(async (dir) => {
      const file = path.join(dir, 'none', 'all.csv');
      await expect(openTarget(file, false, stdout, signal)).rejects.toMatchObject({
        kind: 'usage',
        message: expect.stringContaining(`${file}: there is no folder ${path.dirname(file)}`),
      });
    }));
});

describe('a FIFO', () => {
  const inFolderWithFifo = (use: (dir: string, fifo: string) => Promise<void>): Promise<void> =>
    inTempDir(async (dir) => {
      const fifo = path.join(dir, 'fifo');
      execFileSync('mkfifo', [fifo]);
      await use(dir, fifo);
    });

  test('is written through, also by way of a link, and stays what it is', () =>
    inFolderWithFifo(async (dir, fifo) => {
      const link = path.join(dir, 'link');
      await symlink('fifo', link);
      for (const out of [fifo, link]) {
        const [read] = await Promise.all([text(createReadStream(fifo)), exportTo(out)]);
        expect(read).toBe('a,b\n');
      }
      expect((await lstat(fifo)).isFIFO()).toBe(true);
      expect((await lstat(link)).isSymbolicLink()).toBe(true);
      expect(await readdir(dir)).toEqual(['fifo', 'link']);
    }));

  test('takes more than its buffer holds', () =>
    inFolderWithFifo(async (_dir, fifo) => {
      const reading = text(createReadStream(fifo));
      const target = await openTarget(fifo, false, stdout, signal);
      await writeRecords<string[], void>(target, csvEncoder(), async (write) => {
        for (let n = 0; n < 100; n++) await write(['x'.repeat(10_000)]);
      });
      expect((await reading).length).toBe(100 * 10_001);
    }));

  test('without a reader is waited for until the run is stopped', () =>
    inFolderWithFifo(async (_dir, fifo) => {
      const stop = new AbortController();
      const opening = openTarget(fifo, false, stdout, stop.signal);
      const stopped = new Error('stopped');
      stop.abort(stopped);
      await expect(opening).rejects.toBe(stopped);
    }));

  test('whose reader goes away ends the export with a message', () =>
    inFolderWithFifo(async (_dir, fifo) => {
      const reader = createReadStream(fifo);
      const target = await openTarget(fifo, false, stdout, signal);
      const writing = writeRecords<string[], void>(target, csvEncoder(), async (write) => {
        reader.destroy();
        // More than a pipe holds.
        for (let n = 0; n < 100; n++) await write(['x'.repeat(10_000)]);
      });
      await expect(writing).rejects.toMatchObject({ kind: 'usage', message: expect.stringContaining(`${fifo}: `) });
      await target.discard();
    }));
});
