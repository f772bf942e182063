import { describe, expect, test } from '@jest/globals';
import { csv, id, people, person, requestCount, withFront, world } from '../../support/world.js';

const HEADER = ['contact_id', 'title'];

describe('the process ends with', () => {
  test(
    '0 when every row is updated or unchanged',
    world({ contacts: people(2) }, async ({ sync }) => {
      const run = await sync(
        csv(HEADER, [
          [id(1), 'New'],
          [id(2), 'Title 2'],
        ]),
      );
      expect(run).toMatchObject({ code: 0, summary: { exit_code: 0, state: 'done' } });
      expect(run.summary.counts).toMatchObject({ updated: 1, unchanged: 1 });
    }),
  );

  test(
    '0 for a plan with changes, and 10 with --exit-code, but 0 again where there are none',
    world({ contacts: people(1) }, async ({ cli, write, sandbox }) => {
      await write('edits.csv', csv(HEADER, [[id(1), 'New']]));
      await write('same.csv', csv(HEADER, [[id(1), 'Title 1']]));
      expect(await cli('plan', 'edits.csv')).toMatchObject({ code: 0 });
      expect(await cli('plan', 'edits.csv', '--exit-code')).toMatchObject({ code: 10 });
      expect(await cli('plan', 'same.csv', '--exit-code')).toMatchObject({ code: 0 });
      expect(sandbox.log.counts.patch).toBe(0);
    }),
  );

  test(
    '3 and not 10 for a plan with changes in which a row is invalid',
    world({ contacts: people(1) }, async ({ cli, write }) => {
      await write(
        'edits.csv',
        csv(HEADER, [
          [id(1), 'New'],
          ['nobody', 'X'],
        ]),
      );
      expect(await cli('plan', 'edits.csv', '--exit-code')).toMatchObject({ code: 3 });
    }),
  );

  test.each<[string, string, string]>([
    [
      'invalid',
      csv(HEADER, [
        ['nobody', 'New'],
        [id(1), 'New'],
      ]),
      'nobody',
    ],
    [
      'not_found',
      csv(HEADER, [
        [id(9), 'New'],
        [id(1), 'New'],
      ]),
      id(9),
    ],
    ['conflict', csv(['contact_id', 'email'], [[id(1), 'person2@example.com']]), id(1)],
  ])('3 when a row is %s, and rejected.csv has that row', (status, text, cell) =>
    world({ contacts: people(2) }, async ({ sync }) => {
      const run = await sync(text);
      expect(run).toMatchObject({ code: 3, summary: { exit_code: 3, state: 'done' } });
      expect(run.rejected).toHaveLength(2);
      expect(run.rejected[1]).toEqual(expect.arrayContaining([cell, status]));
    })(),
  );

  test(
    '3 when a row failed because the API refuses the value',
    world({ contacts: people(1), nulls: 'refuse' }, async ({ sync }) => {
      const run = await sync(csv(HEADER, [[id(1), '<clear>']]));
      expect(run).toMatchObject({ code: 3, results: [{ status: 'failed', http_status: 422 }] });
    }),
  );

  test(
    '4 when the API is down before anything was sent',
    world({ contacts: people(1), faults: [{ kind: '503', probability: 1 }] }, async ({ sync, sandbox }) => {
      const run = await sync(
        csv(HEADER, [
          [id(1), 'New'],
          [id(2), 'New'],
          [id(3), 'New'],
        ]),
        '--retries',
        '1',
      );
      expect(run).toMatchObject({ code: 4, summary: { exit_code: 4, state: 'stopped' } });
      expect(sandbox.log.counts.patch).toBe(0);
    }),
  );
});

