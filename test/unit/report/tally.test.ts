import { describe, expect, test } from '@jest/globals';
import { namesIn } from '../../../src/core/contacts/names-in.js';
import { Tally, type ReportRow } from '../../../src/core/report/tally.js';

function row(status: ReportRow['status'], rest: Partial<ReportRow> = {}): ReportRow {
  return { row: 1, line: 2, contact_id: 'x', status, ...rest };
}

function tallyOf(...rows: ReportRow[]): Tally {
  const tally = new Tally();
  for (const one of rows) tally.add(one);
  return tally;
}

describe('the figures of a report', () => {
  test('count changes by field and kind, those of rows that were not applied apart', () => {
    const { fields, counts } = tallyOf(
      row('updated', { changes: { title: { from: null, to: 'VP' }, notes: { from: 'a', to: '' } } }),
      row('updated', { changes: { title: { from: 'VP', to: 'SVP' }, tags: { from: [], to: ['VIP'] } } }),
      row('failed', { changes: { title: { from: 'VP', to: 'SVP' } } }),
      row('planned', { changes: { title: { from: 'VP', to: 'SVP' } } }),
    );
    expect(counts).toMatchObject({ updated: 2, failed: 1, planned: 1 });
    expect(Object.fromEntries(fields)).toEqual({
      title: { filled: 1, replaced: 2, cleared: 0, notApplied: 1 },
      notes: { filled: 0, replaced: 0, cleared: 1, notApplied: 0 },
      tags: { filled: 1, replaced: 0, cleared: 0, notApplied: 0 },
    });
  });

  test('group problems by status, code and field, most frequent first, with the first message', () => {
    const bad = (message: string) => ({ code: 'bad_value', field: 'email', message });
    const { errors, warnings } = tallyOf(
      row('conflict', { error: { code: 'changed', message: 'changed since' } }),
      row('invalid', { error: bad('first') }),
      row('invalid', { error: bad('second') }),
      row('updated', { warnings: [{ code: 'not_kept', field: 'title', message: 'came back otherwise' }] }),
    );
    expect(errors).toEqual([
      { status: 'invalid', code: 'bad_value', field: 'email', rows: 2, example: 'first' },
      { status: 'conflict', code: 'changed', field: '', rows: 1, example: 'changed since' },
    ]);
    expect(warnings).toMatchObject([{ status: 'updated', code: 'not_kept', rows: 1 }]);
  });

  test('do not grow with the kinds of problems: what is beyond 200 is counted as one', () => {
    const rows = Array.from({ length: 5000 }, (_, at) =>
      row('failed', { error: { code: `code_${at}`, message: `${at}` } }),
    );
    const { errors } = tallyOf(...rows);
    expect(errors).toHaveLength(201);
    expect(errors[0]).toMatchObject({ code: 'other', rows: 4800 });
  });
});

describe('who a row is about', () => {
  test.each([
    [['Contact ID', 'First Name', 'last-name', 'Email'], ['1', ' Ana ', 'Ruiz', 'ana@example.com'], 'Ana Ruiz'],
    [['id', 'first_name', 'last_name', 'email'], ['1', '', '', 'ana@example.com'], 'ana@example.com'],
    [['id', 'title'], ['1', 'VP'], undefined],
    [['id', 'last_name'], ['1'], undefined],
  ])('%j %j: %j', (header, cells, name) => expect(namesIn(header)(cells)).toBe(name));
});
