import { expect, test } from '@jest/globals';
import type { Decided } from '../../../src/core/apply/decide.js';
import { WriteGate } from '../../../src/core/apply/write-gate.js';
import { hasCode } from '../../../src/core/model/errors.js';

const SENT: Decided = { outcome: { status: 'updated', attempts: 1, http_status: 200 } };
const NOT_SENT: Decided = { outcome: { status: 'unchanged' } };
const REFUSED: Decided = { outcome: { status: 'failed', attempts: 1, http_status: 422 } };

const ALL = { percent: 100 };

test('lets exactly as many rows through as may be written, whatever is in flight', async () => {
  const gate = new WriteGate({ max_failures: ALL, limit: 2 });
  const ends: ((sent: Decided) => void)[] = [];
  const send = () => new Promise<Decided>((resolve) => void ends.push(resolve));
  const passed = [1, 2, 3, 4].map(() => gate.pass(send));
  const outcomes = Promise.allSettled(passed);
  await Promise.resolve();
  expect(ends).toHaveLength(2);
  // The first one needed no request: its place goes to the third.
  ends[0]!(NOT_SENT);
  await passed[0];
  await new Promise(setImmediate);
  expect(ends).toHaveLength(3);
  ends[1]!(SENT);
  ends[2]!(SENT);
  const last = (await outcomes)[3]!;
  expect(last.status === 'rejected' && hasCode(last.reason, 'write_limit')).toBe(true);
  expect(ends).toHaveLength(3);
});

test('closes once too many were refused, also in an earlier process', async () => {
  const gate = new WriteGate({ max_failures: { count: 1 }, limit: 0 });
  for (let row = 1; row <= 2; row++) {
    await expect(gate.pass(() => Promise.resolve(REFUSED))).resolves.toBe(REFUSED);
    gate.note(REFUSED.outcome, row);
  }
  expect(gate.answeredAt).toBe(2);
  await expect(gate.pass(() => Promise.resolve(SENT))).rejects.toMatchObject({
    code: 'too_many_refused',
    facts: { answered: 2, refused: 2, limit: { count: 1 } },
  });
});

test('tells those that wait what ended the row before them', async () => {
  const gate = new WriteGate({ max_failures: ALL, limit: 1 });
  let fail: (error: Error) => void = () => undefined;
  const first = gate.pass(() => new Promise((_, reject) => (fail = reject)));
  const second = gate.pass(() => Promise.resolve(SENT));
  const ends = Promise.allSettled([first, second]);
  await Promise.resolve();
  const error = new Error('the disk is full');
  fail(error);
  expect(await ends).toEqual([1, 2].map(() => ({ status: 'rejected', reason: error })));
});
