import { rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { runProcess } from '../../support/command.js';
import { FakeProxy } from '../../support/fake-proxy.js';
import { type Answering, type Oddity, type Raw } from '../../support/odd-api.js';
import { OddRuns, type Expected } from '../../support/odd-runs.js';
import { selfSigned } from '../../support/tls.js';

const runs = new OddRuns();
let tls: Server;
let certFile: string;
let proxy: FakeProxy;
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  await runs.open();
  const signed = await selfSigned(runs.dir, 'crm.invalid');
  certFile = signed.certFile;
  tls = createServer(signed, (request, response) => void runs.api.serve(request, response));
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
  proxy = new FakeProxy({ http: Number(new URL(runs.api.url).port), https: portOf(tls) });
  await proxy.open();
});
beforeEach(() => proxy.reset());
afterAll(async () => {
  await proxy.close();
  tls.closeAllConnections();
  await new Promise((resolve) => tls.close(resolve));
  await runs.close();
});

async function expectRun(
  oddity: Oddity,
  { file = 'plain', says = /(?:)/, after = 0, flags = [], env = {}, both = {}, heal, ...end }: Expected,
): Promise<string> {
  const { said, ...run } = await runs.sync(oddity, { file, flags, env, both, heal });
  expect(said).not.toContain(PASSWORD);
  expect({ ...run, said }).toMatchObject({
    ...end,
    lies: [],
    after: { code: after, lacks: [] },
    said: expect.stringMatching(says),
  });
  return said;
}

/** The whole answer's head, and some of its body. */
const cut: Raw = (response, socket) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 5000 }).write('{"data":');
  setImmediate(() => socket.destroy());
};
const trickle: Raw = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).write('{"data":');
  const timer = setInterval(() => response.write(' '), 50);
  response.on('close', () => clearInterval(timer));
};
const closed: Raw = (_, socket) => void socket.destroy();
const garbage: Raw = (_, socket) => void socket.end('what is this?\r\n\r\n');
const tooLarge: Raw = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(4 * 1024 * 1024, ' ');
  response.on('error', () => undefined);
  for (let n = 0; n < 17; n++) response.write(chunk);
  response.end('{}');
};
let bomb: Buffer | undefined;
const bombed: Raw = (response) => {
  bomb ??= gzipSync(Buffer.alloc(80 * 1024 * 1024, ' '));
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb);
};
/** The first request of its kind, which is carried out all the same. */
const first =
  (raw: Raw | 'reset'): Answering =>
  ({ nth, honest }) => {
    if (nth > 1) return undefined;
    honest();
    return raw;
  };
const never: Answering = ({ nth }) => (nth === 1 ? 'reset' : undefined);
const always =
  (raw: Raw | 'reset' | 'hang'): Answering =>
  () =>
    raw;

type Row = [condition: string, oddity: Oddity, expected: Expected];
const QUICK = { CONTACT_SYNC_OUTAGE_LIMIT: '1s', CONTACT_SYNC_RETRIES: '0' };
/** Large answers take their time. */
const SLOW = { CONTACT_SYNC_TIMEOUT: '20s' };
const U = { code: 0, ends: 'uuuuuu' };

describe('a PATCH', () => {
  test.each<Row>([
    ['closed before the answer, once, and carried out', { answer: { patch: first(closed) } }, U],
    ['closed within the answer, once, and carried out', { answer: { patch: first(cut) } }, U],
    ['reset, once, and carried out', { answer: { patch: first('reset') } }, U],
    ['reset, once, and not carried out', { answer: { patch: never } }, { ...U, calls: { patch: 7 } }],
    ['answered with garbage, once, and carried out', { answer: { patch: first(garbage) } }, U],
    ['answered more slowly than the time-out, once', { answer: { patch: first(trickle) } }, U],
    [
      'answered with too much, and carried out',
      { answer: { patch: first(tooLarge) } },
      { ...U, env: SLOW, calls: { patch: 6, get: 1 } },
    ],
    [
      'answered with a gzip bomb, and carried out',
      { answer: { patch: first(bombed) } },
      { ...U, env: SLOW, calls: { patch: 6, get: 1 } },
    ],
    [
      'reset each time',
      { answer: { patch: always('reset') } },
      { code: 3, ends: 'ffffff', env: QUICK, says: /the contact still has its old values/ },
    ],
  ])('%s', (_, oddity, expected) => expectRun(oddity, expected));
});

