import { request as httpRequest } from 'node:http';
import { expect, jest, test } from '@jest/globals';
import { FAULT_KINDS, faultPicker, parseFaults, type FaultKind } from '../../../src/sandbox/faults.js';
import type { RequestLog } from '../../../src/sandbox/request-log.js';
import { seedContact } from '../../../src/sandbox/seed-contacts.js';
import { startSandbox, type Sandbox } from '../../../src/sandbox/start-sandbox.js';
import { call, request, withSandbox } from '../../support/sandbox-client.js';

const ID = seedContact(0).id;
const PATH = `/v1/preview/contacts/${ID}`;
const always = (kind: FaultKind) => ({ contacts: 1, faults: [{ kind, probability: 1 }] });
const title = (sandbox: Sandbox) => sandbox.store.contacts.get(ID)?.title;

test.each<[FaultKind, number]>([
  ['500', 500],
  ['502', 502],
  ['503', 503],
  ['504', 504],
  ['429', 429],
  ['429-bare', 429],
])('%s answers %i as JSON and applies nothing', (kind, status) =>
  withSandbox({ ...always(kind), rateLimit: { limit: 9, windowMs: 1000 } }, async (sandbox) => {
    const answer = await call(sandbox, 'PATCH', PATH, { title: 'New' });
    expect(answer.status).toBe(status);
    expect(answer.body.error?.code).toEqual(expect.any(String));
    expect(answer.headers.get('retry-after')).toBe(kind === '429' ? '1' : null);
    expect(answer.headers.has('x-ratelimit-limit')).toBe(kind !== '429-bare');
    expect(title(sandbox)).not.toBe('New');
    expect(sandbox.log.entries[0]).toMatchObject({ fault: kind, status, applied: false, body: { title: 'New' } });
  }),
);

test.each<[FaultKind, number]>([
  ['html-502', 502],
  ['not-json', 200],
])('%s answers HTML with status %i and applies nothing', (kind, status) =>
  withSandbox(always(kind), async (sandbox) => {
    const response = await request(sandbox, 'PATCH', PATH, { title: 'New' });
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'text/html; charset=utf-8']);
    expect(await response.text()).toContain('<html>');
    expect(title(sandbox)).not.toBe('New');
  }),
);

test.each<[FaultKind, boolean]>([
  ['reset', false],
  ['reset-after', true],
])('%s cuts the connection; applied: %s', (kind, applied) =>
  withSandbox(always(kind), async (sandbox) => {
    await expect(request(sandbox, 'PATCH', PATH, { title: 'New' })).rejects.toThrow('fetch failed');
    expect(title(sandbox) === 'New').toBe(applied);
    expect(sandbox.log.entries[0]).toMatchObject({ fault: kind, status: null, applied });
  }),
);

test('reset-late cuts the connection, and the PATCH is applied afterwards', () =>
  withSandbox(always('reset-late'), async (sandbox) => {
    const applied = () => sandbox.log.entries[0]?.applied;
    const lost = request(sandbox, 'PATCH', PATH, { title: 'New' }).catch((error: Error) => [error.message, applied()]);
    expect(await lost).toEqual(['fetch failed', false]);
    while (!applied()) await new Promise((resolve) => setImmediate(resolve));
    expect(title(sandbox)).toBe('New');
    expect(sandbox.log.entries[0]).toMatchObject({ fault: 'reset-late', status: null });
  }));

test.each<[FaultKind, boolean]>([
  ['hang', false],
  ['hang-after', true],
])('%s never answers, and does not hold up close(); applied: %s', async (kind, applied) => {
  const sandbox = await startSandbox(always(kind));
  const dealtWith = nextCall(sandbox.log, 'end');
  const pending = request(sandbox, 'PATCH', PATH, { title: 'New' }).then(
    () => 'answered',
    () => 'cut',
  );
  await dealtWith;
  // Another request is answered while this one hangs, and nothing but close() ends it.
  expect((await call(sandbox, 'GET', '/v1/me')).status).toBe(200);
  await sandbox.close();
  expect(await pending).toBe('cut');
  expect(title(sandbox) === 'New').toBe(applied);
  expect(sandbox.log.entries[0]).toMatchObject({ fault: kind, status: null, applied });
});

