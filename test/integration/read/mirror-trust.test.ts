import { describe, expect, test } from '@jest/globals';
import { seedContact } from '../../../src/sandbox/seed-contacts.js';
import { idOf, iso, mirrored, NOW, onList, titleOf } from '../../support/mirror.js';

const HOUR = 3_600_000;

describe('a mirror misses no change', () => {
  test('that was made while it was filled, after its page was read', () =>
    mirrored({ contacts: 1200 }, async ({ refresh, sandbox, api }) => {
      const undo = onList(api, ({ page, sort }) => {
        // After the first page was read: one contact of it changes, and one of a later page an hour after that.
        if (sort === 'created_at' && page === 1) {
          sandbox.store.write(idOf(3), { title: 'Changed meanwhile' }, new Date(NOW + 1000));
          sandbox.store.write(idOf(900), { title: 'Changed later' }, new Date(NOW + HOUR));
        }
        return {};
      });
      await refresh(NOW, async (mirror) => {
        expect(await titleOf(mirror, 3)).toBe('Changed meanwhile');
      });
      undo();
      const { why } = await refresh(NOW + 2 * HOUR, async (mirror) => {
        expect(await titleOf(mirror, 3)).toBe('Changed meanwhile');
        expect(await titleOf(mirror, 900)).toBe('Changed later');
      });
      expect(why).toContain('refreshed by what changed');
    }));

  test('that was made while it was caught up, after its page was read', () =>
    mirrored({ contacts: 1200 }, async ({ refresh, sandbox, api }) => {
      await refresh();
      sandbox.store.write(idOf(900), { title: 'First' }, new Date(NOW + 1000));
      let told = false;
      const undo = onList(api, ({ filters }, { contacts }) => {
        if (!filters || told) return {};
        told = true;
        sandbox.store.write(idOf(3), { title: 'Meanwhile' }, new Date(NOW + HOUR + 1000));
        // Another server of the API shows what is newer already.
        const newer = { ...seedContact(5), title: 'Newer', updated_at: iso(NOW + 2 * HOUR) };
        return { contacts: [...contacts, newer], totalCount: contacts.length + 1 };
      });
      await refresh(NOW + HOUR);
      undo();
      sandbox.store.write(idOf(5), { title: 'Newer' }, new Date(NOW + 2 * HOUR));
      const { why } = await refresh(NOW + 3 * HOUR, async (mirror) => {
        expect(await titleOf(mirror, 3)).toBe('Meanwhile');
      });
      expect(why).toContain('refreshed by what changed');
    }));

  test('because of one contact with an updated_at to come, not even when that one is corrected', () =>
    mirrored({ contacts: 600 }, async ({ refresh, sandbox }) => {
      sandbox.store.load([{ ...seedContact(7), updated_at: '2099-01-01T00:00:00.000Z' }]);
      await refresh();
      for (const [at, now] of [NOW + HOUR, NOW + 2 * HOUR, NOW + 3 * HOUR].entries()) {
        if (at === 1) sandbox.store.load([{ ...seedContact(7), updated_at: iso(now - 2000) }]);
        sandbox.store.write(idOf(9), { title: `Edit ${at}` }, new Date(now - 1000));
        const { why } = await refresh(now, async (mirror) => {
          expect(await titleOf(mirror, 9)).toBe(`Edit ${at}`);
        });
        expect(why).toContain('refreshed by what changed');
      }
    }));

  test('because this machine’s clock is ahead, where the API tells its own', () =>
    mirrored({ contacts: 1200 }, async ({ refresh, sandbox, api }) => {
      const undo = onList(api, ({ page, sort }) => {
        if (sort === 'created_at' && page === 1) {
          sandbox.store.write(idOf(900), { title: 'Newest' }, new Date(NOW + HOUR));
        }
        return { timestamp: iso(NOW) };
      });
      await refresh(NOW + 2 * HOUR);
      undo();
      sandbox.store.write(idOf(3), { title: 'Seen late' }, new Date(NOW + HOUR / 2));
      await refresh(NOW + 2 * HOUR + 1, async (mirror) => {
        expect(await titleOf(mirror, 3)).toBe('Seen late');
      });
    }));
});

