import { expect, test } from '@jest/globals';
import { secretsOf } from '../../../src/core/api/proxy.js';
import { findProxy, routeTo } from '../../../src/cli/settings/proxy.js';

const PROXY = 'http://proxy.example:3128';

test.each([
  ['https://crm.example', { HTTPS_PROXY: PROXY }, 'HTTPS_PROXY'],
  ['https://crm.example', { https_proxy: PROXY, HTTPS_PROXY: 'http://other.example' }, 'https_proxy'],
  ['https://crm.example', { https_proxy: '', HTTPS_PROXY: PROXY }, undefined],
  ['https://crm.example', { HTTP_PROXY: PROXY }, undefined],
  ['http://crm.example', { HTTP_PROXY: PROXY }, 'HTTP_PROXY'],
  ['http://crm.example', { http_proxy: ` ${PROXY}/ ` }, 'http_proxy'],
  ['http://crm.example', { HTTPS_PROXY: PROXY, ALL_PROXY: PROXY }, undefined],
  ['https://crm.example', {}, undefined],
])('%s with %j uses the proxy of %s', (address, env, setting) => {
  expect(findProxy(address, env)).toEqual(setting === undefined ? undefined : { url: PROXY, setting });
});

test.each(['http://127.0.0.1:80', 'https://[::1]', 'https://localhost'])('%s is never proxied', (address) => {
  expect(routeTo(address, { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY })).toMatchObject({ exempt: 'this machine' });
});

test.each([
  ['crm.example', 'https://crm.example', true],
  ['CRM.Example.', 'https://crm.example', true],
  ['crm.example', 'https://crm.example.', true],
  ['crm.example', 'https://eu.crm.example', true],
  ['.crm.example', 'https://eu.crm.example', true],
  ['.crm.example', 'https://crm.example', true],
  ['*.crm.example', 'https://eu.crm.example', true],
  ['crm.example', 'https://notcrm.example', false],
  ['crm.example', 'https://crm.example.org', false],
  ['*', 'https://crm.example', true],
  ['.', 'https://crm.example', false],
  ['a.example, crm.example', 'https://crm.example', true],
  ['a.example crm.example', 'https://crm.example', true],
  ['crm.example:443', 'https://crm.example', true],
  ['crm.example:80', 'http://crm.example', true],
  ['crm.example:8443', 'https://crm.example', false],
  ['crm.example:8443', 'https://crm.example:8443', true],
  ['10.0.0.7', 'https://10.0.0.7', true],
  ['10.0.0.7:8443', 'https://10.0.0.7', false],
  ['10.0.0.0/8', 'https://10.200.3.4', true],
  ['10.0.0.0/8', 'https://11.0.0.1', false],
  ['10.0.0.0/', 'https://11.0.0.1', false],
  ['10.0.0.0/33', 'https://10.0.0.0', false],
  ['0.0.0.0/0', 'https://11.0.0.1', true],
  ['0.0.0.0/0', 'https://crm.example', false],
  ['fd00::/8', 'https://[fd12::1]', true],
  ['fd00::/8', 'https://[fe80::1]', false],
  ['fd00:0::1', 'https://[fd00::1]', true],
  ['[fd00::1]:8443', 'https://[fd00::1]:8443', true],
  ['[fd00::1]:8443', 'https://[fd00::1]', false],
  ['10.0.0.0/8', 'https://[fd00::1]', false],
])('NO_PROXY=%j exempts %s: %s', (list, address, isExempt) => {
  const { exempt, proxy } = routeTo(address, { HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY, NO_PROXY: list });
  expect([exempt, proxy === undefined]).toEqual(isExempt ? ['NO_PROXY', true] : [undefined, false]);
});

test.each([
  ['proxy.example:3128', { url: PROXY }],
  ['http://user:p%40ss%3Aword@proxy.example:3128', { url: PROXY, credentials: 'user:p@ss:word' }],
  ['https://user@proxy.example', { url: 'https://proxy.example', credentials: 'user:' }],
])('%s is a proxy', (text, proxy) => {
  expect(findProxy('https://crm.example', { HTTPS_PROXY: text })).toEqual({ ...proxy, setting: 'HTTPS_PROXY' });
});

test.each([
  'socks5://user:s3cret-word@proxy.example:1080',
  'http://user:s3cret-word@',
  'http://user:123#s3cret-word@proxy.example',
  'http://user:123/s3cret-word@proxy.example',
  'http://user:s3cret-word%zz@proxy.example',
  'http://user:s3cret-word@proxy example',
])('%s is refused without showing it', (text) => {
  let said = '';
  try {
    findProxy('https://crm.example', { https_proxy: text });
  } catch (error) {
    said = String(error);
  }
  expect(said).toContain('https_proxy: expected the URL of a proxy');
  expect(said).not.toContain('s3cret');
});

test('a password and the pair with the user name are secrets, but not a password of a few letters alone', () => {
  expect(secretsOf({ url: PROXY, setting: '', credentials: 'user:long:password' })).toEqual([
    'user:long:password',
    'long:password',
  ]);
  expect(secretsOf({ url: PROXY, setting: '', credentials: 'user:abc' })).toEqual(['user:abc']);
  expect(secretsOf(undefined)).toEqual([]);
});
