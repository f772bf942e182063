import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { seedContact } from '../../../src/sandbox/seed-contacts.js';
import { startSandbox, type Sandbox } from '../../../src/sandbox/start-sandbox.js';
import { call, request, withSandbox } from '../../support/sandbox-client.js';

const ID = seedContact(0).id;
const PATH = `/v1/preview/contacts/${ID}`;

/** A connection that has sent some text, and what came back on it until `end` was in it. */
async function speak(sandbox: Sandbox, text: string, end: string): Promise<{ socket: Socket; said: string }> {
  const { port, hostname } = new URL(sandbox.url);
  const socket = connect(Number(port), hostname);
  socket.setEncoding('utf8').write(text);
  let said = '';
  while (!said.includes(end)) {
    const [chunk] = (await once(socket, 'data')) as [string];
    said += chunk;
  }
  return { socket, said };
}

function head(sandbox: Sandbox, method: string, path: string, ...headers: string[]): string {
  const { host } = new URL(sandbox.url);
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, `Authorization: Bearer ${sandbox.key}`, ...headers];
  return [...lines, '', ''].join('\r\n');
}

test('HEAD answers as GET does, without the body', () =>
  withSandbox({ contacts: 1 }, async (sandbox) => {
    const [get, headOnly] = [await request(sandbox, 'GET', PATH), await request(sandbox, 'HEAD', PATH)];
    expect(headOnly.status).toBe(200);
    expect(headOnly.headers.get('content-length')).toBe(String((await get.arrayBuffer()).byteLength));
    expect(await headOnly.text()).toBe('');
    expect((await request(sandbox, 'HEAD', '/v1/nowhere')).status).toBe(404);
  }));

test.each([
  [PATH, 'PATCH, GET, HEAD, OPTIONS'],
  ['/v1/preview/contacts/list', 'PATCH, GET, HEAD, POST, OPTIONS'],
  ['/v1/me', 'GET, HEAD, OPTIONS'],
])('%s takes %s: OPTIONS says so, and any other method is 405', (path, allowed) =>
  withSandbox({ contacts: 1 }, async (sandbox) => {
    const options = await request(sandbox, 'OPTIONS', path);
    expect([options.status, options.headers.get('allow'), await options.text()]).toEqual([200, allowed, '']);
    const refused = await call(sandbox, 'DELETE', path);
    expect([refused.status, refused.headers.get('allow'), refused.body]).toEqual([
      405,
      allowed,
      { detail: 'Method Not Allowed' },
    ]);
    expect(sandbox.store.contacts.size).toBe(1);
  }),
);

test('an address without a route is 404 whatever the method, also with a slash too many', () =>
  withSandbox({ contacts: 1 }, async (sandbox) => {
    for (const [method, path] of [
      ['OPTIONS', '/v1/nowhere'],
      ['POST', '/v1/nowhere'],
      ['GET', `${PATH}/`],
      ['GET', '//v1/me'],
      ['GET', '/v1/meX'],
      ['GET', '/xv1/me'],
    ] as const) {
      expect([path, (await call(sandbox, method, path)).status]).toEqual([path, 404]);
    }
  }));

test('ids in a path are decoded, and one that cannot be decoded is refused', () =>
  withSandbox({ contacts: [{ id: 'con/1 ä' }] }, async (sandbox) => {
    const answer = await call(sandbox, 'GET', `/v1/preview/contacts/${encodeURIComponent('con/1 ä')}`);
    expect(answer).toMatchObject({ status: 200, body: { data: { id: 'con/1 ä' } } });
    expect((await call(sandbox, 'GET', '/v1/preview/contacts/%ff')).status).toBe(422);
    expect(sandbox.log.entries.map(({ contactId }) => contactId)).toEqual(['con/1 ä', '%ff']);
  }));

test('the whole URL in a request line, as proxies send it, is taken', () =>
  withSandbox({ contacts: 1 }, async (sandbox) => {
    const { said } = await speak(sandbox, head(sandbox, 'GET', `${sandbox.url}/v1/me`, 'Connection: close'), '}}');
    expect(said).toMatch(/^HTTP\/1\.1 200 /);
  }));

test('a body of 1 MiB is taken, a larger one is 413 and ends the connection, whether its length is told or not', () =>
  withSandbox({ contacts: 1 }, async (sandbox) => {
    const ofBytes = (bytes: number) => ({ notes: 'x'.repeat(bytes - '{"notes":""}'.length) });
    expect((await call(sandbox, 'PATCH', PATH, ofBytes(1024 * 1024))).status).toBe(200);
    const told = head(sandbox, 'PATCH', PATH, 'Content-Type: application/json', 'Content-Length: 1048577');
    const chunked = head(sandbox, 'PATCH', PATH, 'Content-Type: application/json', 'Transfer-Encoding: chunked');
    const chunk = `${(1024 * 1024 + 1).toString(16)}\r\n${JSON.stringify(ofBytes(1024 * 1024 + 1))}`;
    for (const text of [told, chunked + chunk]) {
      const { socket, said } = await speak(sandbox, text, '}}');
      expect(said).toMatch(/^HTTP\/1\.1 413 /);
      expect(said).toContain('{"error":{"code":"bad_request","message":');
      if (!socket.closed) await once(socket, 'close');
    }
    expect(sandbox.log.patches().map(({ applied }) => applied)).toEqual([true, false, false]);
  }));

