import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { guardFormula } from '../../../src/core/report/changes-csv.js';
import { escapeHtml, html } from '../../../src/core/report/html.js';
import { visible } from '../../../src/core/report/visible.js';

const HOSTILE = `</script><script>alert(1)</script> "a" 'b' & javascript:alert(1)`;

describe('markup', () => {
  test('takes text as text, also in an attribute', () => {
    expect(html`<p title="${HOSTILE}">${HOSTILE}</p>`.markup).toBe(
      `<p title="${escapeHtml(HOSTILE)}">${escapeHtml(HOSTILE)}</p>`,
    );
    expect(escapeHtml(HOSTILE)).not.toMatch(/[<>"']/);
  });

  test('takes markup as it is, in a list as well, and nothing for what is not there', () => {
    const list = [html`<b>${'<'}</b>`, undefined];
    expect(html`<i>${list}${undefined}${1}</i>`.markup).toBe('<i><b>&lt;</b>1</i>');
  });

  test('never holds a character of HTML that came from text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = escapeHtml(text);
        expect(escaped).not.toMatch(/[<>"']/);
        expect(escaped.replace(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&');
      }),
    );
  });
});

describe('text that hides or reorders what is around it', () => {
  test.each([
    ['invoice\u202Egnp.exe', 'invoice[U+202E]gnp.exe'],
    ['a\u2066b\u2069\u200F', 'a[U+2066]b[U+2069][U+200F]'],
    ['\u0000\u001B[31m', '[U+0000][U+001B][31m'],
    ['\uFEFFid\u200B', '[U+FEFF]id[U+200B]'],
  ])('is named: %j', (text, shown) => expect(visible(text)).toBe(shown));

  test.each(['two\nlines\tand a tab', 'नमस्ते 👩‍👩‍👧', 'שלום', 'می‌خواهم'])(
    'is not what scripts and emoji need: %j',
    (text) => expect(visible(text)).toBe(text),
  );
});

describe('a cell of the CSV', () => {
  test.each(['=1+1', '+4930123', '-2+3', '@SUM(A1)', '\t=1', '\r=1'])('is guarded: %j', (cell) =>
    expect(guardFormula(cell)).toBe(`'${cell}`),
  );

  test.each(['', '-5', '-5.25', '12', 'a=b', 'Ana'])('is left as it is: %j', (cell) =>
    expect(guardFormula(cell)).toBe(cell),
  );
});