describe('a mirror is rebuilt, and then left aside for as long as it may be old, where the API', () => {
  test.each([
    ['does not show the contact that changed last', { contacts: [], totalCount: 0 }, /changed last/],
    ['shows contacts that did not change', { contacts: [seedContact(0)], totalCount: 1 }, /not what was asked for/],
    [
      'shows changes in another order',
      {
        contacts: [NOW + 9, NOW + 5].map((time, at) => ({ ...seedContact(at), updated_at: iso(time) })),
        totalCount: 2,
      },
      /in order/,
    ],
    ['counts more changes than it shows', { totalCount: 400 }, /more changes than it shows/],
    ['shows changes without updated_at', { contacts: [{ id: idOf(3) }], totalCount: 1 }, /not what was asked for/],
  ])('%s', (_, answer, why) =>
    mirrored({ contacts: 600 }, async ({ refresh, api }) => {
      await refresh();
      onList(api, ({ filters }) => (filters ? answer : {}));
      // By what changed, in vain, then two pages, and by what changed again. More is counted until a page shows nothing.
      const first = await refresh(NOW + 1);
      expect(first).toEqual({ aside: expect.stringMatching(why), calls: expect.any(Number) });
      expect(first.calls).toBeGreaterThanOrEqual(4);
      expect(first.calls).toBeLessThanOrEqual(8);
      expect(await refresh(NOW + 2)).toEqual({ aside: expect.stringMatching(why), calls: 0 });
    }),
  );

  test.each([
    ['refuses the filter that its schema offers', { kind: 'refused', verdict: 'refused', status: 422 }],
    ['breaks on it', { kind: 'unanswered', code: 'http_500', status: 500 }],
  ] as const)('%s', (_, reply) =>
    mirrored({ contacts: 600 }, async ({ refresh, api }) => {
      await refresh();
      const real = api.listContacts.bind(api);
      api.listContacts = async (query) =>
        query.filters ? { ...reply, message: 'no', answer: 'no', words: '', attempts: 1 } : await real(query);
      expect(await refresh(NOW + 1)).toEqual({ aside: expect.stringContaining('refuses the filter'), calls: 2 });
      expect((await refresh(NOW + 2)).calls).toBe(0);
    }),
  );

  test('has contacts without updated_at', () =>
    mirrored({ contacts: 1200 }, async ({ refresh, sandbox }) => {
      sandbox.store.load([{ ...seedContact(0), updated_at: null }]);
      expect(await refresh()).toEqual({ aside: 'the API has contacts without updated_at', calls: 1 });
      expect((await refresh(NOW + 1)).calls).toBe(0);
    }));
});

describe('a mirror is rebuilt, once, where the list', () => {
  test('no longer shows the contact that changed last', () =>
    mirrored({ contacts: 600 }, async ({ refresh, sandbox }) => {
      sandbox.store.write(idOf(8), { title: 'Last' }, new Date(NOW - 1000));
      await refresh();
      // Deleted, and another one made long ago: the count alone does not tell.
      sandbox.store.contacts.delete(idOf(8));
      sandbox.store.load([{ ...seedContact(5000), updated_at: '2001-01-01T00:00:00.000Z' }]);
      const { why } = await refresh(NOW + 1, async (mirror) => {
        expect([await titleOf(mirror, 8), await titleOf(mirror, 5000)]).toEqual([undefined, seedContact(5000).title]);
      });
      expect(why).toContain('rebuilt');
      expect((await refresh(NOW + 2)).why).toContain('refreshed by what changed');
    }));
});

describe('a server that gives fewer contacts a page than asked for', () => {
  test('is read to the end, when filling and when catching up', () =>
    mirrored({ contacts: 350 }, async ({ refresh, sandbox, api }) => {
      // It caps the page, and counts its pages by what was asked for.
      const cap = (pages: (total: number) => object) =>
        onList(
          api,
          (_, { totalCount }) => pages(totalCount),
          (query) => ({ ...query, page_size: Math.min(query.page_size, 100) }),
        );
      cap((totalCount) => ({ totalPages: Math.ceil(totalCount / 500) }));
      await refresh();
      for (let n = 0; n < 250; n++) sandbox.store.write(idOf(n), { title: `Edit ${n}` }, new Date(NOW + n));
      const { why } = await refresh(NOW + 1000, async (mirror) => {
        expect(await titleOf(mirror, 349)).toBe(seedContact(349).title);
        expect([await titleOf(mirror, 0), await titleOf(mirror, 249)]).toEqual(['Edit 0', 'Edit 249']);
      });
      expect(why).toContain('refreshed by what changed');
    }));
});

test('a mirror is not trusted where contacts were deleted while it was filled, as one may have slipped past', () =>
  mirrored({ contacts: 1200 }, async ({ refresh, sandbox, api }) => {
    const undo = onList(api, ({ page }) => {
      if (page === 1) sandbox.store.contacts.delete(idOf(2));
      return {};
    });
    expect(await refresh()).toEqual({ aside: expect.stringContaining('deleted while'), calls: 2 });
    undo();
    expect((await refresh(NOW + 1)).why).toContain('for the first time');
  }));

test('nor is one that was filled while as many were added as deleted', () =>
  mirrored({ contacts: 1200 }, async ({ refresh, sandbox, api }) => {
    const undo = onList(api, ({ page, sort }) => {
      if (page !== 1 || sort !== 'created_at') return {};
      sandbox.store.contacts.delete(idOf(2));
      sandbox.store.load([{ id: idOf(5000), created_at: iso(NOW + 1000) }]);
      return {};
    });
    expect(await refresh()).toEqual({ aside: expect.stringContaining('deleted while'), calls: 3 });
    undo();
    expect((await refresh(NOW + HOUR)).why).toContain('for the first time');
  }));
