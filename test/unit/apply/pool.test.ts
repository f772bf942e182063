import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Pool } from '../../../src/core/apply/pool.js';

/** Lets everything go on that can go on without a task ending. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Tasks that end when the test says so. */
class Tasks {
  readonly running = new Map<number, { lane: string; end: () => void; fail: (error: Error) => void }>();
  readonly begun: number[] = [];
  mostRunning = 0;
  #next = 0;

  /** A task of a lane, numbered from 0 in the order in which they were made. */
  make(lane: string): () => Promise<void> {
    const id = this.#next++;
    return () =>
      new Promise<void>((resolve, reject) => {
        expect([...this.running.values()].map((task) => task.lane)).not.toContain(lane);
        this.begun.push(id);
        const leave = <A extends unknown[]>(then: (...args: A) => void) => {
          return (...args: A) => {
            this.running.delete(id);
            then(...args);
          };
        };
        this.running.set(id, { lane, end: leave(resolve), fail: leave(reject) });
        this.mostRunning = Math.max(this.mostRunning, this.running.size);
      });
  }

  /** Ends the running task that is `pick`-th of all, and lets the others go on. */
  async endOne(pick = 0): Promise<void> {
    const all = [...this.running.values()];
    all[pick % all.length]?.end();
    await settle();
  }
}

test('never more run than there are places, never two of a lane, each lane in order, and all of them run', () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 40 }),
      fc.infiniteStream(fc.nat(10)),
      async (concurrency, lanes, picks) => {
        const pool = new Pool(concurrency);
        const tasks = new Tasks();
        let over = false;
        const feeding = (async () => {
          for (const lane of lanes) await pool.add(lane, tasks.make(lane));
          await pool.drain();
          over = true;
        })();
        await settle();
        while (!over) {
          expect(tasks.running.size).toBeGreaterThan(0);
          await tasks.endOne(Number(picks.next().value));
        }
        await feeding;
        expect(tasks.mostRunning).toBeLessThanOrEqual(concurrency);
        expect([...tasks.begun].sort((a, b) => a - b)).toEqual(lanes.map((_, id) => id));
        for (const lane of new Set(lanes)) {
          const ofLane = tasks.begun.filter((id) => lanes[id] === lane);
          expect(ofLane).toEqual([...ofLane].sort((a, b) => a - b));
        }
      },
    ),
    { numRuns: 60 },
  ));

test('all places are used where lanes differ', async () => {
  const pool = new Pool(3);
  const tasks = new Tasks();
  for (let i = 0; i < 5; i++) await pool.add(String(i), tasks.make(String(i)));
  await settle();
  expect(tasks.begun).toEqual([0, 1, 2]);
  await tasks.endOne(1);
  expect(tasks.begun).toEqual([0, 1, 2, 3]);
  while (tasks.running.size > 0) await tasks.endOne();
  await pool.drain();
});

test('tasks that wait for their lane take no place from others', async () => {
  const pool = new Pool(2);
  const tasks = new Tasks();
  for (const lane of ['a', 'a', 'a', 'b']) await pool.add(lane, tasks.make(lane));
  await settle();
  expect(tasks.begun).toEqual([0, 3]);
  while (tasks.running.size > 0) await tasks.endOne();
  expect(tasks.begun).toEqual([0, 3, 1, 2]);
  await pool.drain();
});

test('no more tasks are taken than can soon run: adding waits, however many there are', async () => {
  const pool = new Pool(2);
  const tasks = new Tasks();
  let taken = 0;
  const feeding = (async () => {
    for (; taken < 100; taken++) await pool.add(String(taken), tasks.make(String(taken)));
  })();
  await settle();
  const bound = taken;
  expect(bound).toBeGreaterThanOrEqual(2);
  expect(bound).toBeLessThanOrEqual(10);
  await tasks.endOne();
  expect(taken).toBe(bound + 1);
  while (tasks.running.size > 0) await tasks.endOne();
  await feeding;
  await pool.drain();
  expect(tasks.begun).toHaveLength(100);
});

test('after the first failure nothing new runs, what is running ends, and adding and draining throw it', async () => {
  const pool = new Pool(2);
  const tasks = new Tasks();
  for (const lane of ['a', 'b', 'b', 'c']) await pool.add(lane, tasks.make(lane));
  await settle();
  const draining = pool.drain();
  let over = false;
  draining.catch(() => (over = true));
  tasks.running.get(0)!.fail(new Error('the first'));
  await settle();
  await expect(pool.add('d', tasks.make('d'))).rejects.toThrow('the first');
  expect([over, [...tasks.running.keys()]]).toEqual([false, [1]]);
  tasks.running.get(1)!.fail(new Error('the second'));
  await expect(draining).rejects.toThrow('the first');
  await pool.idle();
  expect(tasks.begun).toEqual([0, 1]);
});

test('a failure wakes the one that waits to add', async () => {
  const pool = new Pool(1);
  const tasks = new Tasks();
  const feeding = (async () => {
    for (let i = 0; i < 100; i++) await pool.add(String(i), tasks.make(String(i)));
  })();
  await settle();
  tasks.running.get(0)!.fail(new Error('enough'));
  await expect(feeding).rejects.toThrow('enough');
  await pool.idle();
  expect(tasks.begun).toEqual([0]);
});

test('a pool that was given nothing is done', async () => {
  const pool = new Pool(1);
  await pool.drain();
  await pool.idle();
});
