import { expect, test } from '@jest/globals';
import { hasCode, isSyncError } from '../../../src/core/model/errors.js';
import { assertCan, RUN_STATES, stateAfter, STATES, type Verb } from '../../../src/core/run/state.js';
import { newSummary } from '../../../src/core/run/summary.js';

const VERBS: readonly Verb[] = ['apply', 'resume', 'retry', 'undo'];
const summary = newSummary('20260101T000000000Z-0000', 'sync', new Date(), process, { dryRun: false });

test.each(VERBS)('%s is refused in each state that the table does not give it, and in no other', (verb) => {
  for (const state of STATES) {
    const judge = () => assertCan(verb, { ...summary, state });
    if (RUN_STATES[state][verb]) judge();
    else expect(judge).toThrow(expect.objectContaining({ kind: 'usage' }));
  }
});

test('no state is one that can be both applied and resumed, and none that is open is finished', () => {
  for (const { apply, resume, isFinished } of Object.values(RUN_STATES)) {
    expect(apply && resume).toBe(false);
    expect(resume).toBe(!isFinished);
  }
});

test('an undone run says by which run', () => {
  const by = '20260101T000000001Z-0000';
  let thrown: unknown;
  try {
    assertCan('undo', { ...summary, state: 'undone', undone_by: by });
  } catch (error) {
    thrown = error;
  }
  expect(isSyncError(thrown) && hasCode(thrown, 'already_undone') && thrown.facts.by).toBe(by);
});

test('a run that may have sent something can be resumed, and a plan stays one', () => {
  for (const before of STATES) {
    expect(stateAfter(before, { isDeclined: false, kind: 'fault', hasSent: true, isNew: false })).toBe('stopped');
    expect(stateAfter(before, { isDeclined: false, kind: 'refused', hasSent: false, isNew: false })).toBe('refused');
  }
  expect(stateAfter('planned', { isDeclined: false, kind: 'stopped', hasSent: false, isNew: false })).toBe('planned');
  expect(stateAfter('planning', { isDeclined: false, kind: 'fault', hasSent: false, isNew: true })).toBe('failed');
  expect(stateAfter('planning', { isDeclined: false, kind: 'stopped', hasSent: false, isNew: true })).toBe('stopped');
  expect(stateAfter('planning', { isDeclined: true, kind: 'refused', hasSent: false, isNew: true })).toBe('planned');
});