test('cut applies the PATCH and sends complete HTTP with half of the JSON', () =>
  withSandbox(always('cut'), async (sandbox) => {
    const response = await request(sandbox, 'PATCH', PATH, { title: 'New', last_name: '李' });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    const text = await response.text();
    expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect(text).toMatch(/^\{"data":/);
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    expect(sandbox.log.patches()[0]).toMatchObject({
      applied: true,
      status: 200,
      after: { title: 'New', last_name: '李' },
    });
  }));

test('reads of contacts get faults too, but not schemas, tags or me, and faults can be changed while it runs', () =>
  withSandbox(always('503'), async (sandbox) => {
    expect((await call(sandbox, 'GET', PATH)).status).toBe(503);
    expect((await call(sandbox, 'POST', '/v1/preview/contacts/list', {})).status).toBe(503);
    expect((await call(sandbox, 'GET', '/v1/me')).status).toBe(200);
    sandbox.setFaults([{ kind: '500', probability: 1, only: 'patch' }]);
    expect((await call(sandbox, 'GET', PATH)).status).toBe(200);
    expect((await call(sandbox, 'PATCH', PATH, { title: 'x' })).status).toBe(500);
    sandbox.setFaults([]);
    expect((await call(sandbox, 'PATCH', PATH, { title: 'x' })).status).toBe(200);
  }));

test.each<[FaultKind, unknown]>([
  ['403', { detail: expect.any(String) }],
  ['409', { error: { code: 'conflict', message: expect.any(String) } }],
  ['422', { error: { code: 'validation_error', message: expect.any(String) } }],
])('%s refuses PATCHes, applies nothing, and leaves reads alone', (kind, body) =>
  withSandbox(always(kind), async (sandbox) => {
    const answer = await call(sandbox, 'PATCH', PATH, { title: 'New' });
    expect([answer.status, answer.body]).toEqual([Number(kind), body]);
    expect(title(sandbox)).not.toBe('New');
    expect(sandbox.log.entries[0]).toMatchObject({ fault: kind, applied: false });
    expect((await call(sandbox, 'GET', PATH)).status).toBe(200);
    expect((await call(sandbox, 'POST', '/v1/preview/contacts/list', {})).status).toBe(200);
  }),
);

test.each(['403', '409', '422'] as const)('%s of one field refuses the PATCHes that have it, and names it', (kind) =>
  withSandbox({ contacts: 1, faults: [{ kind, probability: 1, field: 'title' }] }, async (sandbox) => {
    expect((await call(sandbox, 'PATCH', PATH, { location: 'Bonn' })).status).toBe(200);
    const answer = await call(sandbox, 'PATCH', PATH, { location: 'Ulm', title: 'New' });
    expect(answer).toMatchObject({ status: Number(kind) });
    expect(answer.body).toMatchObject({ error: { message: expect.stringContaining('title: ') as unknown } });
    expect(sandbox.store.contacts.values().next().value).toMatchObject({ location: 'Bonn' });
  }),
);

test('shares of refusals leave room for other faults of reads', () => {
  const faults = parseFaults('409=100%,list:503=100%');
  const pick = faultPicker(faults, 1);
  expect([pick('patch')?.kind, pick('list')?.kind, pick('get')]).toEqual(['409', '503', undefined]);
});

test('the seed decides which requests get a fault, at about the rate asked for', () => {
  const faults = parseFaults('503=20%,reset=5%');
  const draw = (seed: number) => {
    const pick = faultPicker(faults, seed);
    return Array.from({ length: 10_000 }, () => pick('patch')?.kind);
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(draw(1).filter((kind) => kind === '503').length / 10_000).toBeCloseTo(0.2, 1);
  expect(draw(1).filter((kind) => kind === 'reset').length / 10_000).toBeCloseTo(0.05, 1);
});

test('faults are read from text', () => {
  expect(parseFaults('')).toEqual([]);
  expect(parseFaults('503=5%, reset = 0.01,patch:429-bare=1%')).toEqual([
    { kind: '503', probability: 0.05 },
    { kind: 'reset', probability: 0.01 },
    { kind: '429-bare', probability: 0.01, only: 'patch' },
  ]);
  expect(parseFaults('422@title=90%,patch:409@email = 5%')).toEqual([
    { kind: '422', probability: 0.9, field: 'title' },
    { kind: '409', probability: 0.05, only: 'patch', field: 'email' },
  ]);
  for (const kind of FAULT_KINDS) expect(parseFaults(`${kind}=1%`)).toEqual([{ kind, probability: 0.01 }]);
});

test.each([
  ['rest=1%', 'Unknown fault "rest": did you mean "reset"? Known are 403, 409, 422, 500, 502'],
  ['503', '"503" is not a fault: write kind=share'],
  ['503=120%', 'Fault 503: the share must be 0 % to 100 %'],
  ['503=60%,reset=60%', 'Faults of patch requests add up to 120 %'],
  ['422=60%,patch:503=60%', 'Faults of patch requests add up to 120 %'],
  ['list:422=1%', 'Fault 422 is for patch requests only, not for list'],
  ['503@title=1%', 'Fault 503 is not about a field: only 403, 409, 422 are'],
  ['pach:503=1%', 'Unknown request "pach": did you mean "patch"?'],
])('faults "%s" are refused with a reason', (text, message) => {
  expect(() => parseFaults(text)).toThrow(message);
});

test('a client that gives up is logged without a status, and its PATCH may still be applied', () =>
  withSandbox({ contacts: 1, latencyMs: 500 }, async (sandbox) => {
    const headers = { authorization: `Bearer ${sandbox.key}`, 'content-type': 'application/json' };
    const [arrived, dealtWith, applied] = [
      nextCall(sandbox.log, 'noteBody'),
      nextCall(sandbox.log, 'end'),
      nextCall(sandbox.log, 'noteApplied'),
    ];
    const sent = httpRequest(sandbox.url + PATH, { method: 'PATCH', headers });
    sent.on('error', () => undefined);
    sent.end('{"title":"Late"}');
    await arrived;
    sent.destroy();
    await dealtWith;
    expect(sandbox.log.patches()[0]).toMatchObject({ status: null, applied: false });
    await applied;
    expect(sandbox.log.patches()[0]).toMatchObject({ status: null, applied: true });
  }));

/** Resolves once the log is told of something. */
function nextCall(log: RequestLog, name: 'noteBody' | 'noteApplied' | 'end'): Promise<void> {
  return new Promise((resolve) => {
    const real = log[name].bind(log) as (...args: unknown[]) => void;
    jest.spyOn(log, name).mockImplementation((...args: unknown[]) => {
      real(...args);
      resolve();
    });
  });
}
