import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { csv, id, inFileOrder, people, statuses, withFront, world } from '../../support/world.js';
import { begin, held, titles, withGate, type Meet } from '../../support/gate.js';

/** The schema says that contacts can be found by id, and the list refuses to. */
const refuseIds: Meet = ({ kind, body }) =>
  kind === 'list' && body.includes('"field":"id"') ? { status: 422, body: '{"detail":"too many rules"}' } : undefined;

describe('values that are read again just before, where the list refuses to find contacts by id', () => {
  test(
    'are read another way, again for each batch, so that each is as it is then',
    world({ contacts: people(501) }, async (here) => {
      const { cli, write, sandbox } = here;
      const rows = [...people(501).map((person, at) => [person.id, `New ${at + 1}`]), [id(1), 'Newer 1']];
      await write('edits.csv', csv(['contact_id', 'title'], rows));
      await cli('plan', 'edits.csv', '--reads', 'ids');
      const meddle: Meet = (request) => {
        if (request.kind === 'patch' && request.nth === 500) sandbox.store.write(id(501), { title: 'By a person' });
        return refuseIds(request);
      };
      await withGate(here, meddle, async () => {
        const run = await cli('apply', 'latest', '--rate', 'none');
        expect([run.code, ...statuses(run).slice(499)]).toEqual([3, 'updated', 'conflict', 'updated']);
        // Two contacts are fewer calls than the list's two pages again.
        expect(run.summary.calls).toMatchObject({ get: 2 });
        expect(sandbox.store.find(id(1))?.title).toBe('Newer 1');
        expect(sandbox.store.find(id(501))?.title).toBe('By a person');
      });
    }),
  );

  test('also where --reads list is asked for, which is for the plan', () =>
    world({ contacts: people(20) }, async (here) => {
      await here.write('edits.csv', titles(20));
      await here.cli('plan', 'edits.csv', '--reads', 'list');
      await withGate(here, refuseIds, async () => {
        expect((await here.cli('apply', 'latest', '--reads', 'list')).code).toBe(0);
      });
    })());

  test('also with a mirror that lacks a contact', () =>
    world({ contacts: people(20) }, async (here) => {
      await here.write('edits.csv', titles(21));
      await withGate(here, refuseIds, async () => {
        const run = await here.cli('sync', 'edits.csv', '--mirror');
        expect(run).toMatchObject({ code: 3, summary: { counts: { updated: 20, not_found: 1 } } });
        expect(held(here.sandbox, 20, 'title')).toEqual(people(20).map((_, at) => `New ${at + 1}`));
      });
    })());
});

describe('values that grow too old while rows wait for the rate limit', () => {
  const flags = ['--reads', 'ids', '--rate', 'none', '--plan-max-age', '1s', '--log-level', 'info'];

  test(
    'are not read over and over, where to read them takes longer than they may be old',
    world({ contacts: people(12), rateLimit: { limit: 10, windowMs: 1000 } }, async (here) => {
      const edits = ['--reads', 'get', '--rate', 'none', '--plan-max-age', '1s'];
      await here.write('edits.csv', titles(12));
      const run = await here.cli('sync', 'edits.csv', ...edits);
      expect(run).toMatchObject({ code: 0, summary: { counts: { updated: 12 } } });
      // Once for the plan, once before writing, and at most three times where a row waited.
      expect(run.summary.calls.get).toBeLessThanOrEqual(12 * 5);
    }),
  );

  test(
    'are read again before they are written over',
    world({ contacts: people(20), rateLimit: { limit: 12, windowMs: 5000 } }, async (here) => {
      const { write, sandbox, cli } = here;
      await write('edits.csv', titles(20));
      const job = begin(here, 'sync', 'edits.csv', ...flags);
      await job.said('rate limit: waiting');
      const isOpen = (n: number) => sandbox.log.patches(id(n)).length === 0;
      const theirs = people(20).flatMap((_, at) => (isOpen(at + 1) && at % 2 === 0 ? [at + 1] : []));
      expect(theirs.length).toBeGreaterThan(2);
      for (const n of theirs) sandbox.store.write(id(n), { title: 'By a person' });
      expect(await job.ended).toMatchObject({ code: 3 });
      const { results } = await cli('runs');
      const conflicts = results.filter(({ status }) => status === 'conflict').map(({ row }) => row);
      expect(conflicts.sort((a, b) => a - b)).toEqual(theirs);
      expect(results.filter(({ status }) => status === 'updated')).toHaveLength(20 - theirs.length);
      for (const n of theirs) expect(sandbox.store.find(id(n))?.title).toBe('By a person');
      // Nor does undo take them for rows that may have been sent.
      const [run] = (await readdir(path.join(here.dir, 'runs'))).filter((name) => /^\d/.test(name));
      const sent = await readFile(path.join(here.dir, 'runs', run!, 'sent.ndjson'), 'utf8');
      for (const n of theirs) expect(sent).not.toContain(`"row":${n},`);
    }),
  );
});

describe('reading contact by contact', () => {
  test.each([401, 403])('ends with 7 at the first %i about the key, and asks no more', (status) =>
    world({ contacts: people(100) }, async (here) => {
      let asked = 0;
      const refuse = ({ path }: { path: string }) =>
        path.includes('/contacts/') || path === '/v1/me' ? (asked++, { status, body: '{"detail":"no"}' }) : undefined;
      await here.write('edits.csv', titles(100));
      await withFront(here, refuse, async () => {
        const run = await here.cli('sync', 'edits.csv', '--reads', 'get', '--rate', 'none', '--concurrency', '4');
        expect(run).toMatchObject({ code: 7, summary: { exit_code: 7, state: 'failed' } });
        expect(run.stderr).not.toMatch(/\n\s+at /);
        // Those in flight when the first answer came, and one that asked who we are.
        expect(asked).toBeLessThanOrEqual(9);
        expect(run.summary.calls.get + run.summary.calls.me).toBe(asked);
      });
    })(),
  );

  test('fails the one row whose contact the API cannot give, though it is the only one of its batch', () =>
    world({ contacts: people(3) }, async (here) => {
      await here.write('edits.csv', csv(['contact_id', 'title'], [[id(2), 'New']]));
      const broken: Meet = ({ kind }) => (kind === 'get' ? { status: 500, body: '{}' } : undefined);
      await withGate(here, broken, async () => {
        const run = await here.cli('sync', 'edits.csv', '--reads', 'get', '--retries', '1');
        expect([run.code, ...statuses(run)]).toEqual([3, 'failed']);
        expect(inFileOrder(run.results)[0]!.error).toMatchObject({ code: 'http_500' });
      });
    })());
});
