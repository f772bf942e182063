import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from '../support/root.js';

interface Locked {
  dev?: boolean;
  devOptional?: boolean;
  license?: string;
  integrity?: string;
  resolved?: string;
}

const lock = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>;
};
const all = Object.entries(lock.packages).filter(([name]) => name !== '');
const atRunTime = all.filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true);

/** Licences that ask for nothing but to be named. */
const FREE = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '(MIT OR CC0-1.0)'];

test('every package that users install has a licence without conditions on their own code', () => {
  expect(atRunTime.filter(([, { license }]) => !FREE.includes(license ?? '')).map(([name]) => name)).toEqual([]);
});

test('users install at most 110 packages', () => {
  expect(atRunTime.length).toBeLessThanOrEqual(110);
});

test('every package is pinned by its SHA-512, from no registry in particular', () => {
  expect(all.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-')).map(([name]) => name)).toEqual([]);
  expect(all.filter(([, { resolved }]) => resolved !== undefined).map(([name]) => name)).toEqual([]);
});
