import type { Stats } from 'node:fs';
import { expect, test } from '@jest/globals';
import { foreignWriter, isWithin, warnOfReaders } from '../../../../src/cli/settings/file-access.js';

const [me, group] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
const [someone, others] = [me + 4711, group + 4711];

function stats(uid: number, gid: number, mode: number): Stats {
  return { uid, gid, mode: 0o100000 | mode } as Stats;
}

test.each<[string, Stats, string | undefined]>([
  ['mine', stats(me, group, 0o600), undefined],
  ['mine, readable by all', stats(me, others, 0o644), undefined],
  ['mine, writable by my own group', stats(me, group, 0o664), undefined],
  ['mine, writable by another group', stats(me, others, 0o664), 'can be written by other users'],
  ['mine, writable by all', stats(me, group, 0o606), 'can be written by other users'],
  ['of root', stats(0, others, 0o644), undefined],
  ['of someone else', stats(someone, group, 0o600), 'is owned by another user'],
])('who else can write a file: %s', (_, file, said) => {
  expect(foreignWriter(file)).toBe(said);
});

test.each<[string, Stats, RegExp | undefined]>([
  ['mine alone', stats(me, group, 0o600), undefined],
  ['mine, readable by a group', stats(me, group, 0o640), /chmod 600 key$/],
  ['someone else’s, readable by a group that I am in', stats(someone, others, 0o640), undefined],
  ['someone else’s, readable by all', stats(someone, others, 0o644), /chmod 640 key$/],
])('who else can read a key: %s', (_, file, said) => {
  expect(warnOfReaders('key', file) ?? '').toMatch(said ?? /^$/);
});

test.each([
  ['/', '/.env', true],
  ['/', '/etc/contact-sync/nightly.json', false],
  ['/srv/crm', '/srv/crm/jobs/../.env', true],
  ['/srv/crm', '/srv/crm/..env', true],
  ['/srv/crm', '/srv/crm-other/.env', false],
  ['/srv/crm', '/srv/.env', false],
])('in %s or below it: %s is %s', (folder, file, is) => {
  expect(isWithin(folder, file)).toBe(is);
});
