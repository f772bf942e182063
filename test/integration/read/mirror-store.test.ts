import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ClassicLevel } from 'classic-level';
import { seedContact } from '../../../src/sandbox/seed-contacts.js';
import { DAY, idOf, mirrored, NOW, onList, titleOf } from '../../support/mirror.js';

/** Files of the store whose names match, written over with something else. */
async function damage(dir: string, names: RegExp, change: (content: Buffer) => Buffer | string): Promise<void> {
  const files = (await readdir(dir)).filter((name) => names.test(name));
  expect(files).not.toEqual([]);
  for (const name of files) {
    const file = path.join(dir, name);
    await writeFile(file, change(await readFile(file)));
  }
}

/** Opens the store as if from outside. */
async function withStore(dir: string, use: (db: ClassicLevel) => Promise<void>): Promise<void> {
  const db = new ClassicLevel(dir);
  await use(db);
  await db.close();
}

const putFacts = (facts: string) => (dir: string) =>
  withStore(dir, (db) => db.sublevel('facts').put('meta', facts, { valueEncoding: 'utf8' }));

/** Brings what was written to where it is compressed, so that damage to it shows. */
const compact = (dir: string) => withStore(dir, (db) => db.compactRange('', '\uffff'));

describe('a mirror that cannot be read is deleted, told of once, and rebuilt:', () => {
  test.each<[string, (dir: string) => Promise<void>]>([
    ['CURRENT damaged', (dir) => damage(dir, /^CURRENT$/, () => 'nonsense')],
    ['MANIFEST damaged', (dir) => damage(dir, /^MANIFEST/, () => 'nonsense')],
    [
      'contacts damaged',
      async (dir) => {
        await compact(dir);
        await damage(dir, /\.ldb$/, (content) =>
          Buffer.from(content.map((byte, at) => (at % 7 === 0 ? byte ^ 0xff : byte))),
        );
      },
    ],
    ['files gone', (dir) => compact(dir).then(() => damage(dir, /\.ldb$/, () => ''))],
    ['facts that are no JSON', putFacts('{"version":')],
    ['facts of other types', putFacts('{"version":2,"half":"a","filledAt":"yesterday"}')],
    ['facts of another form', putFacts('{"filledAt":1,"watermark":2,"contacts":3}')],
    [
      'a file where it should be',
      async (dir) => {
        await rm(dir, { recursive: true });
        await writeFile(dir, 'a file');
      },
    ],
  ])('%s', (_, spoil) =>
    mirrored({ contacts: 600 }, async ({ refresh, sandbox, dir, warnings }) => {
      await refresh();
      await spoil(dir);
      sandbox.store.write(idOf(7), { title: 'Others’ edit' });
      const { why } = await refresh(NOW + 1, async (mirror) => {
        expect([await titleOf(mirror, 7), await titleOf(mirror, 8)]).toEqual(['Others’ edit', seedContact(8).title]);
      });
      expect(why).toContain('for the first time');
      expect(warnings).toEqual(['mirror_damaged']);
      expect((await refresh(NOW + 2)).why).toContain('refreshed by what changed');
      expect(warnings).toHaveLength(1);
    }),
  );

  test('one of an earlier version', () =>
    mirrored({ contacts: 3 }, async ({ refresh, dir }) => {
      await mkdir(dir);
      await withStore(dir, (db) => db.put('!meta', '{"filledAt":1}'));
      expect((await refresh()).why).toContain('for the first time');
      await withStore(dir, async (db) => expect(await db.get('!meta')).toBeUndefined());
    }));
});

