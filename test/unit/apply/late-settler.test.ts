import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { LateSettler, type OpenRow } from '../../../src/core/apply/late-settler.js';
import { MACHINE_CLOCK } from '../../../src/core/model/clock.js';
import type { Entry, Found } from '../../../src/core/read/reader.js';

const TIMEOUT = 30_000;
let now = 0;
beforeEach(() => {
  now = 1_000_000;
  jest.spyOn(MACHINE_CLOCK, 'monotonic').mockImplementation(() => now);
});
afterEach(() => void jest.restoreAllMocks());

const row = (id: string, values?: Found): OpenRow => ({
  line: { row: 1, line: 2, contact_id: id, status: 'planned', changes: { title: { from: 'Old', to: 'New' } } },
  sent: { outcome: { status: 'failed' } },
  values,
});
const entry = (id: string): Entry => ({ contact: { id, title: `as of ${now}` } });

/** A settler whose clock goes on when it waits, and what it did. */
function settling() {
  const reads: string[][] = [];
  const concluded: string[] = [];
  const waits: number[] = [];
  const open = new Map<string, number>();
  const settler = new LateSettler({
    session: {
      options: { timeout: TIMEOUT } as never,
      outlast: async (time) => {
        await Promise.resolve();
        if (now >= time + TIMEOUT) return;
        waits.push(time);
        now = time + TIMEOUT;
      },
    },
    read: (ids) => {
      reads.push([...ids]);
      return Promise.resolve(new Map(ids.map((id) => [id, entry(id)])));
    },
    conclude: ({ line }, found) => {
      const id = line.contact_id!;
      expect(found).toEqual(entry(id));
      expect(now).toBeGreaterThanOrEqual(open.get(id)! + TIMEOUT);
      concluded.push(id);
      return Promise.resolve();
    },
  });
  const add = (id: string, lostAt: number): void => {
    open.set(id, lostAt);
    settler.add(id, row(id), lostAt);
  };
  return { settler, add, reads, concluded, waits };
}

describe('rows whose request was never answered', () => {
  test('are settled 500 a call, once the last of these is over', async () => {
    const { settler, add, reads, concluded, waits } = settling();
    for (let at = 0; at < 600; at++) add(`c${at}`, now + at);
    const began = now;
    await settler.settleAll();
    expect(reads.map((ids) => ids.length)).toEqual([500, 100]);
    expect(waits).toEqual([began + 499, began + 599]);
    expect(concluded).toEqual(Array.from({ length: 600 }, (_, at) => `c${at}`));
    await settler.settleAll();
    expect(reads).toHaveLength(2);
  });

  test('are as many as one call reads when no more are to be begun', async () => {
    const { settler, add, concluded } = settling();
    for (let at = 0; at < 520; at++) {
      expect(settler.isFull).toBe(at >= 500);
      add(`c${at}`, now);
    }
    await settler.settleSome();
    expect([settler.isFull, concluded.length]).toEqual([false, 500]);
  });

  test('are none where there are none: nothing is read', async () => {
    const { settler, reads, waits } = settling();
    await settler.settleSome();
    await settler.clear('a', undefined);
    expect([reads, waits]).toEqual([[], []]);
  });
});

describe('a later row of the same contact', () => {
  test('waits until the one before it is settled, along with those that are over by then, and is given what was read', async () => {
    const { settler, add, reads, concluded } = settling();
    add('over', now - TIMEOUT);
    add('mine', now);
    add('not yet', now + 1);
    const values: Found = new Map();
    await settler.clear('mine', values);
    expect(reads).toEqual([['over', 'mine']]);
    expect(concluded).toEqual(['over', 'mine']);
    expect(values).toEqual(new Map([['mine', entry('mine')]]));
  });

  test('shares the call with another that waits at the same time', async () => {
    const { settler, add, reads, concluded } = settling();
    add('a', now);
    add('b', now);
    await Promise.all([settler.clear('a', undefined), settler.clear('b', undefined), settler.settleAll()]);
    expect([reads, concluded]).toEqual([[['a', 'b']], ['a', 'b']]);
  });

  test('waits, and reads nothing, where only a request before the answered one was lost', async () => {
    const { settler, reads, waits } = settling();
    settler.note('a', now);
    settler.note('a', now + 5);
    await settler.clear('b', undefined);
    expect(waits).toEqual([]);
    const lost = now + 5;
    await settler.clear('a', undefined);
    expect([waits, reads]).toEqual([[lost], []]);
  });
});

test('a stop leaves the rows that wait as they are', async () => {
  const settler = new LateSettler({
    session: { options: { timeout: TIMEOUT } as never, outlast: () => Promise.reject(new Error('stopped')) },
    read: () => Promise.reject(new Error('never asked')),
    conclude: () => Promise.reject(new Error('never concluded')),
  });
  settler.add('a', row('a'), now);
  await expect(settler.clear('a', undefined)).rejects.toThrow('stopped');
  await expect(settler.settleAll()).rejects.toThrow('stopped');
});

test('in any order each row is settled once, and before the next one of its contact is begun', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(TIMEOUT), fc.boolean()), { maxLength: 30 }),
      async (rows) => {
        const { settler, add, concluded } = settling();
        const added: string[] = [];
        const countOf = (ids: readonly string[], id: string) => ids.filter((other) => other === id).length;
        const lost = new Map<string, number>();
        for (const [id, ago, wasAnswered] of rows) {
          await settler.clear(id, undefined);
          expect(now).toBeGreaterThanOrEqual((lost.get(id) ?? -Infinity) + TIMEOUT);
          expect(countOf(concluded, id)).toBe(countOf(added, id));
          lost.set(id, now - ago);
          if (wasAnswered) settler.note(id, now - ago);
          else {
            add(id, now - ago);
            added.push(id);
          }
        }
        await settler.settleAll();
        expect([...concluded].sort()).toEqual(added.sort());
      },
    ),
  ));
