import { expect, test } from '@jest/globals';
import path from 'node:path';
import { PendingChanges } from '../../../src/core/plan/pending.js';
import { planRow, type RowRules } from '../../../src/core/plan/plan-row.js';
import { contact, editOf, ID } from '../../support/build.js';
import { inTempDir } from '../../support/temp.js';

const RULES: RowRules = { skipEquivalent: [], exact: false, lint: 'hold', allowOptIn: false };

const CELLS = [ID, 'SVP'];

function withPending(use: (pending: PendingChanges) => Promise<void> | void): Promise<void> {
  return inTempDir(async (dir) => {
    const pending = await PendingChanges.open(path.join(dir, 'pending'));
    try {
      await use(pending);
    } finally {
      await pending.close();
    }
  });
}

test('a contact that could not be read makes its row failed, not unchanged and not missing', () =>
  withPending((pending) => {
    const problem = { code: 'http_503', message: 'could not be read: 503' };
    expect(planRow(editOf({ title: 'SVP' }), CELLS, { problem }, pending, RULES).line).toEqual({
      ...{ row: 1, line: 2, contact_id: ID, status: 'failed', error: problem, cells: CELLS },
    });
  }));

test('a contact that does not exist makes its row not_found', () =>
  withPending((pending) => {
    const { line } = planRow(editOf({ title: 'SVP' }), CELLS, undefined, pending, RULES);
    expect(line).toMatchObject({ status: 'not_found', error: { code: 'not_found' }, cells: CELLS });
  }));

test('what earlier rows will have made of a contact is remembered from one batch to the next', () =>
  withPending(async (pending) => {
    const live = contact({ title: 'VP', notes: 'n' });
    pending.add(ID, 3, { title: { from: 'VP', to: 'SVP' } });
    await pending.save();
    expect(pending.overlay(ID, live)).toBe(live);
    await pending.load([ID, 'other']);
    expect(pending.overlay(ID, live)).toEqual({ ...live, title: 'SVP' });
    pending.add(ID, 7, { notes: { from: 'n', to: null } });
    expect(pending.rowsBehind(ID, ['notes', 'title', 'email'])).toEqual([3, 7]);
    expect(pending.rowsBehind(ID, ['email'])).toEqual([]);
    await pending.save();
    await pending.load([ID]);
    expect(pending.overlay(ID, live)).toEqual({ ...live, title: 'SVP', notes: null });
    expect(pending.overlay('other', live)).toBe(live);
  }));

test('a row that changes nothing because of an earlier one keeps its cells: it falls should that one fail', () =>
  withPending((pending) => {
    const live = { contact: contact({ title: 'VP' }) };
    const plan = (row: number) => planRow({ ...editOf({ title: 'SVP' }), row }, CELLS, live, pending, RULES).line;
    expect([plan(1).status, plan(2)]).toEqual([
      'planned',
      expect.objectContaining({ status: 'unchanged', after: [1], cells: CELLS }),
    ]);
  }));