describe('a read', () => {
  test.each<Row>([
    ['closed before the answer, once', { answer: { list: first(closed) } }, U],
    ['closed within the answer, once', { answer: { list: first(cut) } }, U],
    ['answered more slowly than the time-out, once', { answer: { list: first(trickle) } }, U],
    ['answered with garbage, once', { answer: { list: first(garbage) } }, U],
  ])('%s', (_, oddity, expected) => expectRun(oddity, expected));
});

test('a connection that the server has closed is replaced at once, which is no retry', async () => {
  const used = new WeakSet<object>();
  // Closes a connection under the second request on it, as a server does whose idle limit has passed.
  const any: Answering = ({ socket }) => {
    if (used.has(socket)) return closed;
    used.add(socket);
    return undefined;
  };
  await expectRun({ any }, { ...U, env: { CONTACT_SYNC_RETRIES: '0', CONTACT_SYNC_CONCURRENCY: '1' } });
});

describe('an answer that cannot be used', () => {
  test.each<Row>([
    [
      'as it is the word of a TLS port that plain http was sent to',
      { any: () => ({ status: 400, body: '<h1>The plain HTTP request was sent to HTTPS port</h1>' }) },
      { code: 2, ends: '......', says: /https:\/\/ in place of/, calls: { schema: 1 } },
    ],
    [
      'as it is too large',
      { answer: { get: always(tooLarge) } },
      { file: 'one', code: 3, ends: 'f', env: SLOW, says: /larger than 64 MB/, calls: { get: 1 } },
    ],
    [
      'as it is a gzip bomb',
      { answer: { get: always(bombed) } },
      { file: 'one', code: 3, ends: 'f', env: SLOW, says: /larger than 64 MB/, calls: { get: 1 } },
    ],
  ])('%s', (_, oddity, expected) => expectRun(oddity, expected));
});

describe('an address', () => {
  test.each<[string, url: () => string, says: RegExp]>([
    [
      'whose certificate no one trusts',
      () => `https://localhost:${portOf(tls)}`,
      /unknown authority.*NODE_EXTRA_CA_CERTS/s,
    ],
    ['with TLS at a port for http', () => runs.api.url.replace('http:', 'https:'), /does not use TLS/],
  ])('%s', async (_, url, says) => {
    await expectRun({}, { code: 2, ends: '......', says, calls: {}, env: { CONTACT_SYNC_BASE_URL: url() } });
  });
});

/** Hosts that only a proxy finds. */
const PLAIN = { CONTACT_SYNC_BASE_URL: 'http://crm.invalid', CONTACT_SYNC_ALLOW_HTTP: 'true' };
const SECURE = { CONTACT_SYNC_BASE_URL: 'https://crm.invalid' };
const PASSWORD = 's3cret/word';
const withCredentials = (): string => proxy.url.replace('//', `//user:${encodeURIComponent(PASSWORD)}@`);

