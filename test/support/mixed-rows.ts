import { expect } from '@jest/globals';
import { csv, id, statuses, type Run } from './world.js';
import { expectOneResultEach } from './gate.js';

const HEADER = ['contact_id', 'title'];

/** The cells of 24 rows: good ones, some about one contact, and three that cannot be. */
const ROWS: [string, string][] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((n): [string, string] => [id(n), `New ${n}`]),
  ...[
    ['nobody', 'X'],
    [id(99), 'X'],
    [id(2), 'Newer 2'],
  ].map(([key = '', title = '']): [string, string] => [key, title]),
  ...[9, 10, 11, 12, 13, 14, 15, 16, 17, 18].map((n): [string, string] => [id(n), `New ${n}`]),
  ['nobody else', 'X'],
  [id(2), 'Newest 2'],
  [id(19), 'Title 19'],
];
/** PATCHes that they take. */
export const WRITES = 20;

export const MIXED = csv(HEADER, ROWS);
/** As MIXED, without its first row. */
export const MIXED_LESS = csv(HEADER, ROWS.slice(1));

/** The run of MIXED is done, and every row has ended as it is to. */
export function expectAllDone(run: Run): void {
  expect(run).toMatchObject({ code: 3, summary: { state: 'done', exit_code: 3, pid: null } });
  expectOneResultEach(run.results, ROWS.length);
  const expected = ROWS.map(([key, title]) => {
    if (key.startsWith('nobody')) return 'invalid';
    return key === id(99) ? 'not_found' : title === 'Title 19' ? 'unchanged' : 'updated';
  });
  expect(statuses(run)).toEqual(expected);
  expect(run.summary.counts).toMatchObject({ updated: WRITES, unchanged: 1, invalid: 2, not_found: 1 });
  expect(run.rejected.map(([key, , status]) => [key, status])).toEqual([
    ['contact_id', '_status'],
    ['nobody', 'invalid'],
    [id(99), 'not_found'],
    ['nobody else', 'invalid'],
  ]);
}
