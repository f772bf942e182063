import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isFormula, quoteFormula, unquoteFormula } from '../../../src/core/model/formula-cell.js';

describe('a cell that a spreadsheet would take for a formula', () => {
  test.each([
    '=1+1',
    '+1+cmd',
    '-2+3+cmd',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '＝1',
    '＋1',
    '－1',
    '＠A',
    '-',
    '- a point',
    '+A;-B',
  ])('is quoted: %j', (cell) => {
    expect(isFormula(cell)).toBe(true);
    expect(quoteFormula(cell)).toBe(`'${cell}`);
  });

  test.each(['', '+49 (30) 123-456', '+12025550199', '-12.5', 'a=b', ' =1', "'", "'tis", "'0123", "'+49 30 123"])(
    'is not what others are, which stay as they are: %j',
    (cell) => {
      expect(isFormula(cell)).toBe(false);
      expect(quoteFormula(cell)).toBe(cell);
      expect(unquoteFormula(cell)).toBe(cell);
    },
  );

  test('reads back as it was, and is no formula when it is quoted, whatever it holds', () => {
    const part = fc.constantFrom("'", '=', '+', '-', '@', '\t', '\r', '＝', '1', 'a', ' ', '(', ';');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(part).map((parts) => parts.join('')),
          fc.string(),
        ),
        (cell) => {
          expect(isFormula(quoteFormula(cell))).toBe(false);
          expect(unquoteFormula(quoteFormula(cell))).toBe(cell);
        },
      ),
    );
  });
});
