import { describe, expect, test } from '@jest/globals';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { MAX_RECORD_CHARS, readRecords } from '../../../src/core/input/records.js';
import { detectDelimiter, sniffFormat, type CsvLayout } from '../../../src/core/input/sniff.js';
import { trimBlank } from '../../../src/core/model/invisible.js';
import { unquoteFormula } from '../../../src/core/model/formula-cell.js';
import { collect, withCsv } from '../../support/temp.js';

const DELIMITERS = [',', ';', '\t', '|'] as const;
const layout: CsvLayout = { delimiter: undefined, skipLines: 0, isHeader: (cells) => cells.includes('id') };
const ENCODINGS = ['utf8', 'utf8-bom', 'utf16le', 'utf16be'] as const;
type Encoding = (typeof ENCODINGS)[number];

const characters = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('"', '""', ',', ';', '\t', '|', '\n', '\r\n', '\r', ' ', 'é', '李', '🙂', '=1'),
  },
);
const cell = fc.array(characters, { maxLength: 8 }).map((list) => list.join(''));

/** A table, and how it is written. */
const written = fc.integer({ min: 2, max: 4 }).chain((width) =>
  fc.record({
    rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }),
    // Blank lines before each record; those after the last one do no harm either.
    blanks: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 7, maxLength: 7 }),
    delimiter: fc.constantFrom(...DELIMITERS),
    newline: fc.constantFrom('\n', '\r\n'),
    encoding: fc.constantFrom(...ENCODINGS),
    quoted: fc.boolean(),
    lastNewline: fc.boolean(),
  }),
);

function encode(text: string, encoding: Encoding): Buffer {
  if (encoding === 'utf8') return Buffer.from(text);
  const little = Buffer.from(`\uFEFF${text}`, encoding === 'utf8-bom' ? 'utf8' : 'utf16le');
  return encoding === 'utf16be' ? little.swap16() : little;
}

test('any table, however it is written, reads back with its cells, row numbers and physical lines', () =>
  fc.assert(
    fc.asyncProperty(written, async ({ rows, blanks, delimiter, newline, encoding, quoted, lastNewline }) => {
      let text = '';
      const expected = rows.map((cells, at) => {
        text += newline.repeat(blanks[at]!);
        // The line on which a record starts: the line breaks before it, as an editor counts them, and one.
        const line = text.split(/\r\n|\r|\n/).length;
        const last = at === rows.length - 1 && !lastNewline;
        text += stringify([cells], { delimiter, quoted, quoted_empty: quoted }).replace(/\n$/, last ? '' : newline);
        // A quote that guards what looks like a formula is taken off.
        return { line, cells: cells.map(unquoteFormula) };
      });
      if (lastNewline) text += newline.repeat(blanks.at(-1)!);
      await withCsv(encode(text, encoding), async (source) => {
        const blankLines: number[] = [];
        const records = await collect(readRecords(source, { delimiter, onBlank: (line) => blankLines.push(line) }));
        const isBlank = ({ cells }: { cells: string[] }): boolean => cells.every((cell) => trimBlank(cell) === '');
        // Rows of blank cells are not records, and are told.
        const filled = expected.filter((record) => !isBlank(record));
        expect(records).toEqual(filled.map((record, row) => ({ row, ...record })));
        expect(blankLines).toEqual(expected.filter(isBlank).map(({ line }) => line));
      });
    }),
    { numRuns: 300 },
  ));

test('the bytes of the file are handed on as they are', () =>
  withCsv('\uFEFFid,title\r\n1,Ä\r\n', async (source) => {
    const chunks: Buffer[] = [];
    await collect(readRecords(source, { delimiter: ',', onBytes: (chunk) => chunks.push(chunk) }));
    expect(Buffer.concat(chunks).toString()).toBe('\uFEFFid,title\r\n1,Ä\r\n');
  }));

test('a record may have fewer or more cells than the header', () =>
  withCsv('a,b\n1\n1,2,3\n', async (source) => {
    const records = await collect(readRecords(source, { delimiter: ',' }));
    expect(records.map(({ cells }) => cells)).toEqual([['a', 'b'], ['1'], ['1', '2', '3']]);
  }));

