import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FieldValue } from '../../../src/core/model/values.js';
import { Digest, type DigestedLine } from '../../../src/core/report/digest.js';

function change(field: string, from: FieldValue, to: FieldValue): Pick<DigestedLine, 'changes'> {
  return { changes: { [field]: { from, to } } };
}

function digestOf(lines: readonly Partial<DigestedLine>[]): Digest {
  const digest = new Digest();
  lines.forEach((line, at) => digest.add({ row: at + 1, contact_id: `c${at}`, status: 'planned', ...line }));
  return digest;
}

describe('changes', () => {
  test('count by field and kind where rows are sent or would be', () => {
    const { changes } = digestOf([
      change('title', null, 'VP'),
      change('title', 'VP', 'SVP'),
      { ...change('title', 'VP', null), status: 'updated' },
      { ...change('title', 'VP', 'X'), status: 'failed', error: { code: 'http_409', message: '409' } },
      { ...change('tags', ['A'], []), status: 'updated' },
      { status: 'unchanged' },
    ]);
    expect(Object.fromEntries(changes)).toEqual({
      title: { filled: 1, replaced: 1, cleared: 1 },
      tags: { filled: 0, replaced: 0, cleared: 1 },
    });
  });

  test('have examples of which cleared values come first, then what is rare', () => {
    const titles = Array.from({ length: 200 }, () => change('title', 'VP', 'SVP'));
    const digest = digestOf([...titles, change('email', 'a', 'b'), change('notes', 'x', '')]);
    expect(digest.examples(4).map(({ row }) => row)).toEqual([202, 201, 1, 2]);
  });

  test('show a row once, however many fields it changes', () => {
    const digest = digestOf([{ changes: { title: { from: 'a', to: 'b' }, notes: { from: 'a', to: null } } }]);
    expect(digest.examples(10)).toHaveLength(1);
  });
});

describe('reasons', () => {
  const problem = (code: string, field: string, message: string) => ({
    status: 'invalid' as const,
    error: { code, field, message },
  });

  test('group rows by status, code and field, with the first words and rows', () => {
    const { reasons } = digestOf([
      problem('bad_value', 'email', '"x" is not an e-mail address'),
      ...Array.from({ length: 7 }, (_, at) => problem('bad_value', 'title', `title ${at}`)),
      problem('bad_value', 'email', '"y" is not an e-mail address'),
      { status: 'not_found' },
    ]);
    expect(reasons).toEqual([
      {
        status: 'invalid',
        code: 'bad_value',
        field: 'title',
        count: 7,
        differs: true,
        message: 'title 0',
        rows: [2, 3, 4, 5, 6],
      },
      {
        ...{ status: 'invalid', code: 'bad_value', field: 'email', count: 2, differs: true },
        ...{ message: '"x" is not an e-mail address', rows: [1, 9] },
      },
      { status: 'not_found', code: 'not_found', field: undefined, count: 1, differs: false, message: '', rows: [10] },
    ]);
  });

  test('count every row, and stay bounded whatever a server makes up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), (rows) => {
        const digest = digestOf(Array.from({ length: rows }, (_, at) => problem(`http_${at}`, 'title', 'no')));
        const { reasons } = digest;
        expect(reasons.length).toBeLessThanOrEqual(501);
        expect(reasons.reduce((sum, { count }) => sum + count, 0)).toBe(rows);
      }),
      { numRuns: 30 },
    );
  });
});
