import { expect, test } from '@jest/globals';
import { sandboxTagId } from '../../../src/sandbox/defaults.js';
import { RequestLog } from '../../../src/sandbox/request-log.js';
import { seedContact } from '../../../src/sandbox/seed-contacts.js';
import { call, list, patch, withSandbox } from '../../support/sandbox-client.js';

const ID = seedContact(0).id;

test('the log has every request in order, and of a PATCH the values before and after', () =>
  withSandbox({ contacts: [{ id: ID, title: 'VP', tags: ['VIP'] }] }, async (sandbox) => {
    await call(sandbox, 'GET', '/v1/schemas/contacts');
    await list(sandbox, { page_size: 1 });
    await patch(sandbox, ID, { title: 'SVP', tags: [sandboxTagId('Customer')] });
    await call(sandbox, 'GET', `/v1/preview/contacts/${ID}`);
    const { entries, counts } = sandbox.log;
    expect(entries.map(({ n, kind, status }) => [n, kind, status])).toEqual([
      [1, 'schema', 200],
      [2, 'list', 200],
      [3, 'patch', 200],
      [4, 'get', 200],
    ]);
    expect(entries[2]).toEqual({
      n: 3,
      at: expect.any(String),
      kind: 'patch',
      method: 'PATCH',
      path: `/v1/preview/contacts/${ID}`,
      contactId: ID,
      body: { title: 'SVP', tags: [sandboxTagId('Customer')] },
      status: 200,
      applied: true,
      before: { title: 'VP', tags: ['VIP'] },
      after: { title: 'SVP', tags: ['Customer'] },
    });
    expect(counts).toEqual({ get: 1, list: 1, patch: 1, schema: 1, tags: 0, me: 0, other: 0 });
    expect(sandbox.log.applied).toBe(1);
  }));

test('PATCHes of one contact that overlap are marked, those of two contacts are not', () =>
  withSandbox({ contacts: 2, latencyMs: 50 }, async (sandbox) => {
    const other = seedContact(1).id;
    await Promise.all([patch(sandbox, ID, { title: 'A' }), patch(sandbox, other, { title: 'B' })]);
    expect(sandbox.log.patches().filter((entry) => entry.overlaps)).toEqual([]);
    await patch(sandbox, ID, { title: 'C' });
    await Promise.all([patch(sandbox, other, { title: 'D' }), patch(sandbox, other, { title: 'E' })]);
    expect(sandbox.log.patches().filter((entry) => entry.overlaps)).toHaveLength(1);
    expect(sandbox.log.mostInFlight).toBe(2);
  }));

test('all PATCHes are kept, of other requests the first 10,000, and all are counted', () => {
  const log = new RequestLog();
  for (let i = 0; i < 12_000; i++) {
    log.end(log.begin({ kind: 'get', method: 'GET', path: '/' }, new Date()), 200);
    log.end(log.begin({ kind: 'patch', method: 'PATCH', path: '/', contactId: ID }, new Date()), 200);
  }
  expect(log.patches(ID)).toHaveLength(12_000);
  expect(log.entries).toHaveLength(22_000);
  expect(log.counts).toMatchObject({ get: 12_000, patch: 12_000 });
});