test('lines that end in a carriage return alone are lines', () =>
  withCsv('a,b\r1,"x\ry"\r3,4\r', async (source) => {
    const records = await collect(readRecords(source, { delimiter: ',' }));
    expect(records.map(({ row, line }) => [row, line])).toEqual([
      [0, 1],
      [1, 2],
      [2, 4],
    ]);
  }));

test('an empty file has no records, a file of a header has one', async () => {
  for (const empty of ['', '\uFEFF', '\n\r\n\n', Buffer.from('fffe', 'hex'), Buffer.from('feff', 'hex')]) {
    await withCsv(empty, async (source) => expect(await collect(readRecords(source, { delimiter: ',' }))).toEqual([]));
  }
  await withCsv('id,title', async (source) => {
    expect(await collect(readRecords(source, { delimiter: ',' }))).toEqual([
      { row: 0, line: 1, cells: ['id', 'title'] },
    ]);
  });
});

describe('a file that is damaged is refused with the line where the damaged record starts:', () => {
  const good = 'id,notes\n1,"two\r\nlines"\n\n2,one\n';
  test.each([
    ['a quote inside a cell', `${good}3,the "best"\n4,x\n`, 'line 6, column 2: a quote is inside a cell'],
    ['text after a closing quote', `${good}3,"a" b\n4,x\n`, 'line 6, column 2: a closing quote is followed by more'],
    ['a quote that is never closed', `${good}3,"a\n4,x\n5,y\n`, 'line 6, column 2: a quote is opened and never closed'],
    ['blank lines before it', `${good}\r\n\n3,"a" b\n`, 'line 8, column 2: a closing quote'],
    ['many good records before it', `${'1,"a\r\nb"\r\n'.repeat(3000)}3,"a\n`, 'line 6001, column 2: a quote is opened'],
    ['no good record before it', 'id,no"tes\n', 'line 1, column 2: a quote is inside'],
    [
      'a record without end',
      `${good}3,"${'x'.repeat(MAX_RECORD_CHARS + 10)}`,
      'line 6, column 2: a record is longer than 1000000',
    ],
  ])('%s', (_what, text, message) =>
    withCsv(text, async (source) => {
      const reading = collect(readRecords(source, { delimiter: ',' }));
      await expect(reading).rejects.toThrow(`edits.csv: ${message}`);
      await expect(reading).rejects.toMatchObject({ name: 'SyncError', kind: 'usage', code: 'csv_invalid' });
    }),
  );
});

test('a file that is not there, or a folder, is refused by name', () =>
  withCsv('', async ({ path }) => {
    const missing = { path: `${path}.gone`, name: 'gone.csv' };
    await expect(collect(readRecords(missing, { delimiter: ',' }))).rejects.toThrow('gone.csv: no such file');
    const folder = { path: path.replace('/edits.csv', ''), name: 'folder' };
    await expect(collect(readRecords(folder, { delimiter: ',' }))).rejects.toThrow('folder: is a folder');
  }));

test('the delimiter and the byte order mark are seen in the file, whatever follows the header', () =>
  fc.assert(
    fc.asyncProperty(
      written,
      fc.uniqueArray(fc.constantFrom('id', 'title', 'a b', 'x;y', 'x,y', 'x|y'), { minLength: 2 }),
      (w, names) =>
        withCsv(
          encode(
            stringify([names], { delimiter: w.delimiter, quoted: true }) +
              stringify(w.rows, { delimiter: w.delimiter, record_delimiter: w.newline }),
            w.encoding,
          ),
          async (source) =>
            expect(await sniffFormat(source, layout)).toMatchObject({
              delimiter: w.delimiter,
              bom: w.encoding !== 'utf8',
              skipLines: 0,
            }),
        ),
    ),
    { numRuns: 50 },
  ));

test('the delimiter is the one by which the header names the key, else the one that it has most of', () => {
  const detect = (text: string): string => detectDelimiter(text, layout.isHeader);
  expect(detect('id;first name;a,b\n1,2,3,4,5,6')).toBe(';');
  expect(detect('\n\nid\ttitle\n')).toBe('\t');
  expect(detect('"a;b;c",d\n')).toBe(',');
  expect(detect('"a;""b"";c\n;;",d\n')).toBe(',');
  expect(detect('id;a, b, c, d;e, f, g\n')).toBe(';');
  expect(detect('a, b, c; d; e|id\n')).toBe('|');
  expect(detect('id')).toBe(',');
  expect(detect('')).toBe(',');
});