describe('a mirror that breaks while it is in use', () => {
  test('is read past, and gone afterwards', () =>
    mirrored({ contacts: 3 }, async ({ refresh, dir, warnings }) => {
      await refresh();
      const value = JSON.stringify({ title: 'no contact' });
      await withStore(dir, (db) => db.sublevel('a').put(idOf(1), value, { valueEncoding: 'utf8' }));
      await refresh(NOW + 1, async (mirror) => {
        const asked: string[] = [];
        const read = (ids: readonly string[]) => {
          asked.push(...ids);
          return Promise.resolve(new Map(ids.map((id) => [id, { contact: { id } }])));
        };
        let closed = false;
        const close = () => Promise.resolve(void (closed = true));
        const reader = mirror.reader({ read, many: () => true, close });
        expect([...(await reader.read([idOf(0), idOf(1)])).keys()]).toEqual([idOf(0), idOf(1)]);
        expect([...(await reader.read([idOf(2)])).keys()]).toEqual([idOf(2)]);
        expect(asked).toEqual([idOf(0), idOf(1), idOf(2)]);
        // Nor do writes end in an error.
        await mirror.put(seedContact(1));
        await mirror.remove(idOf(1));
        await reader.close();
        expect(closed).toBe(true);
      });
      expect(warnings).toEqual(['mirror_damaged']);
      await expect(stat(dir)).rejects.toThrow('ENOENT');
    }));
});

describe('a mirror is left aside', () => {
  test('where another run has it open, which loses nothing by that', () =>
    mirrored({ contacts: 3 }, async ({ refresh, warnings }) => {
      await refresh(NOW, async (mirror) => {
        expect(await refresh(NOW)).toEqual({ aside: 'another run has it open', calls: 0 });
        expect(await titleOf(mirror, 1)).toBe(seedContact(1).title);
      });
      expect(warnings).toEqual([]);
      expect((await refresh(NOW + 1)).why).toContain('refreshed by what changed');
    }));

  test('where it cannot be kept', () =>
    mirrored({ contacts: 3 }, async ({ open, dir, sandbox }) => {
      await writeFile(dir, 'a file');
      const opened = await open(NOW, path.join(dir, 'mirror'));
      expect(opened).toEqual({ aside: expect.stringContaining('cannot be kept') });
      expect(sandbox.log.counts.list).toBe(0);
    }));

  test.each(['filterable', 'sortable'] as const)('without a call where updated_at is not %s', (property) =>
    mirrored({ contacts: 600 }, async ({ refresh, sandbox }) => {
      sandbox.store.schema.find(({ key }) => key === 'updated_at')![property] = false;
      expect(await refresh()).toEqual({ aside: expect.stringContaining('updated_at'), calls: 0 });
    }),
  );
});

describe('a fill that is stopped in the middle', () => {
  test.each([1, 2])('after %i pages leaves the mirror as it was', (pages) =>
    mirrored({ contacts: 1200 }, async ({ refresh, sandbox, api }) => {
      await refresh();
      sandbox.store.write(idOf(3), { title: 'Others’ edit' });
      let read = 0;
      const undo = onList(api, ({ sort }) => {
        if (sort === 'created_at' && ++read > pages) throw new Error('stopped');
        return {};
      });
      await expect(refresh(NOW + DAY)).rejects.toThrow('stopped');
      undo();
      // A shorter way than a clock that was put back: as old as it may be.
      const { why } = await refresh(NOW + DAY - 1, async (mirror) => {
        expect(await titleOf(mirror, 3)).toBe('Others’ edit');
        expect(await titleOf(mirror, 1100)).toBe(seedContact(1100).title);
      });
      expect(why).toContain('refreshed by what changed');
      expect((await refresh(NOW + DAY)).why).toContain('too old');
    }),
  );

  test('for the first time starts over', () =>
    mirrored({ contacts: 1200 }, async ({ refresh, api }) => {
      const undo = onList(api, ({ page }) => {
        if (page === 3) throw new Error('stopped');
        return {};
      });
      await expect(refresh()).rejects.toThrow('stopped');
      undo();
      expect(await refresh(NOW + 1)).toEqual({ why: expect.stringContaining('for the first time'), calls: 4 });
    }));
});
