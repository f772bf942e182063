import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { readText, ROOT } from '../support/docs.js';

const CONTRIBUTING = readText('CONTRIBUTING.md');

test('the layout names every folder of src/ and no other', () => {
  const entries = readdirSync(path.join(ROOT, 'src'), { recursive: true, withFileTypes: true });
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .filter((folder) => !folder.startsWith('src/cli/'));
  const named = [...CONTRIBUTING.matchAll(/^\| `(src\/[^`]+)\/` \|/gm)].map(([, folder]) => folder);
  expect(named.sort()).toEqual(folders.sort());
});

test('files that the data flow names exist', () => {
  const named = [...CONTRIBUTING.matchAll(/\| `([a-z/]+\/[\w-]+\.ts)` \|/g)].map(([, file]) => file!);
  expect(named).toHaveLength(5);
  expect(named.filter((file) => !existsSync(path.join(ROOT, 'src', file)))).toEqual([]);
});
