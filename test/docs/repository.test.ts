import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { readText, ROOT } from '../support/docs.js';

/** Folders of what is installed, built or run here. */
const NOT_OURS = ['node_modules', 'dist', '.git', 'runs', 'coverage', 'artifacts'];
const TEXT = /(\.(ts|js|mjs|json|md|csv|example)|^\.[a-z]+|^run|^LICENSE)$/;

function files(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.includes(entry.name) ? [] : files(name);
    return entry.isFile() && entry.name !== '.env' ? [name] : [];
  });
}

test('no file names a host that packages come from, so that everyone installs from their own', () => {
  const host = /\bregistry\.[a-z0-9-]+\.[a-z]{2,}|\bregistry\s*=|"resolved"\s*:/i;
  const texts = files('').filter((file) => TEXT.test(path.basename(file)));
  expect(texts).toEqual(expect.arrayContaining(['package-lock.json', '.npmrc', path.join('.ci', 'run')]));
  expect(texts.filter((file) => host.test(readText(file)))).toEqual([]);
});

test("the package has what its users need, and the lock file is of this package's version", () => {
  const { files: packed, version } = JSON.parse(readText('package.json')) as { files: string[]; version: string };
  expect(packed).toEqual(expect.arrayContaining(['dist', 'samples', 'jobs', '.env.example']));
  const lock = JSON.parse(readText('package-lock.json')) as { version: string };
  expect(lock.version).toBe(version);
});
