import { describe, expect, test } from '@jest/globals';
import { seedContact } from '../../../src/sandbox/seed-contacts.js';
import { bodies, csv, filesBelow, id, people, requestCount, statuses, world } from '../../support/world.js';

/** Rows for seeded contacts 0 to `rows` - 1, of which every `every`th changes. */
function seededEdits(rows: number, every: number): { text: string; changes: number } {
  const lines = Array.from({ length: rows }, (_, at) => {
    const { id: key, title, location, tags } = seedContact(at);
    return [key, at % every === 0 ? `New ${at}` : title, location, tags?.join(';')];
  });
  return { text: csv(['contact_id', 'title', 'location', 'tags'], lines), changes: Math.ceil(rows / every) };
}

describe('where the API filters by id, N rows with C changes', () => {
  test.each([
    [1700, 46],
    [500, 100],
    [501, 600],
    [3, 1],
  ])('cost at most C + N/500 + 3 requests: N = %i, one in %i changes', (rows, every) =>
    world({ contacts: 2000 }, async ({ sync, sandbox }) => {
      const { text, changes } = seededEdits(rows, every);
      const run = await sync(text);
      expect(run.code).toBe(0);
      expect(run.summary.counts).toMatchObject({ updated: changes, unchanged: rows - changes });
      expect(sandbox.log.counts.patch).toBe(changes);
      expect(requestCount(sandbox)).toBeLessThanOrEqual(changes + Math.ceil(rows / 500) + 3);
      expect(run.summary.calls.total).toBe(requestCount(sandbox));
    })(),
  );

  test(
    'cost no call for rows that are invalid',
    world({ contacts: people(3) }, async ({ sync, sandbox }) => {
      const bad = Array.from({ length: 1500 }, () => ['nobody', 'New']);
      const run = await sync(csv(['contact_id', 'title'], [...bad, [id(1), 'New']]));
      expect(run.summary.counts).toMatchObject({ invalid: 1500, updated: 1 });
      expect(requestCount(sandbox)).toBeLessThanOrEqual(1 + 1 + 3);
    }),
  );

  test(
    'cost one read for a contact, however many rows are about it',
    world({ contacts: people(3) }, async ({ sync, sandbox }) => {
      const rows = Array.from({ length: 40 }, () => [id(1), 'New']);
      expect(statuses(await sync(csv(['contact_id', 'title'], rows)))).toEqual([
        'updated',
        ...rows.slice(1).map(() => 'unchanged'),
      ]);
      expect(requestCount(sandbox)).toBeLessThanOrEqual(1 + 1 + 3);
    }),
  );
});

describe('where the API does not filter by id', () => {
  test.each([
    ['the whole list', 100, 1500, { list: 3, get: 0 }],
    ['one GET a contact', 3, 3000, { list: 1, get: 3 }],
    ['one GET a contact, without asking for the list,', 1, 3000, { list: 0, get: 1 }],
  ])('%s is read when that takes fewer calls: %i rows of %i contacts', (_, rows, contacts, calls) =>
    world({ contacts, idFilterable: false }, async ({ sync, sandbox }) => {
      const { text, changes } = seededEdits(rows, 10);
      const run = await sync(text);
      expect(run.code).toBe(0);
      expect(sandbox.log.counts).toMatchObject({ ...calls, patch: changes });
      expect(run.summary.reads).toMatchObject({ way: calls.get > 0 ? 'get' : 'list', why: expect.stringMatching(/./) });
    })(),
  );
});

