import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openBeside, replaceFile } from '../../../src/core/disk/replace-file.js';
import { inTempDir } from '../../support/temp.js';

describe('a file that is replaced', () => {
  test('has its new text, is readable by its owner alone, and leaves nothing beside it', () =>
    inTempDir(async (dir) => {
      const file = path.join(dir, 'summary.json');
      await writeFile(file, 'old', { mode: 0o644 });
      await replaceFile(file, 'new');
      expect(await readFile(file, 'utf8')).toBe('new');
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await readdir(dir)).toEqual(['summary.json']);
    }));

  test('leaves nothing beside it where it cannot be replaced', () =>
    inTempDir(async (dir) => {
      const folder = path.join(dir, 'summary.json');
      await mkdir(folder);
      await expect(replaceFile(folder, 'new')).rejects.toMatchObject({ code: 'EISDIR' });
      expect(await readdir(dir)).toEqual(['summary.json']);
    }));

  test('is not written through a link that someone put beside it', () =>
    inTempDir(async (dir) => {
      const [file, theirs] = [path.join(dir, 'summary.json'), path.join(dir, 'theirs')];
      await writeFile(theirs, 'theirs');
      for (const suffix of ['next', 'part']) await symlink(theirs, `${file}.${suffix}`);
      await replaceFile(file, 'new');
      expect(await readFile(theirs, 'utf8')).toBe('theirs');
      expect(await readFile(file, 'utf8')).toBe('new');
    }));
});

test('two files beside one are two, so that two processes do not write one', () =>
  inTempDir(async (dir) => {
    const opened = await Promise.all([1, 2].map(() => openBeside(path.join(dir, 'file'))));
    expect(new Set(opened.map((beside) => beside.path)).size).toBe(2);
    for (const { file } of opened) await file.close();
  }));
