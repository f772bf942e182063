import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { ContactsApi } from '../../src/api/contacts-api.js';
import { Vocabulary } from '../../src/api/vocabulary.js';
import { Mirror } from '../../src/current/mirror.js';
import { readByGet } from '../../src/current/read-by-get.js';
import type { SandboxOptions } from '../../src/sandbox/options.js';
import type { Sandbox } from '../../src/sandbox/start-sandbox.js';
import { seedContact } from '../../src/sandbox/seed-contacts.js';
import { silent, withApi } from '../support/api.js';
import { inTempDir } from '../support/temp.js';

const DAY = 24 * 3_600_000;
const NOW = Date.parse('2026-06-01T00:00:00Z');
const idOf = (at: number): string => seedContact(at).id;

interface Parts {
  sandbox: Sandbox;
  api: ContactsApi;
  dir: string;
  /** Opens the mirror, refreshes it at a time, and tells how it did so and what that cost in list calls. */
  refresh: (now?: number, use?: (mirror: Mirror) => Promise<void>) => Promise<{ why: string; calls: number }>;
  /** The title that the mirror has, without asking the API; undefined: not there. */
  titleOf: (mirror: Mirror, at: number) => Promise<unknown>;
}

/** Runs a test on a mirror of a sandbox. */
function mirrored(options: SandboxOptions, use: (parts: Parts) => Promise<void>): Promise<void> {
  return inTempDir((dir) =>
    withApi(options, async ({ sandbox, api }) => {
      const nothing = { read: () => Promise.resolve(new Map<string, never>()) };
      await use({
        ...{ sandbox, api, dir },
        async refresh(now = NOW, then) {
          const before = sandbox.log.counts.list;
          const mirror = await open(api, dir);
          try {
            const why = await mirror.refresh(await new Vocabulary(api).read(), now);
            const calls = sandbox.log.counts.list - before;
            await then?.(mirror);
            return { why, calls };
          } finally {
            await mirror.close();
          }
        },
        async titleOf(mirror, at) {
          const found = (await mirror.reader(nothing).read([idOf(at)])).get(idOf(at));
          return found && 'contact' in found ? found.contact.title : undefined;
        },
      });
    }),
  );
}

function open(api: ContactsApi, dir: string): Promise<Mirror> {
  return Mirror.open(api, { dir: path.join(dir, 'mirror'), maxAge: DAY, log: silent, onPage: () => undefined });
}

describe('a mirror', () => {
  test('is filled whole at first, and then by what changed since', () =>
    mirrored({ contacts: 1200 }, async ({ refresh, sandbox, titleOf }) => {
      expect(await refresh()).toEqual({ why: expect.stringContaining('for the first time'), calls: 3 });
      sandbox.store.write(idOf(1100), { title: 'Others’ edit' });
      const { why, calls } = await refresh(NOW + 1, async (mirror) => {
        expect(await titleOf(mirror, 1100)).toBe('Others’ edit');
        expect(await titleOf(mirror, 3)).toBe(seedContact(3).title);
      });
      expect(why).toContain('refreshed by what changed');
      expect(calls).toBeLessThanOrEqual(3);
    }));

  test('takes up contacts that are new, and more changes than fit a page', () =>
    mirrored({ contacts: 1200 }, async ({ refresh, sandbox, titleOf }) => {
      await refresh();
      const at = new Date();
      for (let n = 0; n < 1100; n++) sandbox.store.write(idOf(n), { title: `Edit ${n}` }, new Date(at.getTime() + n));
      sandbox.store.load([{ ...seedContact(5000), updated_at: new Date(at.getTime() + 2000).toISOString() }]);
      const { why } = await refresh(NOW + 1, async (mirror) => {
        expect(await titleOf(mirror, 0)).toBe('Edit 0');
        expect(await titleOf(mirror, 1099)).toBe('Edit 1099');
        expect(await titleOf(mirror, 5000)).toBe(seedContact(5000).title);
      });
      expect(why).toContain('refreshed by what changed');
    }));

  test('is filled anew where it is older than --mirror-max-age', () =>
    mirrored({ contacts: 600 }, async ({ refresh }) => {
      await refresh();
      expect((await refresh(NOW + DAY - 1)).why).toContain('refreshed by what changed');
      expect(await refresh(NOW + DAY)).toEqual({ why: expect.stringContaining('too old'), calls: 2 });
      expect((await refresh(NOW + DAY + 1)).why).toContain('refreshed by what changed');
    }));

  test('is filled anew where the list has contacts that it lacks', () =>
    mirrored({ contacts: 600 }, async ({ refresh, sandbox, titleOf }) => {
      await refresh();
      // An import with times of long ago: no filter on updated_at finds it.
      sandbox.store.load([{ ...seedContact(5000), updated_at: '2001-01-01T00:00:00.000Z' }]);
      const { why } = await refresh(NOW + 1, async (mirror) => {
        expect(await titleOf(mirror, 5000)).toBe(seedContact(5000).title);
      });
      expect(why).toContain('filled anew');
    }));

  test('is filled anew each time where the API does not filter by updated_at', () =>
    mirrored({ contacts: 600 }, async ({ refresh, sandbox, titleOf }) => {
      sandbox.store.schema.find(({ key }) => key === 'updated_at')!.filterable = false;
      await refresh();
      sandbox.store.write(idOf(7), { title: 'Others’ edit' });
      const again = await refresh(NOW + 1, async (mirror) => {
        expect(await titleOf(mirror, 7)).toBe('Others’ edit');
      });
      expect(again).toEqual({ why: expect.stringContaining('filled anew'), calls: 2 });
    }));

  test('asks for what it does not have before that is said not to exist', () =>
    mirrored({ contacts: 3 }, async ({ refresh, sandbox, api }) => {
      await refresh(NOW, async (mirror) => {
        sandbox.store.load([seedContact(50)]);
        const found = await mirror.reader(readByGet(api, 1)).read([idOf(1), idOf(50), idOf(60)]);
        expect([...found.keys()].sort()).toEqual([idOf(1), idOf(50)].sort());
        expect(sandbox.log.counts.get).toBe(2);
      });
    }));

  test('takes up what was written, and loses what is gone', () =>
    mirrored({ contacts: 3 }, async ({ refresh, titleOf }) => {
      await refresh(NOW, async (mirror) => {
        await mirror.put({ ...seedContact(1), id: idOf(1).toUpperCase(), title: 'Ours' });
        await mirror.remove(idOf(2));
        expect([await titleOf(mirror, 1), await titleOf(mirror, 2)]).toEqual(['Ours', undefined]);
      });
    }));

  test('still notices contacts that it lacks after others were deleted', () =>
    mirrored({ contacts: 600 }, async ({ refresh, sandbox, titleOf }) => {
      await refresh();
      sandbox.store.contacts.delete(idOf(2));
      await refresh(NOW + 1, (mirror) => mirror.remove(idOf(2)));
      sandbox.store.load([{ ...seedContact(5000), updated_at: '2001-01-01T00:00:00.000Z' }]);
      await refresh(NOW + 2, async (mirror) => {
        expect(await titleOf(mirror, 5000)).toBe(seedContact(5000).title);
      });
    }));

  test('is one run’s at a time', () =>
    mirrored({ contacts: 3 }, async ({ refresh, api, dir }) => {
      await refresh(NOW, async () => {
        await expect(open(api, dir)).rejects.toMatchObject({ exitCode: 6 });
      });
    }));
});
