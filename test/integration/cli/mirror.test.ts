import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ClassicLevel } from 'classic-level';
import { mirrorDir } from '../../../src/core/read/mirror.js';
import { scopeOf } from '../../../src/core/run/target.js';
import { SANDBOX_ORGANISATION } from '../../../src/sandbox/defaults.js';
import { seedContact } from '../../../src/sandbox/seed-contacts.js';
import { csv, people, requestCount, statuses, world } from '../../support/world.js';

const titles = (ids: readonly string[], title: string): string =>
  csv(
    ['contact_id', 'title'],
    ids.map((id) => [id, title]),
  );

describe('--mirror', () => {
  test.each(['plan', 'sync'])('does not end %s where another process has the mirror open', (verb) =>
    world({ contacts: people(20) }, async ({ write, cli, dir, sandbox, door }) => {
      const ids = people(20).map(({ id }) => id);
      await write('edits.csv', titles(ids, 'New'));
      const target = { base_url: door.url, api_prefix: '', organisation: SANDBOX_ORGANISATION, key_fingerprint: '' };
      const scope = await scopeOf(target, sandbox.key, path.join(dir, '.contact-sync'));
      const mirror = new ClassicLevel(mirrorDir(path.join(dir, 'runs'), scope));
      await mirror.open();
      try {
        const run = await cli(verb, 'edits.csv', '--mirror');
        expect(run.code).toBe(0);
        expect(run.summary.reads).toMatchObject({
          way: 'ids',
          why: expect.stringContaining('without the mirror: another run has it open'),
        });
        expect(run.log).toContain('reading without the mirror');
        // The schema and one list call, as without.
        expect(requestCount(sandbox)).toBe(verb === 'plan' ? 2 : 22);
      } finally {
        await mirror.close();
      }
    })(),
  );

  test(
    'reads as without it where the API does not filter by updated_at, and says so',
    world({ contacts: 3000 }, async ({ write, cli, sandbox }) => {
      sandbox.store.schema.find(({ key }) => key === 'updated_at')!.filterable = false;
      await write('edits.csv', titles([seedContact(1).id, seedContact(2).id, seedContact(3).id], 'New'));
      const run = await cli('plan', 'edits.csv', '--mirror');
      expect(run.stdout).toContain('without the mirror: the API does not filter and sort by updated_at');
      expect([run.code, requestCount(sandbox)]).toEqual([0, 2]);
    }),
  );

  test(
    'takes a few calls a night, also for a large file with dead ids all over it',
    world({ contacts: 3000 }, async ({ write, cli, sandbox }) => {
      const ids = Array.from({ length: 3000 }, (_, at) => seedContact(at % 100 === 0 ? 100_000 + at : at).id);
      await write('edits.csv', titles(ids, ''));
      const first = await cli('plan', 'edits.csv', '--mirror');
      expect(first.summary.counts).toMatchObject({ not_found: 30, unchanged: 2970 });
      const before = { ...sandbox.log.counts };
      const again = await cli('plan', 'edits.csv', '--mirror');
      expect(again.summary.counts).toMatchObject({ not_found: 30, unchanged: 2970 });
      // What changed, the count of contacts, and the dead ids.
      expect(sandbox.log.counts.list - before.list).toBe(3);
      expect(sandbox.log.counts.get).toBe(0);
    }),
  );

  test(
    'loses a contact that turns out to be gone on write, and needs no whole reading for that',
    world({ contacts: people(20) }, async ({ write, cli, sandbox }) => {
      const ids = people(3).map(({ id }) => id);
      await write('edits.csv', titles(ids, 'New'));
      await cli('plan', 'edits.csv', '--mirror');
      const { log, store } = sandbox;
      const begin = log.begin.bind(log);
      log.begin = (request, now) => {
        if (request.kind === 'patch') store.contacts.delete(ids[1]!);
        return begin(request, now);
      };
      const run = await cli('sync', 'edits.csv', '--mirror', '--concurrency', '1');
      expect([run.code, statuses(run)]).toEqual([3, ['updated', 'not_found', 'updated']]);
      expect(run.results.find(({ status }) => status === 'not_found')?.http_status).toBe(404);
      const again = await cli('plan', 'edits.csv', '--mirror');
      expect(again.summary.reads?.why).toBe('the mirror, refreshed by what changed since');
      expect(statuses(again)).toEqual(['unchanged', 'not_found', 'unchanged']);
    }),
  );
});
