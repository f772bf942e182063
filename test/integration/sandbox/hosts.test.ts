import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from '@jest/globals';
import { hostCheck, isLoopback, urlsOf } from '../../../src/sandbox/hosts.js';
import type { Sandbox } from '../../../src/sandbox/start-sandbox.js';
import { withSandbox } from '../../support/sandbox-client.js';

const LOCAL = ['localhost', 'LocalHost:8787', '127.0.0.1', '127.0.0.1:8787', '127.8.9.10:1', '[::1]', '[::1]:8787'];
const FOREIGN = [
  ...['attacker.test', 'attacker.test:8787', '127.0.0.1.attacker.test', '127.attacker.test', 'localhost.attacker.test'],
  ...['attacker.test#@127.0.0.1', 'attacker.test\\@127.0.0.1', '127.0.0.1@attacker.test', '127.0.0.1/x', '127.0.0.1:x'],
  ...['', ':8787', '[::1', '[::2]', '128.0.0.1', '10.0.0.7'],
];

test.each(LOCAL)('the Host "%s" is this machine', (header) => {
  for (const listensAt of ['127.0.0.1', '::1', 'box.lan', '0.0.0.0']) expect(hostCheck(listensAt)(header)).toBe(true);
});

test.each(FOREIGN)('the Host "%s" is refused by a sandbox on a loopback address', (header) => {
  for (const listensAt of ['127.0.0.1', 'localhost', '::1']) expect(hostCheck(listensAt)(header)).toBe(false);
});

test.each([
  ['box.lan', 'Box.LAN:8787', 'box.lan.attacker.test'],
  ['192.168.1.5', '192.168.1.5:8787', '192.168.1.6'],
  ['fe80:0:0::1', '[fe80::1]:8787', '[fe80::2]'],
])('a sandbox on %s accepts the Host "%s", and not "%s"', (listensAt, own, other) => {
  expect([hostCheck(listensAt)(own), hostCheck(listensAt)(other)]).toEqual([true, false]);
});

test.each(['0.0.0.0', '::', '0'])('a sandbox on all addresses (%s) accepts any IP address, but no name', (host) => {
  for (const address of ['192.168.1.5', '10.0.0.7:8787', '[fe80::1]:80']) expect(hostCheck(host)(address)).toBe(true);
  for (const name of ['attacker.test', 'box.lan', '10.0.0.7.attacker.test']) expect(hostCheck(host)(name)).toBe(false);
});

const address = (given: string, more: { internal?: boolean; scopeid?: number } = {}): NetworkInterfaceInfo => ({
  ...{ address: given, netmask: '', mac: '', cidr: null, internal: false },
  ...(given.includes(':') ? { family: 'IPv6', scopeid: 0 } : { family: 'IPv4' }),
  ...more,
});
const INTERFACES = {
  lo: [address('127.0.0.1', { internal: true }), address('::1', { internal: true })],
  eth0: [address('192.168.1.5'), address('fd00::2'), address('fe80::fc', { scopeid: 4 })],
};

test.each([
  ['127.0.0.1', true, ['http://127.0.0.1:80']],
  ['127.1.2.3', true, ['http://127.1.2.3:80']],
  ['localhost', true, ['http://localhost:80']],
  ['::1', true, ['http://[::1]:80']],
  ['0.0.0.0', false, ['http://127.0.0.1:80', 'http://192.168.1.5:80']],
  ['::', false, ['http://[::1]:80', 'http://192.168.1.5:80', 'http://[fd00::2]:80']],
  ['192.168.1.5', false, ['http://192.168.1.5:80']],
  ['127.attacker.test', false, ['http://127.attacker.test:80']],
])('%s is for this machine alone: %s; its URLs are %j', (host, alone, urls) => {
  expect([isLoopback(host), urlsOf(host, 80, INTERFACES)]).toEqual([alone, urls]);
});

/** A request with a Host header of its own, or none. */
async function ask(sandbox: Sandbox, path: string, host: string | undefined): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${sandbox.key}`, ...(host !== undefined && { host }) };
  const sent = httpRequest(sandbox.url + path, { headers, setHost: false }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.resume();
  return answer;
}

test('a request with a foreign Host is 403, is in the log, and does not count for the rate limit', () =>
  withSandbox({ contacts: 1, rateLimit: { limit: 1, windowMs: 60_000 } }, async (sandbox) => {
    for (const path of ['/v1/me', '/v1/tags?object=contacts', '/v1/nowhere']) {
      const answer = await ask(sandbox, path, 'attacker.test');
      expect([answer.statusCode, answer.headers.location]).toEqual([403, undefined]);
    }
    expect((await ask(sandbox, '/v1/me', `localhost:${new URL(sandbox.url).port}`)).statusCode).toBe(200);
    expect(sandbox.log.entries.map(({ status }) => status)).toEqual([403, 403, 403, 200]);
  }));

test('the url of a sandbox on all addresses is one of this machine, and names are refused there too', () =>
  withSandbox({ contacts: 1, host: '0.0.0.0' }, async (sandbox) => {
    expect(sandbox.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await ask(sandbox, '/v1/me', '192.168.1.5:8787')).statusCode).toBe(200);
    expect((await ask(sandbox, '/v1/me', 'attacker.test')).statusCode).toBe(403);
  }));

test('an empty host means the default, not all addresses', () =>
  withSandbox({ contacts: 1, host: '' }, async (sandbox) => {
    expect((await ask(sandbox, '/v1/me', '192.168.1.5')).statusCode).toBe(403);
  }));