describe('a proxy', () => {
  test('passes plain requests on, also with its credentials, over kept connections', async () => {
    proxy.wants = `user:${PASSWORD}`;
    await expectRun({}, { ...U, both: { ...PLAIN, HTTP_PROXY: withCredentials() } });
    const whole = proxy.proxied.map(({ what }) => what);
    expect(whole).toContain('POST http://crm.invalid/v1/preview/contacts/list');
    expect(whole).toHaveLength(runs.api.asked.length);
    expect(proxy.proxied.every(({ credentials }) => credentials === proxy.wants)).toBe(true);
  });

  test('has its credentials shown nowhere, whatever the API repeats, and passes the notification on', async () => {
    const both = { ...PLAIN, HTTP_PROXY: withCredentials(), CONTACT_SYNC_LOG_LEVEL: 'debug' };
    const token = Buffer.from(`user:${PASSWORD}`).toString('base64');
    const patch: Answering = () => ({ status: 422, body: { detail: `no ${PASSWORD}, ${token}` } });
    const env = { CONTACT_SYNC_NOTIFY: 'http://hooks.invalid/done' };
    const said = await expectRun({ answer: { patch } }, { code: 3, ends: 'ffffff', says: /no \[key\]/, both, env });
    expect(said).not.toContain(token);
    expect(proxy.proxied).toContainEqual({
      what: 'POST http://hooks.invalid/done',
      credentials: `user:${PASSWORD}`,
    });
  });

  test('opens tunnels for https, also with its credentials, and no more than connections', async () => {
    proxy.wants = `user:${PASSWORD}`;
    const env = { ...SECURE, https_proxy: withCredentials(), NODE_EXTRA_CA_CERTS: certFile };
    const command = (...args: string[]) => runProcess(runs.commandOf(args, { ...env, CONTACT_SYNC_CONCURRENCY: '1' }));
    await runs.begin('plain');
    const { code, stderr } = await command('sync', 'edits.csv');
    expect([code, stderr.includes(PASSWORD)]).toEqual([0, false]);
    expect(runs.api.counts).toMatchObject({ patch: 6 });
    expect(proxy.proxied).toEqual([{ what: 'CONNECT crm.invalid:443', credentials: `user:${PASSWORD}` }]);
    const { code: ofDoctor, stdout } = await command('doctor', '--json');
    expect(ofDoctor).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      findings: expect.arrayContaining([
        {
          ...{ check: 'proxy', level: 'ok' },
          text: `https_proxy: ${new URL(proxy.url).host} answers, with a user name and password`,
        },
        expect.objectContaining({ check: 'tls', text: expect.stringContaining('valid until') }),
      ]),
    });
    expect(stdout).not.toContain(PASSWORD);
  });

  type Way = [name: string, env: () => Record<string, string>, says: RegExp, set?: () => void];
  test.each<Way>([
    [
      'that nothing is',
      () => ({ HTTPS_PROXY: 'http://127.0.0.1:1' }),
      /the proxy 127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\).*comes from HTTPS_PROXY in the environment/s,
    ],
    [
      'for plain http that nothing is',
      () => ({ ...PLAIN, http_proxy: 'http://127.0.0.1:1' }),
      /the proxy 127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\).*comes from http_proxy in/s,
    ],
    [
      'that has no address',
      () => ({ HTTPS_PROXY: 'http://proxy.invalid:3128' }),
      /the proxy proxy\.invalid:3128 cannot be reached/,
    ],
    [
      'that is no URL',
      () => ({ HTTPS_PROXY: `socks5://user:${PASSWORD}@127.0.0.1` }),
      /HTTPS_PROXY: expected the URL of a proxy/,
    ],
    [
      'that wants credentials',
      () => ({ HTTPS_PROXY: proxy.url }),
      /refuses the connection \(407\).*user name and password/s,
      () => (proxy.wants = 'a:b'),
    ],
    [
      'that wants others',
      () => ({ HTTPS_PROXY: withCredentials() }),
      /refuses the connection \(407\)/,
      () => (proxy.wants = 'a:b'),
    ],
    [
      'that wants credentials for plain http',
      () => ({ ...PLAIN, HTTP_PROXY: proxy.url }),
      /refuses the connection \(407\).*HTTP_PROXY/s,
      () => (proxy.wants = 'a:b'),
    ],
    [
      'that does not allow the host',
      () => ({ HTTPS_PROXY: proxy.url }),
      /refuses the connection \(403\)/,
      () => (proxy.refuses = 403),
    ],
    [
      'that does not find the host',
      () => ({ HTTPS_PROXY: proxy.url }),
      /refuses the connection \(502\)/,
      () => (proxy.refuses = 502),
    ],
    [
      'whose tunnel leads to a certificate that no one trusts',
      () => ({ HTTPS_PROXY: proxy.url }),
      /the certificate of crm\.invalid is signed by an unknown authority/,
    ],
    ['that NO_PROXY exempts', () => ({ HTTPS_PROXY: proxy.url, NO_PROXY: '.invalid' }), /no host named crm\.invalid/],
  ])('%s ends the command with exit code 2', async (...[, env, says, set]: Way) => {
    set?.();
    await expectRun({}, { code: 2, ends: '......', says, calls: {}, env: { ...SECURE, ...env() } });
    const { code, stdout } = await runs.command(['doctor', '--json'], { ...SECURE, ...env() });
    expect([code, stdout.includes(PASSWORD)]).toEqual([2, false]);
  });

  test('that closes each connection is tried again, and then ends the command with exit code 4', async () => {
    proxy.refuses = 'closes';
    const heal = (): void => proxy.reset();
    const both = { ...PLAIN, HTTP_PROXY: proxy.url };
    await expectRun({}, { code: 4, ends: '......', says: /socket hang up/, calls: {}, env: QUICK, both, heal });
    proxy.refuses = 'closes';
    const env = { ...SECURE, ...QUICK, HTTPS_PROXY: proxy.url };
    expect(await runs.command(['export'], env)).toMatchObject({
      ...{ code: 4, stderr: expect.stringContaining('Proxy connection ended') },
    });
  });

  test('is not used for this machine, nor taken from a .env', async () => {
    await expectRun({}, { ...U, both: { HTTP_PROXY: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:1' } });
    await writeFile('.env', `HTTPS_PROXY=${proxy.url}\n`);
    await expectRun({}, { code: 2, ends: '......', says: /no host named crm\.invalid/, env: SECURE });
    await rm('.env');
    expect(proxy.proxied).toEqual([]);
  });
});
