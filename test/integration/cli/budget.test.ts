import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { seedContact } from '../../../src/sandbox/seed-contacts.js';
import { startSandbox } from '../../../src/sandbox/start-sandbox.js';
import { withDate } from '../../support/date.js';
import { withGate, type Passing } from '../../support/gate.js';
import { csv, people, requestCount, statuses, withFront, world, type World } from '../../support/world.js';

/** A new title for each of so many contacts. */
const titles = (count: number): string =>
  csv(
    ['contact_id', 'title'],
    people(count).map(({ id }) => [id, 'New']),
  );

/** Titles that the server has now. */
function changed({ sandbox }: World): number {
  return [...sandbox.store.contacts.values()].filter(({ title }) => title === 'New').length;
}

/** Finishes the newest run, and expects every one of so many rows to be true at the server, each sent once. */
async function expectResumed(world: World, rows: number): Promise<void> {
  const run = await world.cli('resume', 'latest');
  expect(run.code).toBe(0);
  expect(statuses(run)).toEqual(Array.from({ length: rows }, () => 'updated'));
  expect(changed(world)).toBe(rows);
  expect(world.sandbox.log.applied).toBe(rows);
}

describe('a run stops cleanly, and resume continues it,', () => {
  test(
    'after --max-requests calls, reads counted too',
    world({ contacts: people(30) }, async (given) => {
      const run = await given.sync(titles(30), '--max-requests', '12');
      expect(run.code).toBe(4);
      expect(run.stderr).toContain('--max-requests 12');
      expect(requestCount(given.sandbox)).toBe(12);
      expect(run.summary).toMatchObject({ state: 'stopped', exit_code: 4, calls: { total: 12 } });
      expect(new Set(statuses(run))).toEqual(new Set(['updated']));
      await expectResumed(given, 30);
    }),
  );

  test(
    'before any row is planned, where not even the reads are within --max-requests',
    world({ contacts: people(30) }, async (given) => {
      const run = await given.sync(titles(30), '--max-requests', '1');
      expect([run.code, run.results, changed(given)]).toEqual([4, [], 0]);
      await expectResumed(given, 30);
    }),
  );

  test(
    'within --max-duration, before what is in flight would outlast it',
    world({ contacts: people(40) }, (given) =>
      withDate(new Date().toISOString(), async ({ advance }) => {
        // A call that took a quarter of an hour, when half an hour is left: another two of them would not fit.
        const slow = ({ kind, nth }: Passing): void => {
          if (kind === 'patch' && nth <= 2) advance(15 * 60_000);
        };
        await withGate(given, slow, async () => {
          const run = await given.sync(titles(40), '--max-duration', '1h', '--concurrency', '1', '--reads', 'ids');
          expect(run.code).toBe(4);
          expect(run.stderr).toContain('--max-duration');
          expect(statuses(run)).toEqual(['updated', 'updated']);
        });
        expect(given.sandbox.log.counts.patch).toBe(2);
        await expectResumed(given, 40);
      }),
    ),
  );

  test(
    'at once where the rate limit allows no request before --stop-at',
    world({ contacts: people(20), rateLimit: { limit: 12, windowMs: 3_600_000 } }, async (given) => {
      const soon = new Date(Date.now() + 10 * 60_000);
      const time = `${String(soon.getHours()).padStart(2, '0')}:${String(soon.getMinutes()).padStart(2, '0')}`;
      const run = await given.sync(titles(20), '--stop-at', time, '--reserve', '4');
      expect(run.code).toBe(4);
      expect(run.stderr).toContain(`--stop-at ${time}`);
      expect(requestCount(given.sandbox)).toBeLessThanOrEqual(8);
      expect(new Set(statuses(run))).toEqual(new Set(['updated']));
      // The next night: another server process with what the first one holds, and a new allowance.
      const next = await startSandbox({ key: given.sandbox.key, contacts: [...given.sandbox.store.contacts.values()] });
      try {
        given.door.leadTo(next.url);
        const resumed = await given.cli('resume', 'latest');
        expect([resumed.code, resumed.summary.counts.updated]).toEqual([0, 20]);
        expect(next.log.applied).toBe(20 - given.sandbox.log.applied);
      } finally {
        await next.close();
      }
    }),
  );
});

interface Line {
  /** Connections that were cut while the line was dead. */
  cut: number;
  mend: () => void;
}