describe('--reads', () => {
  const edits = csv(
    ['contact_id', 'title'],
    [
      [id(1), 'New'],
      [id(2), 'Title 2'],
      [id(9), 'New'],
      [id(3), 'New'],
    ],
  );
  test.each([
    ['get', { get: 4, list: 0 }],
    ['list', { get: 0, list: 1 }],
    ['ids', { get: 0, list: 1 }],
    ['auto', { get: 0, list: 1 }],
  ])('%s reads in that way, and the plan is the same', (way, calls) =>
    world({ contacts: people(4) }, async ({ sync, sandbox }) => {
      const run = await sync(edits, '--reads', way);
      expect(statuses(run)).toEqual(['updated', 'unchanged', 'not_found', 'updated']);
      expect(sandbox.log.counts).toMatchObject(calls);
      expect(run.summary.reads?.way).toBe(way === 'auto' ? 'ids' : way);
      expect(bodies(sandbox)).toHaveLength(2);
    })(),
  );

  test(
    'ids is refused before anything is sent where the schema has no such filter',
    world({ contacts: people(4), idFilterable: false }, async ({ sync, sandbox }) => {
      const run = await sync(edits, '--reads', 'ids');
      expect(run.code).toBe(2);
      expect(run.stderr).toContain('--reads ids');
      expect(requestCount(sandbox)).toBe(1);
    }),
  );
});

test(
  'no more requests are in flight than --concurrency allows, and that many are',
  world({ contacts: people(40), latencyMs: 20 }, async ({ sync, sandbox }) => {
    const text = csv(
      ['contact_id', 'title'],
      people(40).map((p) => [p.id, 'New']),
    );
    expect(await sync(text, '--concurrency', '5')).toMatchObject({ code: 0 });
    expect(sandbox.log.mostInFlight).toBe(5);
  }),
);

test(
  'a rate limit is kept: no 429 where the headers say in time that the allowance is used up',
  world({ contacts: people(12), rateLimit: { limit: 6, windowMs: 1500 } }, async ({ sync, sandbox }) => {
    const text = csv(
      ['contact_id', 'title'],
      people(12).map((p) => [p.id, 'New']),
    );
    const run = await sync(text, '--concurrency', '1');
    expect(run.summary).toMatchObject({ exit_code: 0, rate_limited: 0, counts: { updated: 12 } });
    expect(run.summary.waited_seconds).toBeGreaterThan(0);
    expect(sandbox.log.entries.filter(({ status }) => status === 429)).toEqual([]);
  }),
);

describe('a nightly file of 10,000 rows with 100 changes', () => {
  const { text, changes } = seededEdits(10_000, 100);

  test(
    'costs at most 100 + 20 + 3 calls by ids, and leaves at most 250 bytes a row on disk',
    world({ contacts: 10_000 }, async ({ sync, sandbox }) => {
      const run = await sync(text, '--rate', 'none');
      expect([run.code, changes, run.summary.counts.updated, run.summary.counts.unchanged]).toEqual([
        ...[0, 100],
        ...[100, 9900],
      ]);
      expect(requestCount(sandbox)).toBeLessThanOrEqual(100 + 20 + 3);
      expect(run.summary.calls.total).toBe(requestCount(sandbox));
      const files = [...(await filesBelow(run.runDir!)).values()];
      expect(files.reduce((bytes, content) => bytes + content.length, 0)).toBeLessThanOrEqual(250 * 10_000);
    }),
  );

  test(
    'costs at most 100 + 5 calls with a fresh mirror',
    world({ contacts: 10_000 }, async ({ write, cli, sandbox }) => {
      await write('edits.csv', text);
      expect((await cli('plan', 'edits.csv', '--mirror', '--rate', 'none')).code).toBe(0);
      const before = requestCount(sandbox);
      const run = await cli('sync', 'edits.csv', '--mirror', '--rate', 'none');
      expect([run.code, run.summary.counts.updated, run.summary.reads?.way]).toEqual([0, 100, 'mirror']);
      expect(requestCount(sandbox) - before).toBeLessThanOrEqual(100 + 5);
      // And the writes are in the mirror: the same file again changes nothing.
      const between = requestCount(sandbox);
      const again = await cli('sync', 'edits.csv', '--mirror', '--rate', 'none');
      expect([again.code, again.summary.counts.unchanged]).toEqual([0, 10_000]);
      expect(requestCount(sandbox) - between).toBeLessThanOrEqual(5);
    }),
  );
});
