import { expect, test } from '@jest/globals';
import { decide } from '../../../src/core/apply/decide.js';
import type { RowSender, RowToSend } from '../../../src/core/apply/send-row.js';
import { CONTACT_FIELDS } from '../../../src/core/contacts/fields.js';
import type { PlanLine } from '../../../src/core/model/plan-line.js';
import type { Session } from '../../../src/core/run/session.js';

const ID = '0a000000-0000-4000-8000-000000000001';
const LINE: PlanLine = {
  ...{ row: 1, line: 2, contact_id: ID, status: 'planned' },
  changes: { title: { from: 'Old', to: 'New' } },
};

/** Decides upon a row whose every call is late for as long as it may be. @param live the title, reading by reading */
async function decideLate(live: readonly string[], attempts = 0, lostAt?: number) {
  let readings = 0;
  const getContact = () => {
    const title = live[Math.min(readings++, live.length - 1)];
    return Promise.resolve({ kind: 'ok', value: { id: ID, title }, status: 200, attempts: 1 });
  };
  const fieldByKey = (key: string) => CONTACT_FIELDS.find((field) => field.key === key)!;
  const outlasted: number[] = [];
  const vocabulary = { fieldByKey, has: () => true, learnTypes: () => Promise.resolve() };
  const session = {
    ...{ api: { getContact }, options: { planMaxAge: 1 }, vocabulary },
    outlast: (time: number) => Promise.resolve(void outlasted.push(time)),
  };
  const sender = {
    send: ({ until }: RowToSend) =>
      until < Infinity
        ? Promise.resolve({ kind: 'late', earlier: { attempts, retried: 0, lostAt } })
        : Promise.resolve({ outcome: { status: 'updated', attempts: 1 } }),
    updated: () => ({ outcome: { status: 'updated' } }),
  };
  const deps = { session: session as unknown as Session, sender: sender as unknown as RowSender };
  const { outcome, contact } = await decide(LINE, { values: undefined, readAt: Date.now() }, deps);
  // Later rows for the contact are held against what was read last.
  expect(contact?.title).toBe(live[Math.min(readings, live.length) - 1]);
  // What is read while a request may still be carried out says nothing.
  expect(outlasted).toEqual(lostAt === undefined ? [] : Array<number>(readings).fill(lostAt));
  return { status: outcome.status, attempts: outcome.attempts, readings };
}

test('what waited for too long is read again, and left alone where someone changed it', async () => {
  expect(await decideLate(['Theirs'])).toEqual({ status: 'conflict', attempts: undefined, readings: 1 });
  expect(await decideLate(['Old', 'Theirs'])).toMatchObject({ status: 'conflict', readings: 2 });
});

test('where it is too late each time, three readings are enough', async () => {
  expect(await decideLate(['Old'])).toEqual({ status: 'updated', attempts: 1, readings: 3 });
});

test('a request that was made before the wait may have been carried out, and counts', async () => {
  expect(await decideLate(['New'], 2, 1000)).toEqual({ status: 'updated', attempts: 2, readings: 1 });
  // A 429 carries nothing out: what the contact holds, someone else wrote.
  expect(await decideLate(['New'], 2)).toEqual({ status: 'unchanged', attempts: 2, readings: 1 });
  expect(await decideLate(['New'], 0)).toEqual({ status: 'unchanged', attempts: undefined, readings: 1 });
});
