import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { renderTable, widthOf, wrapText } from '../../../../src/cli/screen/layout.js';

test.each([
  [{ isTTY: true, columns: 100 }, 100],
  [{ isTTY: true, columns: 20 }, 40],
  [{ isTTY: true, columns: 500 }, 200],
  [{ isTTY: true }, 80],
  [{ columns: 100 }, Infinity],
])('%j is %s columns wide', (output, width) => {
  expect(widthOf(output)).toBe(width);
});

describe('wrapped text', () => {
  test('keeps its indent, and hangs where asked', () => {
    expect(wrapText('  one two three four', 14, 2)).toBe('  one two\n    three four');
  });

  test('stays as it is where there is no width', () => {
    const long = 'word '.repeat(100);
    expect(wrapText(long, Infinity)).toBe(long);
  });

  test('fits, and loses no word', () => {
    const words = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '福', '🙂', '-'), minLength: 1, maxLength: 8 }));
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 80 }), (list, width) => {
        const wrapped = wrapText(list.join(' '), width);
        expect(wrapped.split('\n').filter((line) => stringWidth(line) > width)).toEqual([]);
        expect(wrapped.split(/\s+/).filter(Boolean)).toEqual(list);
      }),
    );
  });
});

describe('a table', () => {
  const rows = [
    ['title', '1,200', 'a text that is long enough to be wrapped'],
    ['福', '3', 'short'],
  ];

  test('aligns columns by their width on the terminal', () => {
    expect(renderTable(rows, [{}, { align: 'right' }, {}], Infinity)).toBe(
      ['title  1,200  a text that is long enough to be wrapped', '福         3  short'].join('\n'),
    );
  });

  test('wraps its last column', () => {
    expect(renderTable(rows, [{}, { align: 'right' }, {}], 40).split('\n')).toEqual([
      'title  1,200  a text that is long enough',
      '              to be wrapped',
      '福         3  short',
    ]);
  });

  test('puts a last column without room below', () => {
    const lines = renderTable([['a'.repeat(30), 'the last column of this row']], [{}, {}], 40).split('\n');
    expect(lines).toEqual(['a'.repeat(30), '    the last column of this row']);
  });
});