/** Puts a line before the sandbox that dies once so many PATCHes are there, and lives again when asked so often. */
async function withLine(
  { door, sandbox }: World,
  { patches, questions }: { patches: number; questions: number },
  use: (line: Line) => Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>();
  const line = { cut: 0, mend: () => (mended = true) };
  let [dead, mended, asked] = [false, false, 0];
  const server = createServer((client) => {
    client.on('error', () => undefined);
    if (dead && !mended) {
      client.once('data', (request) => {
        client.destroy();
        line.cut++;
        if (request.includes('GET /v1/me')) mended = ++asked >= questions;
      });
      return;
    }
    const upstream = connect(Number(new URL(sandbox.url).port), '127.0.0.1');
    upstream.on('error', () => undefined);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('close', () => (client.destroy(), upstream.destroy()));
    }
    upstream.pipe(client);
    client.on('data', (data) => {
      dead ||= sandbox.log.counts.patch >= patches;
      if (!dead || mended) upstream.write(data);
      else for (const socket of sockets) socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  door.leadTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    await use(line);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

describe('an outage', () => {
  test(
    'ends the run after --outage-limit with the rows untouched, at the cost of a few calls',
    world({ contacts: people(60), latencyMs: 5 }, (given) =>
      withLine(given, { patches: 10, questions: Infinity }, async (line) => {
        const run = await given.sync(titles(60), '--outage-limit', '2s', '--retries', '2');
        expect(run.code).toBe(4);
        expect(run.stderr).toContain('--outage-limit');
        expect(new Set(statuses(run))).toEqual(new Set(['updated']));
        expect(run.results.length).toBeLessThan(60);
        expect(run.rejected.slice(1)).toEqual([]);
        expect(line.cut).toBeLessThanOrEqual(20);
        line.mend();
        const resumed = await given.cli('resume', 'latest', '--timeout', '2s');
        expect([resumed.code, resumed.summary.counts.updated, changed(given)]).toEqual([0, 60, 60]);
      }),
    ),
  );

  test(
    'of writes alone, while questions are answered, is still one',
    world({ contacts: people(60), latencyMs: 20 }, async (given) => {
      let patches = 0;
      const down = ({ method }: { method: string }) =>
        method === 'PATCH' && ++patches > 20 ? { status: 503, body: '<html>' } : undefined;
      await withFront(given, down, async () => {
        const run = await given.sync(titles(60), '--outage-limit', '3s');
        expect([run.code, run.summary.counts.failed, run.summary.counts.unknown]).toEqual([4, 0, 0]);
        expect(patches).toBeLessThanOrEqual(20 + 20);
      });
      expect((await given.cli('resume', 'latest', '--timeout', '2s')).summary.counts.updated).toBe(60);
    }),
  );

  test(
    'that ends in time costs no row, whatever --retries',
    // Slow enough that more calls are in flight than failures are needed to see an outage.
    world({ contacts: people(60), latencyMs: 100 }, (given) =>
      withLine(given, { patches: 10, questions: 2 }, async () => {
        const run = await given.sync(titles(60), '--retries', '3');
        expect([run.code, run.summary.counts.updated, changed(given)]).toEqual([0, 60, 60]);
        expect(run.log).toContain('checking whether it is back');
      }),
    ),
  );
});

describe('the allowance', () => {
  test(
    'is left to others by as much as --reserve says',
    world({ contacts: people(40), rateLimit: { limit: 40, windowMs: 3_600_000 } }, async (given) => {
      const run = await given.sync(titles(40), '--reserve', '25%', '--max-duration', '1m');
      expect(run.code).toBe(4);
      expect(requestCount(given.sandbox)).toBeLessThanOrEqual(30);
      expect(requestCount(given.sandbox)).toBeGreaterThanOrEqual(29);
      expect(run.summary.rate_limited).toBe(0);
    }),
  );

  test(
    'that others use up costs a few 429s and no retries',
    world({ contacts: people(40), rateLimit: { limit: 30, windowMs: 2000 } }, async (given) => {
      const spend = () =>
        fetch(`${given.sandbox.url}/v1/me`, { headers: { authorization: `Bearer ${given.sandbox.key}` } });
      for (let left = 30; left > 0; left--) await spend();
      // Others go on for as long as the run does: whenever it has sent ten more, they take ten at once.
      const { log } = given.sandbox;
      const begin = log.begin.bind(log);
      log.begin = (request, now) => {
        if (request.kind === 'patch' && log.counts.patch % 10 === 9)
          void Promise.all(Array.from({ length: 10 }, spend));
        return begin(request, now);
      };
      const run = await given.sync(titles(40), '--retries', '0');
      expect([run.code, run.summary.counts.updated, run.summary.retries]).toEqual([0, 40, 0]);
      expect(run.summary.rate_limited).toBeLessThanOrEqual(5);
      expect(run.summary.waited_seconds).toBeGreaterThan(0);
    }),
  );
});

describe('the cost is told', () => {
  const LIMIT = { limit: 50, windowMs: 3_600_000 };

  test.each(['plan', 'sync --dry-run'])('by %s: calls, why, the other ways, and when it would end', (command) =>
    world({ contacts: people(120), rateLimit: LIMIT }, async ({ write, cli, sandbox }) => {
      await write('edits.csv', titles(120));
      const [verb = '', ...flags] = command.split(' ');
      const run = await cli(verb, 'edits.csv', ...flags);
      expect(run.code).toBe(0);
      expect(run.stdout).toMatch(/^ {2}title +120$/m);
      expect(run.stdout).toMatch(/by ids: the API filters by id, 500 contacts per call \(get would take 120 calls\)/);
      expect(run.stdout).toMatch(/to send {2}120 updates, about .* at the rate limit: until \d{4}-\d\d-\d\d \d\d:\d\d/);
      const { reads, estimate, calls, writes_planned } = run.summary;
      expect(reads).toMatchObject({ way: 'ids', costs: { ids: 1, get: 120 } });
      expect([writes_planned, calls.total]).toEqual([120, requestCount(sandbox)]);
      // 48 of this hour's allowance are left, so that 120 take until well within the next but one.
      expect(estimate.seconds).toBeGreaterThan(3600);
      expect(estimate.seconds).toBeLessThanOrEqual(2 * 3600 + 5);
      // It was made while the run was at work; its seconds are rounded.
      const madeAt = Date.parse(estimate.ends_at ?? '') - (estimate.seconds ?? 0) * 1000;
      expect(madeAt).toBeGreaterThanOrEqual(Date.parse(run.summary.started_at) - 1000);
      expect(madeAt).toBeLessThanOrEqual(Date.parse(run.summary.ended_at ?? '') + 1000);
    })(),
  );

  test(
    'by sync before the first write, and as measured at the end',
    world({ contacts: people(20) }, async ({ sync, sandbox }) => {
      const run = await sync(titles(20));
      expect(run.stderr).toMatch(/^reading by ids: 1 call$/m);
      expect(run.stderr).toMatch(/^to send: 20 updates, within the current allowance$/m);
      expect(run.stdout).toMatch(/^ {2}title +20$/m);
      expect(run.stdout).toMatch(/^ {2}reads +by ids: .*\(get would take 20 calls\)/m);
      expect(run.summary.calls).toMatchObject({ total: requestCount(sandbox), patch: 20, list: 1, schema: 1 });
    }),
  );
});

describe('--snapshot', () => {
  const rows = (count: number) =>
    csv(
      ['contact_id', 'title'],
      Array.from({ length: count }, (_, at) => [seedContact(at).id, at < 3 ? 'New' : seedContact(at).title]),
    );

  test.each(['before.csv', 'before.ndjson', 'latest-export'])('%s plans without reading a contact', (name) =>
    world({ contacts: 40 }, async ({ cli, write, sandbox }) => {
      await write(
        'before.ndjson',
        [...sandbox.store.contacts.values()].map((c) => JSON.stringify(c)).join('\n') + '\n',
      );
      expect((await cli('export', '--out', 'before.csv')).code).toBe(0);
      await write('edits.csv', rows(40));
      const before = { ...sandbox.log.counts };
      const planned = await cli('plan', 'edits.csv', '--snapshot', name);
      expect([planned.code, planned.summary.counts.planned, planned.summary.counts.unchanged]).toEqual([0, 3, 37]);
      expect(planned.summary.reads).toMatchObject({ way: 'snapshot' });
      expect(sandbox.log.counts).toMatchObject({ list: before.list, get: before.get, patch: 0 });
      // A colleague gets there first.
      sandbox.store.write(seedContact(1).id, { title: 'A colleague’s' });
      const applied = await cli('apply', 'latest');
      expect(applied.code).toBe(3);
      expect(applied.summary.counts).toMatchObject({ updated: 2, conflict: 1, unchanged: 37 });
      expect(sandbox.store.find(seedContact(1).id)?.title).toBe('A colleague’s');
    })(),
  );

  test(
    'is read again before it is written over by sync as well',
    world({ contacts: 40 }, async ({ cli, sync, sandbox }) => {
      await cli('export', '--out', 'before.csv');
      sandbox.store.write(seedContact(1).id, { title: 'A colleague’s' });
      const run = await sync(rows(40), '--snapshot', 'before.csv');
      expect([run.code, run.summary.counts.updated, run.summary.counts.conflict]).toEqual([3, 2, 1]);
      expect(sandbox.store.find(seedContact(1).id)?.title).toBe('A colleague’s');
    }),
  );

  test.each(['updated_at', 'expected:location'])('guards by %s hold against the contact as it is', (guard) =>
    world({ contacts: 3 }, async ({ cli, sync, sandbox }) => {
      await cli('export', '--out', 'before.csv');
      const { id: key, updated_at, location } = sandbox.store.find(seedContact(1).id)!;
      sandbox.store.write(key, { location: 'Where a colleague says' });
      const seen = guard === 'updated_at' ? updated_at : location;
      const edits = csv(['contact_id', 'title', guard], [[key, 'New', seen ?? '']]);
      const run = await sync(edits, '--snapshot', 'before.csv');
      expect([run.code, statuses(run)]).toEqual([3, ['conflict']]);
      expect(sandbox.log.counts.patch).toBe(0);
    })(),
  );

  test(
    'two rows for one contact with one updated_at are both written',
    world({ contacts: 3 }, async ({ cli, sync, sandbox }) => {
      await cli('export', '--out', 'before.csv');
      const { id: key, updated_at } = sandbox.store.find(seedContact(1).id)!;
      const edits = csv(
        ['contact_id', 'title', 'location', 'updated_at'],
        [
          [key, 'New', '', updated_at ?? ''],
          [key, '', 'There', updated_at ?? ''],
        ],
      );
      const run = await sync(edits, '--snapshot', 'before.csv', '--duplicates', 'allow');
      expect([run.code, statuses(run)]).toEqual([0, ['updated', 'updated']]);
    }),
  );

  test(
    'latest-export without any export is a usage error, and nothing is sent',
    world({ contacts: 3 }, async ({ sync, sandbox }) => {
      const run = await sync(rows(3), '--snapshot', 'latest-export');
      expect([run.code, requestCount(sandbox)]).toEqual([2, 0]);
      expect(run.stderr).toContain('latest-export');
    }),
  );
});

test(
  'with --mirror what it missed is not written over: contacts that change are read again just before',
  world({ contacts: people(20) }, async ({ write, cli, sandbox }) => {
    await write('edits.csv', titles(3));
    await cli('plan', 'edits.csv', '--mirror');
    // Someone changes it, and the API says a wrong time.
    const second = people(2)[1]!.id;
    const changed = { title: 'A colleague’s', updated_at: '2001-01-01T00:00:00Z' };
    sandbox.store.contacts.set(second, { ...sandbox.store.find(second)!, ...changed });
    const run = await cli('sync', 'edits.csv', '--mirror');
    expect([run.code, statuses(run)]).toEqual([3, ['updated', 'conflict', 'updated']]);
    expect(run.stderr).toContain('3 updates, and 1 call to read them again first');
    expect(sandbox.store.find(second)?.title).toBe('A colleague’s');
  }),
);

test(
  'with --mirror a contact that was deleted meanwhile is not_found on write, and leaves the mirror',
  world({ contacts: people(20) }, async ({ write, cli, sandbox }) => {
    await write('edits.csv', titles(3));
    await cli('plan', 'edits.csv', '--mirror');
    sandbox.store.contacts.delete(people(2)[1]!.id);
    const run = await cli('sync', 'edits.csv', '--mirror');
    expect([run.code, statuses(run)]).toEqual([3, ['updated', 'not_found', 'updated']]);
    const { patch } = sandbox.log.counts;
    const again = await cli('sync', 'edits.csv', '--mirror');
    expect([again.code, statuses(again)]).toEqual([3, ['unchanged', 'not_found', 'unchanged']]);
    expect(sandbox.log.counts.patch).toBe(patch);
  }),
);