describe('the key', () => {
  test.each<[string, string[]]>([
    ['sync', []],
    ['sync', ['--dry-run']],
    ['plan', []],
  ])('%s %j without one ends with 7 and makes no request', (command, flags) =>
    world({ contacts: people(1) }, async ({ cli, write, env, sandbox }) => {
      env['CONTACT_SYNC_API_KEY'] = undefined;
      await write('edits.csv', csv(HEADER, [[id(1), 'New']]));
      const run = await cli(command, 'edits.csv', ...flags);
      expect(run.code).toBe(7);
      expect(run.stderr).toContain('CONTACT_SYNC_API_KEY');
      expect(requestCount(sandbox)).toBe(0);
    })(),
  );

  test(
    'may come from a file that CONTACT_SYNC_API_KEY_FILE names, or from .env',
    world({ contacts: people(1) }, async ({ sync, write, env, sandbox }) => {
      env['CONTACT_SYNC_API_KEY'] = undefined;
      env['CONTACT_SYNC_API_KEY_FILE'] = await write('key', `${sandbox.key}\n`);
      expect(await sync(csv(HEADER, [[id(1), 'A']]))).toMatchObject({ code: 0, results: [{ status: 'updated' }] });
      env['CONTACT_SYNC_API_KEY_FILE'] = undefined;
      await write('.env', `CONTACT_SYNC_API_KEY=${sandbox.key}\n`);
      expect(await sync(csv(HEADER, [[id(1), 'B']]))).toMatchObject({ code: 0, results: [{ status: 'updated' }] });
    }),
  );

  test(
    'when it is unknown to the API (401) ends with 7 after one request',
    world({ contacts: people(3) }, async ({ sync, env, sandbox }) => {
      env['CONTACT_SYNC_API_KEY'] = 'mks_wrong0000000000000000000000000000000000000000000';
      const run = await sync(
        csv(
          HEADER,
          [1, 2, 3].map((n) => [id(n), 'New']),
        ),
      );
      expect(run).toMatchObject({ code: 7, results: [], summary: { exit_code: 7 } });
      expect(requestCount(sandbox)).toBe(1);
    }),
  );

  test(
    'when it lacks access to everything (403) ends with 7, whichever call comes first',
    world({ contacts: people(9) }, async (it) => {
      const forbidden = { status: 403, body: '{"detail":"Forbidden"}' };
      await withFront(
        it,
        () => forbidden,
        async () => {
          expect(await it.sync(csv(HEADER, [[id(1), 'New']]))).toMatchObject({ code: 7 });
          const nine = Array.from({ length: 9 }, (_, at) => [id(at + 1), 'New']);
          expect(await it.sync(csv(HEADER, nine))).toMatchObject({ code: 7 });
          expect(await it.sync(csv(HEADER, nine), '--reads', 'list')).toMatchObject({ code: 7 });
        },
      );
      expect(requestCount(it.sandbox)).toBe(0);
    }),
  );

  test(
    'when it may read and not write (403 on each PATCH) ends with 7 instead of trying the whole file',
    world({ contacts: people(60) }, async (it) => {
      let patches = 0;
      const refuse = ({ method }: { method: string }) => {
        if (method !== 'PATCH') return undefined;
        patches++;
        return { status: 403, body: '{"detail":"read only"}' };
      };
      await withFront(it, refuse, async () => {
        const rows = Array.from({ length: 60 }, (_, at) => [id(at + 1), 'New']);
        expect(await it.sync(csv(HEADER, rows))).toMatchObject({ code: 7 });
      });
      expect(patches).toBeGreaterThan(0);
      expect(patches).toBeLessThanOrEqual(24);
    }),
  );

  test(
    'when it is withdrawn after a contact was out of its reach (403) still ends with 7',
    world({ contacts: people(60) }, async (given) => {
      const forbidden = { status: 403, body: '{"detail":"Forbidden"}' };
      let patches = 0;
      const answer = ({ method, path }: { method: string; path: string }) => {
        if (method === 'PATCH' && ++patches > 20) return forbidden;
        if (path === '/v1/me' && patches > 20) return forbidden;
        return method === 'PATCH' && path.endsWith(id(2)) ? forbidden : undefined;
      };
      const rows = people(60).map((p) => [p.id, 'New']);
      await withFront(given, answer, async () => {
        expect((await given.sync(csv(HEADER, rows))).code).toBe(7);
      });
      // Ten in a row, and what is in flight while the key is asked about.
      expect(patches).toBeLessThanOrEqual(20 + 10 + 2 * 8);
    }),
  );

  test(
    'when one contact alone is out of its reach (403) leaves that row behind and goes on',
    world({ contacts: people(6) }, async (it) => {
      const refuse = ({ method, path }: { method: string; path: string }) =>
        method === 'PATCH' && path.endsWith(id(2)) ? { status: 403, body: '{"detail":"not yours"}' } : undefined;
      await withFront(it, refuse, async () => {
        const run = await it.sync(
          csv(
            HEADER,
            people(6).map((p) => [p.id, 'New']),
          ),
        );
        expect(run.code).toBe(3);
        expect(run.summary.counts).toMatchObject({ updated: 5, failed: 1 });
        expect(run.rejected[1]).toEqual(expect.arrayContaining([id(2), 'failed']));
      });
    }),
  );

  test(
    'when it is refused in the middle of a long file ends with 7',
    world({ contacts: [person(0), ...people(11_000)] }, async (it) => {
      const refuse = ({ method }: { method: string }) =>
        method === 'PATCH' ? { status: 401, body: '{"detail":"No key found"}' } : undefined;
      await withFront(it, refuse, async () => {
        const rows = people(11_000).map((p) => [p.id, p.title]);
        const run = await it.sync(csv(HEADER, [[id(0), 'New'], ...rows]));
        expect(run).toMatchObject({ code: 7, summary: { exit_code: 7 } });
      });
    }),
  );
});

test(
  'a variable for --exit-code, which is for plan alone, does not make a sync that wrote everything end with 10',
  world({ contacts: people(1) }, async ({ sync, env }) => {
    env['CONTACT_SYNC_EXIT_CODE'] = 'true';
    expect(await sync(csv(HEADER, [[id(1), 'New']]))).toMatchObject({ code: 0, results: [{ status: 'updated' }] });
  }),
);
