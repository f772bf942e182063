import { describe, expect, test } from '@jest/globals';
import type { Budget, CallEnd } from '../../../src/core/budget/budget.js';
import { withOutage } from '../../../src/core/budget/with-outage.js';
import type { SyncEvent } from '../../../src/core/model/events.js';
import { LeapingClock } from '../../support/clock.js';
import { heldBudget, settle, slotOf } from './held-budget.js';

const NOON = Date.UTC(2026, 5, 1, 12);
const DAY_MS = 86_400_000;
const ANSWERED: CallEnd = { kind: 'answered', info: {} };
const LOST: CallEnd = { kind: 'lost' };

/** Outages around a budget that lets everything pass at once. @param probe whether the API answers, question by question */
function newTest({ outageLimit = 60_000, probe }: { outageLimit?: number; probe: (asked: number) => boolean }) {
  const clock = new LeapingClock(NOON);
  const events: SyncEvent[] = [];
  const held = heldBudget(clock);
  const inner: Budget = {
    acquire(call) {
      const slot = held.acquire(call);
      held.admit();
      return slot;
    },
    estimate: (calls) => held.estimate(calls),
  };
  const given = { clock, events, held, asked: 0 };
  const deps = { outageLimit, clock, onEvent: (event: SyncEvent) => void events.push(event) };
  const ask = () => Promise.resolve(probe(++given.asked));
  const budget = withOutage(inner, { ...deps, probe: ask });
  const heldBack = withOutage(held, { ...deps, probe: ask });
  const { signal } = new AbortController();
  const pass = async (given = signal) => slotOf(await budget.acquire({ kind: 'patch', signal: given }));
  return Object.assign(given, { budget, heldBack, pass, signal });
}

/** Makes calls one after another, the first of which is answered. @returns what the budget says of each */
async function fail({ pass }: Pick<ReturnType<typeof newTest>, 'pass'>, times: number, how = LOST) {
  (await pass()).end(ANSWERED);
  const said: ('outage' | undefined)[] = [];
  for (let call = 0; call < times; call++) said.push((await pass()).end(how));
  return said;
}

describe('an outage', () => {
  test('lets nothing pass but a question, and its answer lets one call at a time try', async () => {
    const given = newTest({ probe: () => true });
    await fail(given, 5, { kind: 'failed', info: {} });
    const [first, second] = [given.pass(), given.pass()];
    let isSecond = false;
    void second.then(() => (isSecond = true));
    const tried = await first;
    await settle();
    expect([given.asked, isSecond, given.clock.waited]).toEqual([1, false, 1000]);
    expect(tried.end(ANSWERED)).toBeUndefined();
    await second;
    expect(given.events).toEqual([
      { type: 'waiting', for: 'outage', ms: 1000 },
      { type: 'info', code: 'api_back', facts: {} },
    ]);
  });

  test('is said of a failure only where the API was asked and did not answer: otherwise it is held against the call', async () => {
    const given = newTest({ probe: (asked) => asked > 1 });
    const inFlight = await given.pass();
    expect(await fail(given, 5)).toEqual([undefined, undefined, undefined, undefined, undefined]);
    const waiting = given.pass();
    while (given.asked === 0) await new Promise((resolve) => setImmediate(resolve));
    await settle();
    expect(inFlight.end(LOST)).toBe('outage');
    const tried = await waiting;
    expect(given.asked).toBe(2);
    // The API answered when it was asked: the one that is tried fails for reasons of its own, or it would be tried for ever.
    expect(tried.end(LOST)).toBeUndefined();
  });

  test('holds back calls that wait for their turn when it begins', async () => {
    const given = newTest({ probe: () => true });
    const { held, heldBack, signal, events } = given;
    const acquire = () => heldBack.acquire({ kind: 'patch', signal });
    const inFlight = [acquire(), acquire(), acquire(), acquire(), acquire(), acquire()];
    let begun = false;
    void acquire().then(() => (begun = true));
    await settle();
    for (let call = 0; call < 6; call++) held.admit();
    const slots = (await Promise.all(inFlight)).map(slotOf);
    slots.shift()!.end(ANSWERED);
    for (const slot of slots) slot.end(LOST);
    held.admit();
    await settle();
    expect([begun, held.ended.at(-1)]).toEqual([false, 'unused']);
    while (held.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    held.admit();
    await settle();
    expect([begun, events.length]).toEqual([true, 2]);
  });

  test('ends the run after --outage-limit, having asked now and then', async () => {
    const given = newTest({ probe: () => false });
    await fail(given, 5);
    await expect(given.pass()).rejects.toMatchObject({ code: 'outage', kind: 'stopped', facts: { seconds: 60 } });
    // After 1, 3, 7, 15, 31 seconds, and at the limit.
    expect([given.clock.waited, given.asked]).toEqual([60_000, 6]);
  });

  test('is over when a call in flight is answered, and those that wait go on at once', async () => {
    const given = newTest({ probe: () => false });
    const inFlight = await given.pass();
    await fail(given, 5);
    const waiting = [given.pass(), given.pass()];
    await settle();
    inFlight.end(ANSWERED);
    await Promise.all(waiting);
    expect([given.asked, given.clock.waited, given.clock.pending]).toEqual([0, 0, 0]);
  });

  test('ends for a call that is given up, and asks nothing when nobody waits', async () => {
    const given = newTest({ probe: () => false });
    await fail(given, 5);
    const giveUp = new AbortController();
    const waiting = given.pass(giveUp.signal);
    await settle();
    giveUp.abort(new Error('never mind'));
    await expect(waiting).rejects.toThrow('never mind');
    expect([given.asked, given.clock.pending]).toEqual([0, 0]);
  });

  test('tries another call where the one to be tried is not sent', async () => {
    const given = newTest({ probe: () => true });
    await fail(given, 5);
    (await given.pass()).end({ kind: 'unused' });
    (await given.pass()).end(ANSWERED);
    expect(given.asked).toBe(1);
  });

  test.each([DAY_MS, -DAY_MS])('takes no notice of a wall clock that is set by %d ms', async (step) => {
    const given = newTest({ probe: () => false });
    await fail(given, 5);
    const refused = expect(given.pass()).rejects.toMatchObject({ code: 'outage', facts: { seconds: 60 } });
    given.clock.step(step);
    await refused;
    expect([given.clock.waited, given.asked]).toEqual([60_000, 6]);
  });
});

test('an API that never answered is no outage to wait for, and a 429 is an answer', async () => {
  const given = newTest({ probe: () => false });
  for (let call = 0; call < 20; call++) (await given.pass()).end(LOST);
  (await given.pass()).end({ kind: 'refused', info: {} });
  for (let call = 0; call < 5; call++) (await given.pass()).end(LOST);
  await expect(given.pass()).rejects.toMatchObject({ code: 'outage' });
});