test('a byte order mark before a body is skipped, and invalid UTF-8 is 400', () =>
  withSandbox({ contacts: 1 }, async (sandbox) => {
    const headers = { authorization: `Bearer ${sandbox.key}`, 'content-type': 'Application/JSON; charset=utf-8' };
    const send = (body: string | Buffer) => fetch(sandbox.url + PATH, { method: 'PATCH', headers, body });
    expect((await send('\uFEFF{"title":"Dr"}')).status).toBe(200);
    expect((await send(Buffer.from('{"title":"Zo\xeb"}', 'latin1'))).status).toBe(400);
    expect(sandbox.store.contacts.get(ID)?.title).toBe('Dr');
  }));

test.each<[string, number, (sandbox: Sandbox) => string]>([
  ['text that is not HTTP', 400, () => '\0\x01 hello\r\n\r\n'],
  ['a header of 20,000 bytes', 431, (sandbox) => head(sandbox, 'GET', '/v1/me', `X-Long: ${'x'.repeat(20_000)}`)],
  ['an unknown expectation', 417, (sandbox) => head(sandbox, 'GET', '/v1/me', 'Expect: tea')],
  ['an upgrade', 200, (sandbox) => head(sandbox, 'GET', '/v1/me', 'Connection: Upgrade', 'Upgrade: websocket')],
])('%s is answered with %i, and the next request as ever', (_name, status, text) =>
  withSandbox({ contacts: 1 }, async (sandbox) => {
    const { socket, said } = await speak(sandbox, text(sandbox), '\r\n\r\n');
    expect(said).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    socket.destroy();
    expect((await call(sandbox, 'GET', '/v1/me')).status).toBe(200);
  }),
);

test('a body that JSON allows and no contact has is refused, not a crash', () =>
  withSandbox({ contacts: 1 }, async (sandbox) => {
    const headers = { authorization: `Bearer ${sandbox.key}`, 'content-type': 'application/json' };
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    for (const [method, path, body] of [
      ['PATCH', PATH, '{"__proto__":{"title":"x"}}'],
      ['PATCH', PATH, `{"title":${deep}}`],
      ['POST', '/v1/preview/contacts/list', `{"filters":${deep}}`],
      ['POST', '/v1/preview/contacts/list', '{"page":"1"}'],
      ['POST', '/v1/preview/contacts/list', 'null'],
    ] as const) {
      const answer = await fetch(sandbox.url + path, { method, headers, body });
      const { error } = (await answer.json()) as { error: { code: string } };
      expect([answer.status, error.code]).toEqual([422, 'validation_error']);
    }
  }));

test('a connection is kept for the next request, also after a body that was refused unread', () =>
  withSandbox({ contacts: 1 }, async (sandbox) => {
    const body = '{"title":"A"}';
    const length = `Content-Length: ${body.length}`;
    const refused = head(sandbox, 'PATCH', PATH, 'Content-Type: text/csv', length) + body;
    const taken = head(sandbox, 'PATCH', PATH, 'Content-Type: application/json', length) + body;
    const { socket, said } = await speak(sandbox, refused + taken, '"meta"');
    expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 415', 'HTTP/1.1 200']);
    socket.destroy();
  }));

test('close() ends connections that are silent, idle, within a body or waiting, and drops what waits', async () => {
  const sandbox = await startSandbox({ contacts: 1, latencyMs: 60_000 });
  const port = Number(new URL(sandbox.url).port);
  const silent = connect(port, '127.0.0.1');
  await once(silent, 'connect');
  const idle = await speak(sandbox, head(sandbox, 'GET', '/v1/me'), '}}');
  expect(idle.said).toMatch(/^HTTP\/1\.1 200 /);
  const waiting = connect(port, '127.0.0.1');
  waiting.write(`${head(sandbox, 'PATCH', PATH, 'Content-Type: application/json', 'Content-Length: 13')}{"title":"A"}`);
  const halfway = connect(port, '127.0.0.1');
  halfway.write(`${head(sandbox, 'PATCH', PATH, 'Content-Type: application/json', 'Content-Length: 13')}{"title":`);
  while (sandbox.log.counts.patch < 2) await new Promise(setImmediate);
  const ended = [silent, idle.socket, waiting, halfway].map((socket) => once(socket.resume(), 'close'));
  await sandbox.close();
  await Promise.all(ended);
  for (const entry of sandbox.log.patches()) expect(entry).toMatchObject({ status: null, applied: false });
  await sandbox.close();
});

test('a program imports it as contact-sync/sandbox, and ends by itself, without a warning, once it is closed', async () => {
  const script = `
    import { startSandbox } from 'contact-sync/sandbox';
    const sandbox = await startSandbox({ contacts: 1, latencyMs: 60_000 });
    const headers = { authorization: 'Bearer ' + sandbox.key };
    await (await fetch(sandbox.url + '/v1/me', { headers })).text();
    for (let i = 0; i < 20; i++) fetch(sandbox.url + '${PATH}', { headers }).catch(() => {});
    while (sandbox.log.counts.get < 20) await new Promise(setImmediate);
    await sandbox.close();
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { timeout: 30_000 });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  expect([await once(child, 'close'), stderr]).toEqual([[0, null], '']);
});
