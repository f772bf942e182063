import { expect, test } from '@jest/globals';
import { Gate } from '../../src/api/gate.js';

/** A gate, what it was closed for, and how to end all waits. */
function newGate() {
  const stop = new AbortController();
  const closures: number[] = [];
  return { gate: new Gate(stop.signal, (ms) => closures.push(ms)), closures, stop };
}

test('it is open until an answer says otherwise', async () => {
  const { gate, closures } = newGate();
  await gate.pass();
  gate.heed({});
  gate.heed({ limit: 100, remaining: 1, resetAt: Date.now() + 60_000 });
  gate.heed({ remaining: 0 });
  gate.heed({ remaining: 0, resetAt: Date.now() - 1 });
  await gate.pass();
  expect([closures, gate.waitedMs]).toEqual([[], 0]);
});

test('it closes once for all that wait, and counts the wait once', async () => {
  const { gate, closures } = newGate();
  const opensAt = Date.now() + 120;
  gate.heed({ remaining: 0, resetAt: opensAt });
  gate.heed({ remaining: 0, resetAt: opensAt });
  await Promise.all([gate.pass(), gate.pass(), gate.pass()]);
  expect(Date.now()).toBeGreaterThanOrEqual(opensAt);
  expect(closures).toHaveLength(1);
  expect(gate.waitedMs).toBeGreaterThan(60);
  expect(gate.waitedMs).toBeLessThanOrEqual(120);
});

test('a later word for a later time keeps it closed for longer, one for an earlier time does not open it', () => {
  const { gate } = newGate();
  const now = Date.now();
  gate.refuse({ retryAt: now + 60_000 });
  gate.refuse({ retryAt: now + 30_000 });
  gate.refuse({ retryAt: now + 90_000, resetAt: now + 500_000 });
  expect(Math.round(gate.waitedMs / 1000)).toBe(90);
});

test('refusals that name no time, or one that is past, are waited out longer and longer, from a second up', () => {
  const { gate, closures } = newGate();
  for (let refusals = 1; refusals <= 12; refusals++) gate.refuse(refusals % 2 ? {} : { retryAt: Date.now() - 5000 });
  expect(closures[0]).toBeGreaterThanOrEqual(1000);
  expect(closures[0]).toBeLessThanOrEqual(1500);
  expect(gate.waitedMs).toBeLessThanOrEqual(31_000);
});

test('a time beyond reason is taken for two hours', () => {
  const { gate } = newGate();
  gate.refuse({ retryAt: Date.now() + 365 * 86_400_000 });
  expect(gate.waitedMs).toBeLessThanOrEqual(2 * 60 * 60 * 1000);
});

test('an abort ends a wait at once, and lets nobody pass after it', async () => {
  const { gate, stop } = newGate();
  gate.refuse({ retryAt: Date.now() + 60_000 });
  const waiting = gate.pass();
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow();
  await expect(gate.pass()).rejects.toThrow('enough');
  await expect(newGate().gate.pass()).resolves.toBeUndefined();
});
