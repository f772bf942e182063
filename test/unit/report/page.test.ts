import { describe, expect, test } from '@jest/globals';
import { BlockWriter } from '../../../src/core/report/blocks.js';
import type { ReportData, RowEntry } from '../../../src/core/report/report-data.js';
import { entryOf, FieldNumbers } from '../../../src/core/report/row-entry.js';
import type { ReportRow } from '../../../src/core/report/tally.js';
import { decode } from '../../../src/report-page/decode.js';
import { NO_FILTER, select, type Filter } from '../../../src/report-page/filter.js';
import { toRows, type Row } from '../../../src/report-page/row.js';
import { blocksIn } from '../../support/report.js';

const LINES: ReportRow[] = [
  {
    ...{ row: 2, line: 4, contact_id: 'b', status: 'updated', at: '2026-11-25T02:00:01.000Z' },
    ...{ changes: { title: { from: 'VP', to: 'Senior VP' } }, attempts: 1, http_status: 200, duration_ms: 41 },
    warnings: [{ code: 'equivalent', field: 'email', message: 'differs in form' }],
  },
  {
    ...{ row: 1, line: 2, contact_id: 'A', status: 'invalid', at: '2026-11-25T02:00:00.000Z' },
    error: { code: 'bad_value', field: 'email', message: 'email: got "</script>"' },
  },
  { row: 3, line: 5, contact_id: null, status: 'planned', changes: { notes: { from: null, to: 'Zoë\u2028VIP' } } },
];

async function page(): Promise<{ rows: Row[]; keys: string[] }> {
  const fields = new FieldNumbers();
  let text = '';
  const blocks = new BlockWriter<RowEntry>('rows', (part) => Promise.resolve(void (text += part)));
  for (const line of LINES) await blocks.add(entryOf(line, fields));
  await blocks.end();
  const data: ReportData = { fields: fields.keys.map((key) => ({ key, label: key })), chart: undefined, leftOut: 0 };
  const entries = await decode<RowEntry>(blocksIn(text), 'rows');
  return { rows: toRows(entries, [[2, 'Ana Ruiz']], data), keys: fields.keys };
}

describe('the rows of a page', () => {
  test('are what the run says, in the order of the file, with the names of their cells', async () => {
    const { rows, keys } = await page();
    const [title, notes] = [keys.indexOf('title'), keys.indexOf('notes')];
    expect(rows.map(({ row, status, name }) => [row, status, name])).toEqual([
      [1, 'invalid', ''],
      [2, 'updated', 'Ana Ruiz'],
      [3, 'planned', ''],
    ]);
    expect(rows[0]).toMatchObject({ error: ['bad_value', 'email: got "</script>"', 'email'], changes: [] });
    expect(rows[1]).toMatchObject({
      changes: [[title, 'VP', 'Senior VP']],
      httpStatus: 200,
      attempts: 1,
      durationMs: 41,
    });
    expect(rows[2]).toMatchObject({ contactId: null, changes: [[notes, null, 'Zoë\u2028VIP']], at: 0 });
  });

  test('come in blocks, however many they are', async () => {
    const parts: string[] = [];
    const blocks = new BlockWriter<string>('names', (part) => Promise.resolve(void parts.push(part)));
    const values = Array.from({ length: 3000 }, (_, at) => `${at} ${'x'.repeat(200)}`);
    for (const value of values) await blocks.add(value);
    await blocks.end();
    expect(parts.length).toBeGreaterThan(2);
    expect(await decode<string>(blocksIn(parts.join('')), 'names')).toEqual(values);
  });

  test.each<[string, Partial<Filter>, number[]]>([
    ['nothing', {}, [1, 2, 3]],
    ['words in any order and case', { search: ' vp ANA' }, [2]],
    ['a part of an id', { search: 'a' }, [1, 2]],
    ['words that no row has', { search: 'vp nowhere' }, []],
    ['a status', { statuses: new Set(['invalid', 'planned']) }, [1, 3]],
    ['a field that changes', { field: 'notes' }, [3]],
    ['a field that is to blame, or warned of', { field: 'email' }, [1, 2]],
    ['a reason', { reason: { kind: 'errors', status: 'invalid', code: 'bad_value', field: 'email' } }, [1]],
    ['a warning', { reason: { kind: 'warnings', status: 'updated', code: 'equivalent', field: 'email' } }, [2]],
    ['two at once', { search: 'ana', field: 'notes' }, []],
  ])('are narrowed down by %s', async (_, filter, expected) => {
    const { rows, keys } = await page();
    expect(select(rows, { ...NO_FILTER, ...filter }, keys).map(({ row }) => row)).toEqual(expected);
  });
});
