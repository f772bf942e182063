import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { seedContact } from '../../../src/sandbox/seed-contacts.js';
import { signal, stopAt, withGate, type Meet, type Passing } from '../../support/gate.js';
import { csv, requestCount, world, type Run } from '../../support/world.js';

const ROWS = 2100;
/** List calls that so many rows take. */
const CALLS = 5;
const CONTACTS = { contacts: ROWS };
/**
 * The schema, which is asked for first, is a slow one, milliseconds: a list call that a busy machine holds up is then no
 * sign of strain, and the pace lets all of --concurrency begin.
 */
const SCHEMA_MS = 800;
const EDITS = csv(
  ['contact_id', 'title'],
  Array.from({ length: ROWS }, (_, at) => [seedContact(at).id, at % 500 === 499 ? `New ${at}` : seedContact(at).title]),
);
const PLAN = ['plan', 'edits.csv', '--concurrency', '4', '--reads', 'ids'];

/** Every row stands where it does in the file, and was held against its own contact. */
function expectPlanned({ code, plan }: Run): void {
  expect(code).toBe(0);
  const expected = Array.from({ length: ROWS }, (_, at) => [at + 1, at % 500 === 499 ? 'planned' : 'unchanged']);
  expect(plan.map(({ row, status }) => [row, status])).toEqual(expected);
}

/** Holds list calls back until the fourth one beside the first is there, and counts those that are. */
function untilFourAreHeld(): { meet: Meet; held: { now: number; most: number; first: number } } {
  const held = { now: 0, most: 0, first: 0 };
  const four = signal();
  const meet = async ({ kind, nth }: Passing): Promise<void> => {
    if (kind !== 'list') return setTimeout(SCHEMA_MS);
    held.most = Math.max(held.most, ++held.now);
    if (nth === 1) held.first = held.now;
    if (held.now === 4) four.give();
    if (nth > 1) await four.promise;
    held.now--;
  };
  return { meet, held };
}

describe('while rows are planned by ids,', () => {
  test(
    'as many list calls are in flight as --concurrency allows, once the first has shown that the filter works',
    world(CONTACTS, async (given) => {
      await given.write('edits.csv', EDITS);
      const { meet, held } = untilFourAreHeld();
      await withGate(given, meet, async () => expectPlanned(await given.cli(...PLAN)));
      expect(held).toEqual({ now: 0, most: 4, first: 1 });
      expect(given.sandbox.log.counts).toMatchObject({ list: CALLS, get: 0 });
    }),
  );

  test(
    '--max-requests holds for calls that are started early, and no call is made twice',
    world(CONTACTS, async ({ write, cli, sandbox }) => {
      await write('edits.csv', EDITS);
      const tooFew = await cli(...PLAN, '--max-requests', String(CALLS));
      expect([tooFew.code, requestCount(sandbox), tooFew.summary.calls.total]).toEqual([4, CALLS, CALLS]);
      // The schema is a call as well.
      const enough = await cli(...PLAN, '--max-requests', String(CALLS + 1));
      expectPlanned(enough);
      expect(enough.summary.calls.total).toBe(CALLS + 1);
    }),
  );

  test(
    'a run that is stopped counts the calls that it had started early',
    world(CONTACTS, async (given) => {
      await given.write('edits.csv', EDITS);
      await stopAt(given, ({ kind, nth }) => kind === 'list' && nth === 3, ...PLAN);
      const { summary } = await given.cli('runs');
      expect(summary.calls.total).toBe(requestCount(given.sandbox));
      expect(summary.calls.total).toBeGreaterThan(3);
    }),
  );

  test(
    'calls that fail beside others are made again one by one',
    world(CONTACTS, async (given) => {
      await given.write('edits.csv', EDITS);
      const meet: Meet = async ({ kind, nth }) => {
        if (kind !== 'list') return setTimeout(SCHEMA_MS);
        if (nth === 1 || nth > 5) return;
        return { status: 422, body: '{"error": {"message": "too many filters at a time"}}' };
      };
      await withGate(given, meet, async () => expectPlanned(await given.cli(...PLAN)));
      expect(given.sandbox.log.mostInFlight).toBe(1);
      expect(given.sandbox.log.counts).toMatchObject({ list: CALLS, get: 0 });
    }),
  );
});
