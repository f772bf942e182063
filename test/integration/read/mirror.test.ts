import { describe, expect, test } from '@jest/globals';
import { readByGet } from '../../../src/core/read/read-by-get.js';
import { readByIds } from '../../../src/core/read/read-by-ids.js';
import { seedContact } from '../../../src/sandbox/seed-contacts.js';
import { DAY, idOf, iso, mirrored, NOW, onList, titleOf } from '../../support/mirror.js';

const LONG_AGO = '2001-01-01T00:00:00.000Z';

describe('a mirror', () => {
  test('is filled whole at first, and then by what changed since', () =>
    mirrored({ contacts: 1200 }, async ({ refresh, sandbox }) => {
      // Three pages, and one call to see that the filter shows what it should.
      expect(await refresh()).toEqual({ why: expect.stringContaining('for the first time'), calls: 4 });
      sandbox.store.write(idOf(1100), { title: 'Others’ edit' });
      const { why, calls } = await refresh(NOW + 1, async (mirror) => {
        expect(await titleOf(mirror, 1100)).toBe('Others’ edit');
        expect(await titleOf(mirror, 3)).toBe(seedContact(3).title);
      });
      expect(why).toContain('refreshed by what changed');
      expect(calls).toBe(2);
    }));

  test.each([
    ['one by one', 1],
    ['all within one millisecond', 0],
  ])('takes up contacts that are new, and more changes than fit a page, %s', (_, step) =>
    mirrored({ contacts: 1200 }, async ({ refresh, sandbox }) => {
      await refresh();
      const at = NOW + 1000;
      for (let n = 0; n < 1100; n++) sandbox.store.write(idOf(n), { title: `Edit ${n}` }, new Date(at + n * step));
      sandbox.store.load([{ ...seedContact(5000), updated_at: iso(at + 2000) }]);
      const { why } = await refresh(at + 3000, async (mirror) => {
        expect(await titleOf(mirror, 0)).toBe('Edit 0');
        expect(await titleOf(mirror, 1099)).toBe('Edit 1099');
        expect(await titleOf(mirror, 5000)).toBe(seedContact(5000).title);
      });
      expect(why).toContain('refreshed by what changed');
    }),
  );

  test('is rebuilt where it is older than --mirror-max-age, or made at a time to come', () =>
    mirrored({ contacts: 600 }, async ({ refresh }) => {
      await refresh();
      expect((await refresh(NOW + DAY - 1)).why).toContain('refreshed by what changed');
      expect(await refresh(NOW + DAY)).toEqual({ why: expect.stringContaining('too old'), calls: 3 });
      expect((await refresh(NOW + DAY + 1)).why).toContain('refreshed by what changed');
      expect((await refresh(NOW)).why).toContain('too old');
    }));

  test('is rebuilt where the list counts contacts that it lacks', () =>
    mirrored({ contacts: 600 }, async ({ refresh, sandbox }) => {
      await refresh();
      // An import with times of long ago: no filter on updated_at finds it.
      sandbox.store.load([{ ...seedContact(5000), updated_at: LONG_AGO }]);
      const { why } = await refresh(NOW + 1, async (mirror) => {
        expect(await titleOf(mirror, 5000)).toBe(seedContact(5000).title);
      });
      expect(why).toContain('rebuilt');
    }));

  test('is rebuilt where the list counts fewer: a deleted contact is not in it', () =>
    mirrored({ contacts: 600 }, async ({ refresh, sandbox }) => {
      await refresh();
      sandbox.store.contacts.delete(idOf(2));
      const { why } = await refresh(NOW + 1, async (mirror) => {
        expect(await titleOf(mirror, 2)).toBeUndefined();
      });
      expect(why).toContain('rebuilt');
      expect((await refresh(NOW + 2)).why).toContain('refreshed by what changed');
    }));

  test('is not rebuilt each time where the list counts contacts that it never shows', () =>
    mirrored({ contacts: 1200 }, async ({ refresh, sandbox, api }) => {
      onList(api, ({ filters }, { totalCount }) => (filters ? {} : { totalCount: totalCount + 7 }));
      await refresh();
      expect(await refresh(NOW + 1)).toEqual({ why: expect.stringContaining('refreshed by what changed'), calls: 2 });
      sandbox.store.load([{ ...seedContact(5000), updated_at: LONG_AGO }]);
      expect((await refresh(NOW + 2)).why).toContain('rebuilt');
    }));

  test('still notices contacts that it lacks after one was found to be gone', () =>
    mirrored({ contacts: 600 }, async ({ refresh, sandbox }) => {
      await refresh(NOW, (mirror) => {
        sandbox.store.contacts.delete(idOf(2));
        return mirror.remove(idOf(2));
      });
      expect((await refresh(NOW + 1)).why).toContain('refreshed by what changed');
      sandbox.store.load([{ ...seedContact(5000), updated_at: LONG_AGO }]);
      await refresh(NOW + 2, async (mirror) => {
        expect(await titleOf(mirror, 5000)).toBe(seedContact(5000).title);
      });
    }));

  test('takes up what was written, and loses what is gone', () =>
    mirrored({ contacts: 3 }, async ({ refresh }) => {
      await refresh(NOW, async (mirror) => {
        await Promise.all([
          mirror.put({ ...seedContact(1), id: idOf(1).toUpperCase(), title: 'Ours' }),
          mirror.remove(idOf(2)),
        ]);
        expect([await titleOf(mirror, 1), await titleOf(mirror, 2)]).toEqual(['Ours', undefined]);
      });
    }));

  test('leaves a contact that it has not seen yet to the list, and so does not fall out of count', () =>
    mirrored({ contacts: 3 }, async ({ refresh, sandbox }) => {
      await refresh(NOW, (mirror) => {
        const made = { ...seedContact(50), updated_at: iso(NOW + 1000) };
        sandbox.store.load([made]);
        return mirror.put(made);
      });
      const { why } = await refresh(NOW + 2000, async (mirror) => {
        expect(await titleOf(mirror, 50)).toBe(seedContact(50).title);
      });
      expect(why).toContain('refreshed by what changed');
    }));
});

