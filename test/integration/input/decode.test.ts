import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeText } from '../../../src/core/input/decode.js';
import { collect } from '../../support/temp.js';

async function decode(bytes: Buffer, cuts: readonly number[] = []): Promise<string> {
  const at = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
  return (await collect(decodeText(Readable.from(chunks), 'edits.csv'))).join('');
}

const text = fc.string({ unit: fc.constantFrom('a', 'é', '李', '🙂', '\n', '\r\n', '\uFFFD', ' '), maxLength: 30 });
const cuts = fc.array(fc.nat(), { maxLength: 6 });

test('text comes out as it went in, wherever the bytes are cut', () =>
  fc.assert(
    fc.asyncProperty(text, cuts, fc.constantFrom('', '\uFEFF'), async (value, at, bom) => {
      expect(await decode(Buffer.from(bom + value), at)).toBe(value);
      const wide = Buffer.from(`\uFEFF${value}`, 'utf16le');
      expect(await decode(wide, at)).toBe(value);
      expect(await decode(Buffer.from(wide).swap16(), at)).toBe(value);
    }),
  ));

test('bytes that are no UTF-8 are told by their line, wherever the chunks were cut before', () =>
  fc.assert(
    fc.asyncProperty(
      text,
      text,
      cuts,
      fc.constantFrom('ff', 'c3', 'e9', 'eda080', 'c0af'),
      async (before, after, at, bad) => {
        const bytes = Buffer.concat([Buffer.from(before), Buffer.from(bad, 'hex'), Buffer.from(`;${after}`)]);
        const line = before.split('\n').length;
        await expect(decode(bytes, at)).rejects.toThrow(`edits.csv: line ${line} is not valid UTF-8.`);
      },
    ),
    { numRuns: 300 },
  ));

test('a file that ends within a character is told by its last line', async () => {
  await expect(decode(Buffer.from('id\n1\n2é').subarray(0, -1))).rejects.toThrow('line 3 is not valid UTF-8');
  await expect(decode(Buffer.from('é').subarray(0, -1))).rejects.toThrow('line 1 is not valid UTF-8');
  await expect(decode(Buffer.from('\uFEFFa\n1\n2', 'utf16le').subarray(0, -1))).rejects.toThrow(
    'line 3 is not valid UTF-16LE',
  );
});

test('half of a surrogate pair is told by its line', async () => {
  const bytes = Buffer.from('\uFEFFid\n1\nx\uD83Dx\n', 'utf16le');
  await expect(decode(bytes)).rejects.toThrow('edits.csv: line 3 is not valid UTF-16LE');
  await expect(decode(bytes.swap16())).rejects.toThrow('edits.csv: line 3 is not valid UTF-16BE');
});

test('NUL bytes at the beginning are no text: UTF-16 without a mark, or an archive', async () => {
  await expect(decode(Buffer.from('id,title', 'utf16le'))).rejects.toThrow('edits.csv: line 1 holds NUL bytes');
  await expect(decode(Buffer.from('PK\u0003\u0004\u0000\u0000'))).rejects.toThrow('a ZIP archive');
  await expect(decode(Buffer.from('id\na\0'))).rejects.toThrow('line 2 holds NUL bytes');
});

test('an empty file is empty text, with or without a mark', async () => {
  for (const hex of ['', 'efbbbf', 'fffe', 'feff']) expect(await decode(Buffer.from(hex, 'hex'))).toBe('');
});
