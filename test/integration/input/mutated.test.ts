import type { FileHandle } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { readRecords, type CsvSource } from '../../../src/core/input/records.js';
import { sniffFormat } from '../../../src/core/input/sniff.js';
import { SyncError } from '../../../src/core/model/errors.js';
import { random, type Random } from '../../support/random.js';

const FILES = 10_000;

/** A file in memory that hands out so many bytes at a time. */
function inMemory(bytes: Buffer, chunk: number): CsvSource {
  const read = (buffer: Buffer, _offset: number, length: number, position: number) => {
    const bytesRead = bytes.copy(buffer, 0, position, position + Math.min(chunk, length));
    return Promise.resolve({ bytesRead, buffer });
  };
  return { path: '', name: 'edits.csv', file: { read } as unknown as FileHandle };
}

const CELLS = ['', 'One', 'Ana María', '"Two, three"', '"a ""b"" c"', '"line\r\nbreak"', '日本', '😀', '00123', "'+45"];

function validCsv(to: Random): string {
  const delimiter = to.pick([',', ';', '\t', '|']);
  const end = to.pick(['\n', '\r\n', '\r']);
  const columns = 1 + to.below(3);
  const cell = (): string => to.pick(CELLS);
  const rows = Array.from({ length: to.below(5) }, (_, at) => [`c${at}`, ...Array.from({ length: columns }, cell)]);
  const header = ['contact_id', ...['title', 'notes', 'location'].slice(0, columns)];
  return [header, ...rows].map((cells) => cells.join(delimiter) + (to.below(20) === 0 ? '' : end)).join('');
}

const INSERTED = [
  '"',
  '""',
  ',',
  ';',
  '\t',
  '|',
  '\n',
  '\r',
  '\r\n',
  '\0',
  '\ufeff',
  '="',
  "'",
  'sep=;\n',
  '\u200b',
  ' ',
];
const INSERTED_BYTES = [...INSERTED.map((text) => Buffer.from(text)), Buffer.from([0xff, 0xfe]), Buffer.from([0xc3])];

function mutated(to: Random, bytes: Buffer): Buffer {
  const [at, end] = [to.below(bytes.length + 1), to.below(bytes.length + 1)].sort((a, b) => a - b) as [number, number];
  const [before, within, after] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  switch (to.below(6)) {
    case 0:
      return Buffer.concat([before, after]);
    case 1:
      return Buffer.concat([before, within, within, after]);
    case 2: {
      const flipped = Buffer.from(bytes);
      if (at < flipped.length) flipped[at]! ^= 1 << to.below(8);
      return flipped;
    }
    case 3:
      return before;
    default:
      return Buffer.concat([before, to.pick(INSERTED_BYTES), within, after]);
  }
}

/**
 * Records by RFC 4180, with any line end and without blank lines. A byte order mark at the start of a line is none of a
 * record, and `="…"` is a quoted cell.
 */
function countRecords(text: string, delimiter: string): number {
  let [count, at] = [0, 0];
  while (at < text.length) {
    const start = at;
    let atStart = true;
    while (at < text.length && !'\r\n'.includes(text[at]!)) {
      const opening = atStart && /^\ufeff*=?"/.exec(text.slice(at, at + 12))?.[0];
      if (opening) {
        at += opening.length;
        while (at < text.length && (text[at] !== '"' || text[at + 1] === '"')) at += text[at] === '"' ? 2 : 1;
      }
      atStart = text[at] === delimiter;
      at++;
    }
    if (text.slice(start, at).replace(/^\ufeff+/, '') !== '') count++;
    at++;
  }
  return count;
}

/** What the reader makes of a file: how many records and rows that it calls blank, or why it stopped. */
async function readAll(source: CsvSource): Promise<{ seen: number; delimiter: string; skipLines: number } | SyncError> {
  try {
    const isHeader = (cells: readonly string[]): boolean => cells.includes('contact_id');
    const format = await sniffFormat(source, { delimiter: undefined, skipLines: 0, isHeader });
    let seen = 0;
    let line = format.skipLines;
    for await (const record of readRecords(source, { ...format, onBlank: () => seen++ })) {
      seen++;
      if (record.line <= line) throw new Error(`line ${record.line} comes after line ${line}`);
      line = record.line;
    }
    return { seen, ...format };
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
}

test('of 10,000 damaged files, each is read whole or refused with a line', async () => {
  const to = random(15);
  let read = 0;
  for (let made = 0; made < FILES; made++) {
    let bytes: Buffer = Buffer.from((to.below(8) === 0 ? '\ufeff' : '') + validCsv(to));
    for (let times = 1 + to.below(3); times > 0; times--) bytes = mutated(to, bytes);
    const found = await readAll(inMemory(bytes, to.below(10) === 0 ? 1 + to.below(8) : 4096));
    const file = JSON.stringify(bytes.toString());
    if (found instanceof SyncError) {
      if (!/: line \d+/.test(found.message)) expect({ made, file, said: found.message }).toHaveProperty('line');
      continue;
    }
    read++;
    const text = new TextDecoder(/^fffe/.test(bytes.toString('hex')) ? 'utf-16le' : 'utf-8').decode(bytes);
    const below = text
      .split(/(?<=\n|\r(?!\n))/)
      .slice(found.skipLines)
      .join('');
    const expected = countRecords(below, found.delimiter);
    if (found.seen < expected) expect({ made, file, ...found }).toMatchObject({ seen: expected });
  }
  // Most mutations must leave a file that is read, or nothing was compared.
  expect(read).toBeGreaterThan(FILES / 3);
});