describe('ids that a mirror does not have', () => {
  test('are asked for before they are said not to exist', () =>
    mirrored({ contacts: 3 }, async ({ refresh, sandbox, api }) => {
      await refresh(NOW, async (mirror) => {
        sandbox.store.load([seedContact(50)]);
        const rest = { ...readByGet(api, 1), many: () => false };
        const found = await mirror.reader(rest).read([idOf(1), idOf(50), idOf(60)]);
        expect([...found.keys()].sort()).toEqual([idOf(1), idOf(50)].sort());
        expect(sandbox.log.counts.get).toBe(2);
      });
    }));

  test('are asked for all together in later runs, however many batches they are in, and found once they exist', () =>
    mirrored({ contacts: 30 }, async ({ refresh, sandbox, api }) => {
      const batches = Array.from({ length: 10 }, (_, at) => [idOf(at), idOf(100 + at)]);
      const readAll = async (now: number) => {
        const ids: string[] = [];
        let calls = 0;
        await refresh(now, async (mirror) => {
          const before = sandbox.log.counts.list;
          const reader = mirror.reader({ ...readByIds(api, 'equals', 1), many: () => true });
          for (const batch of batches) ids.push(...(await reader.read(batch)).keys());
          await reader.close();
          calls = sandbox.log.counts.list - before;
        });
        return { ids: ids.sort(), calls };
      };
      const known = batches.map(([id]) => id!);
      expect(await readAll(NOW)).toEqual({ ids: [...known].sort(), calls: 10 });
      expect(await readAll(NOW + 1)).toEqual({ ids: [...known].sort(), calls: 1 });
      // An import with a time of long ago, and a deletion: neither the filter nor the count tells of it.
      sandbox.store.load([{ ...seedContact(105), updated_at: LONG_AGO }]);
      sandbox.store.contacts.delete(idOf(20));
      expect(await readAll(NOW + 2)).toEqual({ ids: [...known, idOf(105)].sort(), calls: 1 });
      // Also where the mirror was rebuilt in between.
      expect(await readAll(NOW + 2 * DAY)).toEqual({ ids: [...known, idOf(105)].sort(), calls: 1 });
    }));

  test('are not asked for together where that would be a call for each', () =>
    mirrored({ contacts: 3 }, async ({ refresh, sandbox, api }) => {
      for (const now of [NOW, NOW + 1]) {
        await refresh(now, async (mirror) => {
          const before = sandbox.log.counts.get;
          const reader = mirror.reader({ ...readByGet(api, 1), many: () => false });
          await reader.read([idOf(now === NOW ? 60 : 61)]);
          await reader.close();
          expect(sandbox.log.counts.get - before).toBe(1);
        });
      }
    }));
});
