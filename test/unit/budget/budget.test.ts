import { describe, expect, test } from '@jest/globals';
import type { CallEnd, Slot } from '../../../src/core/budget/budget.js';
import { newBudget, type BudgetOptions } from '../../../src/core/budget/new-budget.js';
import type { OnEvent } from '../../../src/core/model/events.js';
import { BUDGET } from '../../support/api.js';
import { LeapingClock } from '../../support/clock.js';

const NOW = Date.UTC(2026, 0, 1);
const ANSWERED: CallEnd = { kind: 'answered', info: {} };

/** A run's budget on a clock of its own, which starts at NOW, and how to end all waits. */
function newTest(options: Partial<BudgetOptions> = {}, probe: () => Promise<boolean> = () => Promise.resolve(true)) {
  const [stop, clock] = [new AbortController(), new LeapingClock(NOW)];
  const waits: number[] = [];
  const onEvent: OnEvent = (event) => void (event.type === 'waited' && waits.push(event.ms));
  const budget = newBudget({ ...BUDGET, ...options }, { onEvent, probe, clock });
  const acquire = (until: number) => budget.acquire({ kind: 'patch', until, signal: stop.signal });
  const pass = (): Promise<Slot> => acquire(Infinity).then(slotOf);
  return { acquire, pass, stop, waits, clock, startsAt: clock.monotonic() };
}

function slotOf(got: Slot | 'late'): Slot {
  if (got === 'late') throw new Error('the call is late');
  return got;
}

/** Makes calls one after another that all end in one way. */
async function make(pass: () => Promise<Slot>, times: number, how: CallEnd = ANSWERED): Promise<void> {
  for (let call = 0; call < times; call++) (await pass()).end(how);
}

/** Lets everything happen that needs no time to pass. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

test('it is open until an answer says otherwise, and for as many at a time as may be', async () => {
  const { pass, waits } = newTest({ concurrency: 2 });
  const slots = [await pass(), await pass()];
  let third = false;
  const waiting = pass().then((slot) => ((third = true), slot));
  await settle();
  expect(third).toBe(false);
  slots[0]!.end(ANSWERED);
  await waiting;
  expect(waits).toEqual([]);
});

test('a 429 closes it once for all that wait, and the wait is counted once', async () => {
  const { pass, waits, startsAt } = newTest();
  (await pass()).end({ kind: 'refused', info: { retryMs: 150 } });
  const slots = [pass(), pass()];
  const first = await slots[0]!;
  expect(first.startedAt).toBeGreaterThanOrEqual(startsAt + 150);
  first.end(ANSWERED);
  await slots[1];
  expect(waits).toEqual([first.startedAt - startsAt]);
});

test('an abort ends a wait at once, and lets nobody pass after it', async () => {
  const { pass, stop } = newTest();
  (await pass()).end({ kind: 'refused', info: { retryMs: 60_000 } });
  const waiting = pass();
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(pass()).rejects.toThrow('enough');
});

describe('it stops the run cleanly,', () => {
  test('after --max-requests calls', async () => {
    const { pass } = newTest({ maxRequests: 3 });
    await make(pass, 3);
    await expect(pass()).rejects.toMatchObject({
      ...{ code: 'max_requests', kind: 'stopped', facts: { limit: 3 } },
    });
  });

  test('at the deadline, and at once where the allowance opens again only after it', async () => {
    const late = newTest({ deadlines: [{ at: NOW - 1, reason: { limit: 'stop_at', time: '05:00' } }] });
    await expect(late.pass()).rejects.toMatchObject({
      ...{ code: 'deadline', kind: 'stopped', facts: { limit: 'stop_at', time: '05:00' } },
    });
    const { startsAt } = late;
    const { pass } = newTest({ deadlines: [{ at: startsAt + 60_000, reason: { limit: 'max_duration' } }] });
    (await pass()).end({ kind: 'refused', info: { retryMs: 3_600_000 } });
    await expect(pass()).rejects.toMatchObject({
      ...{ code: 'deadline_before_allowance', kind: 'stopped', facts: { limit: 'max_duration' } },
    });
  });

  test('when the API has not answered for --outage-limit', async () => {
    let asked = 0;
    const { pass } = newTest({ outageLimit: 1 }, () => Promise.resolve(++asked > 100));
    await make(pass, 1);
    await make(pass, 5, { kind: 'lost' });
    await expect(pass()).rejects.toMatchObject({
      ...{ code: 'outage', kind: 'stopped' },
    });
    expect(asked).toBe(1);
  });
});

test('an API that answers questions but no calls is down all the same', async () => {
  const { pass } = newTest({ outageLimit: 1500 });
  await make(pass, 1);
  const calls = async (): Promise<number> => {
    for (let tries = 0; ; tries++) {
      try {
        await make(pass, 1, { kind: 'failed', info: {} });
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
  const { pass } = newTest({}, () => Promise.resolve(++asked > 0));
  await make(pass, 1);
  await make(pass, 5, { kind: 'failed', info: {} });
  const slot = await pass();
  expect([asked, slot.end({ kind: 'unused' })]).toEqual([1, undefined]);
});

test('an API that never answered is no outage to wait for', async () => {
  const { pass } = newTest();
  for (let call = 0; call < 20; call++) expect((await pass()).end({ kind: 'lost' })).toBeUndefined();
});

test('a call that waits too long is told so, and costs nothing', async () => {
  const { acquire, pass, startsAt } = newTest({ maxRequests: 2 });
  (await pass()).end({ kind: 'refused', info: { retryMs: 100 } });
  const late = acquire(NOW + 50);
  const inTime = acquire(NOW + 60_100);
  expect(await late).toBe('late');
  expect(slotOf(await inTime).startedAt).toBeGreaterThanOrEqual(startsAt + 100);
});

test('a 429 is an answer: the wait that it names is no silence of an API that was down', async () => {
  const { pass, startsAt } = newTest({ outageLimit: 1100 });
  await make(pass, 1);
  await make(pass, 5, { kind: 'lost' });
  const asks = await pass();
  const opensAt = startsAt + 1500;
  asks.end({ kind: 'refused', info: { retryMs: opensAt - asks.startedAt } });
  expect((await pass()).startedAt).toBeGreaterThanOrEqual(opensAt);
});
