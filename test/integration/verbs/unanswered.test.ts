import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import type { Sandbox } from '../../../src/sandbox/start-sandbox.js';
import { csv, id, inFileOrder, people, statuses, world, type Run, type World } from '../../support/world.js';
import { begin, contents, held, runId, titles, withGate, type Meet, type Passing } from '../../support/gate.js';

const HEADER = ['contact_id', 'title'];
/** One call at a time, tried once, and a time-out for which a test can wait; or otherwise. */
function flags(otherwise: Record<string, string> = {}): string[] {
  const all = { timeout: '2s', retries: '0', reads: 'ids', rate: 'none', concurrency: '1', 'log-level': 'info' };
  return Object.entries({ ...all, ...otherwise }).flatMap(([name, value]) => [`--${name}`, value]);
}
/** In the log, once, where the run waits for a time-out. */
const WAITING = 'may still take effect';

/** An API that drops some connections at once; what was asked on these is carried out when the test says so. */
function losing(sandbox: Sandbox, isLost: (request: Passing) => boolean, others: Meet = () => undefined) {
  const lost: Passing[] = [];
  const meet: Meet = (request) => {
    if (request.kind !== 'patch' || !isLost(request)) return others(request);
    lost.push(request);
    throw new Error('the gate drops the connection of what it does not take');
  };
  const carryOut = (which: (contactId: string) => boolean = () => true): void => {
    for (const { path: url, body } of lost.splice(0)) {
      const contactId = path.posix.basename(url);
      if (which(contactId)) sandbox.store.write(contactId, JSON.parse(body) as Record<string, unknown>);
    }
  };
  return { meet, carryOut };
}

/** Writes new titles for so many contacts; the PATCHes of some are lost, and carried out when the nth list call comes. */
async function loseSome(
  here: World,
  { rows = 3, isLost = ({ nth }: Passing) => nth === 2, carryOutAt = 0, otherwise = {} },
  then: (run: Run, carryOut: () => void) => Promise<void> | void,
): Promise<void> {
  const { meet, carryOut } = losing(here.sandbox, isLost, ({ kind, nth }) => {
    if (kind === 'list' && nth === carryOutAt) carryOut();
  });
  await withGate(here, meet, async () => {
    await then(await here.sync(titles(rows), ...flags(otherwise)), carryOut);
  });
}

function errorOf(run: Run, row: number) {
  return inFileOrder(run.results)[row - 1]!.error;
}

describe('a row whose PATCH was never answered is read once more, when its time-out has passed, and ends as', () => {
  test('updated, where the PATCH was carried out meanwhile', () =>
    world({ contacts: people(3) }, (here) =>
      loseSome(here, { carryOutAt: 2 }, (run) => {
        expect([run.code, ...statuses(run)]).toEqual([0, 'updated', 'updated', 'updated']);
        expect(run.summary.calls).toMatchObject({ patch: 3, list: 2, get: 0 });
        expect(run.log.split(WAITING)).toHaveLength(2);
        expect(run.rejected).toHaveLength(1);
      }),
    )());

  test('failed with not_applied, where the contact still has its old values', () =>
    world({ contacts: people(3) }, (here) =>
      loseSome(here, {}, (run) => {
        expect([run.code, ...statuses(run)]).toEqual([3, 'updated', 'failed', 'updated']);
        expect(errorOf(run, 2)).toMatchObject({ code: 'not_applied' });
        expect(errorOf(run, 2)?.message).toMatch(/socket hang up; the contact still has its old values/);
        expect(run.summary.calls).toMatchObject({ patch: 3, list: 2, get: 0 });
        expect(run.rejected[1]).toEqual(expect.arrayContaining([id(2), 'failed']));
      }),
    )());

  test('unknown, where it has neither the old values nor the new ones', () =>
    world({ contacts: people(3) }, async (here) => {
      const meddle: Meet = ({ kind, nth }) => {
        if (kind === 'list' && nth === 2) here.sandbox.store.write(id(2), { title: 'Theirs' });
      };
      const { meet } = losing(here.sandbox, ({ nth }) => nth === 2, meddle);
      await withGate(here, meet, async () => {
        const run = await here.sync(titles(3), ...flags());
        expect([run.code, ...statuses(run)]).toEqual([3, 'updated', 'unknown', 'updated']);
        expect(errorOf(run, 2)?.message).toContain('neither');
      });
    })());

  test('unknown, where it cannot be read', () =>
    world({ contacts: people(3) }, async (here) => {
      const { sandbox, sync, cli } = here;
      const broken: Meet = ({ kind, nth }) => (kind === 'get' && nth === 4 ? { status: 500, body: '{}' } : undefined);
      const { meet, carryOut } = losing(sandbox, ({ nth }) => nth === 2, broken);
      await withGate(here, meet, async () => {
        const run = await sync(titles(3), ...flags({ reads: 'get' }));
        expect([run.code, ...statuses(run)]).toEqual([3, 'updated', 'unknown', 'updated']);
        expect(errorOf(run, 2)?.message).toContain('could not be read');
        expect(run.summary.calls).toMatchObject({ patch: 3, list: 0, get: 4 });
        carryOut();
        expect(await cli('undo', 'latest')).toMatchObject({ code: 0, summary: { counts: { updated: 3 } } });
        expect(held(sandbox, 3, 'title')).toEqual(['Title 1', 'Title 2', 'Title 3']);
      });
    })());

  test('not_found, where it is gone', () =>
    world({ contacts: people(3) }, async (here) => {
      const remove: Meet = ({ kind, nth }) =>
        void (kind === 'list' && nth === 2 && here.sandbox.store.contacts.delete(id(2)));
      const { meet } = losing(here.sandbox, ({ nth }) => nth === 2, remove);
      await withGate(here, meet, async () => {
        const run = await here.sync(titles(3), ...flags());
        expect([run.code, ...statuses(run)]).toEqual([3, 'updated', 'not_found', 'updated']);
      });
    })());
});

