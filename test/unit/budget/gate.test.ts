import { describe, expect, test } from '@jest/globals';
import { Gate, type Budget } from '../../../src/core/budget/gate.js';
import type { OnEvent } from '../../../src/core/model/events.js';
import { BUDGET } from '../../support/api.js';
import { LeapingClock } from '../../support/clock.js';

const NOW = Date.UTC(2026, 0, 1);

/** A gate on a clock of its own, which starts at NOW, and how to end all waits. */
function newGate(budget: Partial<Budget> = {}, probe: () => Promise<boolean> = () => Promise.resolve(true)) {
  const [stop, clock] = [new AbortController(), new LeapingClock(NOW)];
  const waits: number[] = [];
  const onEvent: OnEvent = (event) => void (event.type === 'waited' && waits.push(event.ms));
  return { gate: new Gate({ ...BUDGET, ...budget }, { stop, onEvent, probe, clock }), stop, waits };
}

/** Makes calls that end at once. */
async function answer(gate: Gate, times: number, word = {}): Promise<void> {
  for (let call = 0; call < times; call++) gate.end(await gate.pass(), { kind: 'answered', word });
}

test('it is open until an answer says otherwise, and for as many at a time as may be', async () => {
  const { gate, waits } = newGate({ concurrency: 2 });
  const begun = [await gate.pass(), await gate.pass()];
  let third = false;
  const waiting = gate.pass().then((at) => ((third = true), at));
  await Promise.resolve();
  expect(third).toBe(false);
  gate.end(begun[0]!, { kind: 'answered', word: {} });
  await waiting;
  expect(waits).toEqual([]);
});

test('a 429 closes it once for all that wait, and the wait is counted once', async () => {
  const { gate, waits } = newGate();
  const opensAt = NOW + 150;
  gate.end(await gate.pass(), { kind: 'refused', word: { retryAt: opensAt } });
  const ends = [gate.pass(), gate.pass()];
  const first = await ends[0]!;
  expect(first).toBeGreaterThanOrEqual(opensAt);
  gate.end(first, { kind: 'answered', word: {} });
  await ends[1];
  expect(waits).toEqual([first - NOW]);
});

test('an abort ends a wait at once, and lets nobody pass after it', async () => {
  const { gate, stop } = newGate();
  gate.end(await gate.pass(), { kind: 'refused', word: { retryAt: NOW + 60_000 } });
  const waiting = gate.pass();
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(gate.pass()).rejects.toThrow('enough');
});

describe('it stops the run cleanly,', () => {
  test('after --max-requests calls', async () => {
    const { gate, stop } = newGate({ maxRequests: 3 });
    await answer(gate, 3);
    await expect(gate.pass()).rejects.toMatchObject({
      ...{ code: 'max_requests', kind: 'stopped', facts: { limit: 3 } },
    });
    expect(stop.signal.aborted).toBe(true);
  });

  test('at the deadline, and at once where the allowance opens again only after it', async () => {
    const late = newGate({ deadline: { at: NOW - 1, reason: { limit: 'stop_at', time: '05:00' } } });
    await expect(late.gate.pass()).rejects.toMatchObject({
      ...{ code: 'deadline', kind: 'stopped', facts: { limit: 'stop_at', time: '05:00' } },
    });
    const { gate } = newGate({ deadline: { at: NOW + 60_000, reason: { limit: 'max_duration' } } });
    gate.end(await gate.pass(), { kind: 'refused', word: { retryAt: NOW + 3_600_000 } });
    await expect(gate.pass()).rejects.toMatchObject({
      ...{ code: 'deadline_before_allowance', kind: 'stopped', facts: { limit: 'max_duration' } },
    });
  });

  test('when the API has not answered for --outage-limit', async () => {
    let asked = 0;
    const { gate } = newGate({ outageLimit: 1 }, () => Promise.resolve(++asked > 100));
    await answer(gate, 1);
    for (let call = 0; call < 5; call++) gate.end(await gate.pass(), { kind: 'lost' });
    await expect(gate.pass()).rejects.toMatchObject({
      ...{ code: 'outage', kind: 'stopped' },
    });
    expect(asked).toBe(1);
  });
});

test('an API that answers questions but no calls is down all the same', async () => {
  const { gate } = newGate({ outageLimit: 1500 });
  await answer(gate, 1);
  const calls = async (): Promise<number> => {
    for (let tries = 0; ; tries++) {
      try {
        gate.end(await gate.pass(), { kind: 'failed', word: {} });
      } catch (error) {
        expect(error).toMatchObject({ code: 'outage', kind: 'stopped' });
        return tries;
      }
    }
  };
  const tried = await Promise.all([calls(), calls(), calls()]);
  expect(tried.reduce((sum, tries) => sum + tries, 0)).toBeLessThanOrEqual(8);
});

test('in an outage nothing passes but a question, and its answer lets one call try', async () => {
  let asked = 0;
  const { gate } = newGate({}, () => Promise.resolve(++asked > 0));
  await answer(gate, 1);
  for (let call = 0; call < 5; call++) gate.end(await gate.pass(), { kind: 'failed', word: {} });
  await gate.pass();
  expect([asked, gate.isOutage]).toEqual([1, false]);
});

test('an API that never answered is no outage to wait for', async () => {
  const { gate } = newGate();
  for (let call = 0; call < 20; call++) gate.end(await gate.pass(), { kind: 'lost' });
  expect(gate.isOutage).toBe(false);
});

test('a call that waits too long is told so, and costs nothing', async () => {
  const { gate } = newGate({ maxRequests: 2 });
  const opensAt = NOW + 100;
  gate.end(await gate.pass(), { kind: 'refused', word: { retryAt: opensAt } });
  const late = gate.pass(false, opensAt - 50);
  const inTime = gate.pass(false, opensAt + 60_000);
  expect(await late).toBe('late');
  expect(await inTime).toBeGreaterThanOrEqual(opensAt);
});

test('a 429 is an answer: the wait that it names is no silence of an API that was down', async () => {
  const { gate } = newGate({ outageLimit: 1100 });
  await answer(gate, 1);
  for (let call = 0; call < 5; call++) gate.end(await gate.pass(), { kind: 'lost' });
  const opensAt = NOW + 1500;
  gate.end(await gate.pass(), { kind: 'refused', word: { retryAt: opensAt } });
  expect(await gate.pass()).toBeGreaterThanOrEqual(opensAt);
});