test('where no connection comes about nothing was sent: the row has failed, without a wait and without a call', () =>
  world({ contacts: people(3) }, async (here) => {
    // Takes no connection any more once it has given the contacts.
    const server = createServer((request, response) => {
      void (async () => {
        const { method = '', url = '', headers } = request;
        const body = await text(request);
        const { authorization = '', 'content-type': type = 'application/json' } = headers;
        const given = { method, headers: { authorization, 'content-type': type }, ...(body === '' ? {} : { body }) };
        const answer = await fetch(here.sandbox.url + url, given);
        if (url.endsWith('/list')) server.close();
        response.writeHead(answer.status, { connection: 'close' }).end(await answer.text());
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // Not by the world's own door, which takes every connection.
    here.env['CONTACT_SYNC_BASE_URL'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const run = await here.sync(titles(3), ...flags({ timeout: '30s' }));
    expect([run.code, ...statuses(run)]).toEqual([3, 'failed', 'failed', 'failed']);
    expect([1, 2, 3].map((row) => errorOf(run, row)?.code)).toEqual(Array(3).fill('ECONNREFUSED'));
    expect(run.summary.calls).toMatchObject({ patch: 3, list: 1, get: 0 });
    expect(run.log).not.toContain(WAITING);
  })());

test('600 of them take two list calls', () =>
  world({ contacts: people(1200) }, async (here) => {
    const { meet, carryOut } = losing(
      here.sandbox,
      ({ nth }) => nth % 2 === 0,
      // The plan takes three.
      ({ kind, nth }) =>
        void (kind === 'list' && nth > 3 && carryOut((contactId) => Number(contactId.slice(-4)) % 4 === 0)),
    );
    await withGate(here, meet, async () => {
      const run = await here.sync(titles(1200), ...flags({ 'log-level': 'error' }));
      expect(run.summary.counts).toMatchObject({ updated: 900, failed: 300, unknown: 0 });
      expect(run.summary.calls).toMatchObject({ patch: 1200, list: 5, get: 0 });
      expect(run.rejected.slice(1).map(([contactId]) => contactId)).toEqual(
        Array.from({ length: 300 }, (_, at) => id(4 * at + 2)),
      );
    });
  })());

test('10,000 rows that ended behind one of them do not wait for it forever', () =>
  world({ contacts: people(2) }, async (here) => {
    const rows = [[id(1), 'New 1'], ...Array.from({ length: 10_050 }, () => [id(2), 'Title 2'])];
    const { meet } = losing(here.sandbox, ({ nth }) => nth === 1);
    await withGate(here, meet, async () => {
      const run = await here.sync(csv(HEADER, rows), ...flags({ 'log-level': 'error' }));
      expect(run.summary.counts).toMatchObject({ failed: 1, unchanged: 10_050 });
      expect(run.rejected.slice(1).map(([contactId]) => contactId)).toEqual([id(1)]);
    });
  })());

describe('a later row of the same contact', () => {
  const rows = [
    [id(1), 'A', ''],
    [id(2), 'X', ''],
    [id(1), 'B', ''],
    [id(1), '', 'Rome'],
  ];

  /** Syncs these rows; the first PATCH is lost. @returns the run, and what reached the API in which order */
  async function loseFirst(here: World, isCarriedOut: boolean): Promise<{ run: Run; seen: string[] }> {
    const seen: string[] = [];
    const { meet, carryOut } = losing(
      here.sandbox,
      ({ nth }) => nth === 1,
      ({ kind, nth }) => void (isCarriedOut && kind === 'list' && nth === 2 && carryOut()),
    );
    const look: Meet = (request) => {
      if (request.kind === 'patch') seen.push(request.body);
      else if (request.kind !== 'other') seen.push(request.kind);
      return meet(request);
    };
    let run: Run | undefined;
    await withGate(here, look, async () => {
      run = await here.sync(csv([...HEADER, 'location'], rows), ...flags());
    });
    return { run: run!, seen };
  }

  test('is sent once the one before it is settled, so that what was lost does not land on top of it', () =>
    world({ contacts: people(2) }, async (here) => {
      const { run, seen } = await loseFirst(here, true);
      expect([run.code, ...statuses(run)]).toEqual([0, 'updated', 'updated', 'updated', 'updated']);
      expect(seen[0]).toBe('list');
      expect(seen.slice(1, 3).sort()).toEqual(['{"title":"A"}', '{"title":"X"}']);
      expect(seen.slice(3)).toEqual(['list', '{"title":"B"}', '{"location":"Rome"}']);
      expect(here.sandbox.store.find(id(1))).toMatchObject({ title: 'B', location: 'Rome' });
    })());

  test('is a conflict where it rests on one that was not carried out, and is sent where it does not', () =>
    world({ contacts: people(2) }, async (here) => {
      const { run, seen } = await loseFirst(here, false);
      expect([run.code, ...statuses(run)]).toEqual([3, 'failed', 'updated', 'conflict', 'updated']);
      expect(errorOf(run, 3)).toMatchObject({ code: 'earlier_row' });
      expect(seen.slice(3)).toEqual(['list', '{"location":"Rome"}']);
      expect(here.sandbox.store.find(id(1))).toMatchObject({ title: 'Title 1', location: 'Rome' });
    })());

  test('is held against the contact as it was read when the one before it was settled', () =>
    world({ contacts: people(2) }, async (here) => {
      await here.write('edits.csv', csv([...HEADER, 'location'], rows));
      await here.cli('plan', 'edits.csv');
      // The first list call is for the rows that are about to be applied, the second settles.
      const { meet, carryOut } = losing(
        here.sandbox,
        ({ nth }) => nth === 1,
        ({ kind, nth }) => void (kind === 'list' && nth === 2 && carryOut()),
      );
      await withGate(here, meet, async () => {
        const run = await here.cli('apply', 'latest', ...flags());
        expect([run.code, ...statuses(run)]).toEqual([0, 'updated', 'updated', 'updated', 'updated']);
        expect(here.sandbox.store.find(id(1))).toMatchObject({ title: 'B', location: 'Rome' });
      });
    })());

  test('waits as well where a retry was answered, as the request before that may still land', () =>
    world({ contacts: people(2) }, async (here) => {
      const { meet } = losing(here.sandbox, ({ nth }) => nth === 1);
      await withGate(here, meet, async () => {
        const edits = csv(HEADER, [
          [id(1), 'A'],
          [id(1), 'B'],
        ]);
        const run = await here.sync(edits, ...flags({ retries: '1' }));
        expect([run.code, ...statuses(run)]).toEqual([0, 'updated', 'updated']);
        expect(run.log).toContain(WAITING);
        expect(run.summary.calls).toMatchObject({ patch: 3, list: 1, get: 0 });
        const sent = (await readFile(path.join(run.runDir!, 'sent.ndjson'), 'utf8')).trim().split('\n');
        expect(sent.map((line) => JSON.parse(line) as object)).toMatchObject([
          { row: 1 },
          { row: 1, lost: true },
          { row: 2 },
        ]);
      });
    })());
});

describe('a run that is stopped while rows wait to be settled leaves them to resume:', () => {
  test.each<[string, boolean, number]>([
    ['what was carried out is updated and not sent again', true, 3],
    ['what was not is sent', false, 4],
  ])('%s', (_, isCarriedOut, patches) =>
    world({ contacts: people(3) }, async (here) => {
      const { cli, sandbox, write } = here;
      await write('edits.csv', titles(3));
      const { meet, carryOut } = losing(sandbox, ({ nth }) => nth === 2);
      let count = 0;
      const counting: Meet = (request) => {
        if (request.kind === 'patch') count++;
        return meet(request);
      };
      await withGate(here, counting, async () => {
        const job = begin(here, 'sync', 'edits.csv', ...flags({ timeout: '10m' }));
        await job.said(WAITING);
        job.stop();
        const ended = await job.ended;
        expect(ended.code).toBe(4);
        expect(ended.stderr).toContain('2 of 3 updates sent; continue with: contact-sync resume ');
        const stopped = await cli('runs');
        expect(stopped.results.map(({ row }) => row)).toEqual([1, 3]);
        if (isCarriedOut) carryOut();
        const run = await cli('resume', 'latest', ...flags());
        expect([run.code, ...statuses(run)]).toEqual([0, 'updated', 'updated', 'updated']);
        expect(count).toBe(patches);
      });
    })(),
  );

  test('also where the call that would settle them is one more than --max-requests', () =>
    world({ contacts: people(3) }, (here) =>
      loseSome(here, { otherwise: { 'max-requests': '5' } }, async (run, carryOut) => {
        expect([run.code, run.summary.calls.total, run.summary.counts.updated]).toEqual([4, 5, 2]);
        carryOut();
        const resumed = await here.cli('resume', 'latest', ...flags());
        expect([resumed.code, ...statuses(resumed)]).toEqual([0, 'updated', 'updated', 'updated']);
      }),
    )());
});

describe('undo', () => {
  test('puts back what is called failed, and was carried out after all', () =>
    world({ contacts: people(3) }, (here) =>
      loseSome(here, {}, async (run, carryOut) => {
        const { sandbox, cli } = here;
        expect(statuses(run)).toEqual(['updated', 'failed', 'updated']);
        carryOut();
        expect(held(sandbox, 3, 'title')).toEqual(['New 1', 'New 2', 'New 3']);
        const undo = await cli('undo', runId(run));
        expect(undo).toMatchObject({ code: 0, summary: { counts: { updated: 3 } } });
        expect(held(sandbox, 3, 'title')).toEqual(['Title 1', 'Title 2', 'Title 3']);
      }),
    )());

  test('leaves unchanged what is called failed, and was never carried out', () =>
    world({ contacts: people(3) }, async (here) => {
      const before = contents(here.sandbox);
      await loseSome(here, {}, async (run) => {
        const undo = await here.cli('undo', runId(run));
        expect(undo).toMatchObject({ code: 0, summary: { counts: { updated: 2, unchanged: 1 } } });
        expect(contents(here.sandbox)).toEqual(before);
      });
    })());

  test('puts back what was lost at first and then refused, where the first was carried out after all', () =>
    world({ contacts: people(1) }, async (here) => {
      const { cli, sandbox, sync } = here;
      const refuse: Meet = ({ kind }) => (kind === 'patch' ? { status: 422, body: '{}' } : undefined);
      const { meet, carryOut } = losing(sandbox, ({ nth }) => nth === 1, refuse);
      await withGate(here, meet, async () => {
        const run = await sync(titles(1), ...flags({ retries: '1' }));
        expect([run.code, ...statuses(run)]).toEqual([3, 'failed']);
        expect(errorOf(run, 1)).toMatchObject({ code: 'http_422' });
      });
      carryOut();
      const undo = await cli('undo', 'latest', ...flags());
      expect(undo).toMatchObject({ code: 0, summary: { counts: { updated: 1 } } });
      expect(held(sandbox, 1, 'title')).toEqual(['Title 1']);
    })());
});
