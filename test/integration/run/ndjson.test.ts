import { createHash } from 'node:crypto';
import { appendFile, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FORMAT, NdjsonWriter, readNdjson as readAny } from '../../../src/core/disk/ndjson.js';
import { collect, inTempDir } from '../../support/temp.js';

/** The lines as they are, but for the format that the first one carries. */
const readNdjson = (file: string) =>
  readAny(file, (value) => {
    const { format, ...rest } = value as { format?: number };
    expect([undefined, FORMAT]).toContain(format);
    return rest;
  });

const withFile = (use: (file: string) => Promise<void>) => inTempDir((dir) => use(path.join(dir, 'a.ndjson')));

async function write(file: string, values: readonly object[], flags: 'w' | 'a' = 'w'): Promise<void> {
  const writer = await NdjsonWriter.open(file, flags);
  for (const value of values) await writer.add(value);
  await writer.close();
}

// Line breaks of every kind: JSON escapes some of them, and some not.
const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '\r', '\u2028', '\u2029', '\u0085', '🙂', '\0') });
const value = fc.record({ row: fc.nat(), text, list: fc.array(text, { maxLength: 3 }) });

test('what is written reads back, in order', () =>
  withFile((file) =>
    fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 20 }), async (values) => {
        await write(file, values);
        expect(await collect(readNdjson(file))).toEqual(values);
      }),
    ),
  ));

test('more than the buffer holds is written as well, in order', () =>
  withFile(async (file) => {
    const values = Array.from({ length: 5000 }, (_, row) => ({ row, text: 'x'.repeat(50) }));
    await write(file, values);
    expect(await collect(readNdjson(file))).toEqual(values);
  }));

test('a file is started over or continued, and no one else can read it', () =>
  withFile(async (file) => {
    await write(file, [{ a: 1 }, { a: 2 }]);
    await write(file, [{ a: 3 }], 'a');
    expect(await collect(readNdjson(file))).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
    await write(file, [{ a: 4 }]);
    expect(await collect(readNdjson(file))).toEqual([{ a: 4 }]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  }));

test('a line is in the file after a flush, whoever else adds lines at the time', () =>
  withFile(async (file) => {
    const writer = await NdjsonWriter.open<{ row: number }>(file, 'w');
    await writer.add({ row: -1 });
    const rows = Array.from({ length: 100 }, (_, row) => ({ row }));
    await Promise.all(
      rows.map(async (row) => {
        await writer.add(row);
        await (row.row % 2 ? writer.flush() : writer.sync());
        expect((await readFile(file, 'utf8')).split('\n')).toContain(JSON.stringify(row));
      }),
    );
    expect(await collect(readNdjson(file))).toEqual([{ row: -1 }, ...rows]);
    await writer.close();
  }));

test('lines stay whole and in order, however long they are and whoever does not wait for them', () =>
  withFile(async (file) => {
    const writer = await NdjsonWriter.open<{ text: string }>(file, 'w');
    const values = Array.from({ length: 20 }, (_, row) => ({ text: String.fromCharCode(97 + row).repeat(1_200_000) }));
    await Promise.all(
      values.map((value) => {
        void writer.add(value);
        return writer.flush();
      }),
    );
    await writer.close();
    const read = (await collect(readNdjson(file))) as { text: string }[];
    expect(read.map(({ text }) => [text[0], text.length])).toEqual(values.map(({ text }) => [text[0], text.length]));
  }));

test('a last line that a crash tore is left out, wherever it is torn', () =>
  withFile(async (file) => {
    const values = [
      { row: 1, text: 'Zoë' },
      { row: 2, text: '{"x":1}' },
    ];
    await write(file, values);
    const whole = await readFile(file);
    const first = whole.indexOf('\n') + 1;
    for (let length = whole.length; length >= first; length--) {
      await writeFile(file, whole);
      await truncate(file, length);
      // Without its newline alone the line is still whole.
      expect(await collect(readNdjson(file))).toEqual(length >= whole.length - 1 ? values : values.slice(0, 1));
    }
  }));

describe('damage before the last line', () => {
  test.each([
    ['a line that is cut', '{"row":2,"te\n{"row":3}\n'],
    ['two lines grown together by a crash and a restart', '{"row":2,"te{"row":3}\n{"row":4}\n'],
    ['a line that is not JSON', 'hello\n\n{"row":3}'],
  ])('stops the reading: %s', (_what, damage) =>
    withFile(async (file) => {
      await write(file, [{ row: 1 }]);
      await appendFile(file, damage);
      await expect(collect(readNdjson(file))).rejects.toThrow(
        `${file}: line 2 is not JSON; the file is damaged or was edited`,
      );
    }),
  );
});

test('an empty file has no lines, blank lines are none', () =>
  withFile(async (file) => {
    await write(file, []);
    expect(await collect(readNdjson(file))).toEqual([]);
    await writeFile(file, '{"format":1,"a":1}\n\n{"a":2}\n\n');
    expect(await collect(readNdjson(file))).toEqual([{ a: 1 }, { a: 2 }]);
  }));

test('a file that is not there is no empty file', () =>
  withFile((file) => expect(collect(readNdjson(file))).rejects.toMatchObject({ code: 'ENOENT' })));

test('after a write that failed every further one fails: nothing goes on that the disk cannot tell', () =>
  withFile(async (file) => {
    const writer = await NdjsonWriter.open(file, 'w');
    await writer.add({ a: 1 });
    await writer.close();
    await writer.add({ a: 2 });
    await expect(writer.flush()).rejects.toThrow();
    await expect(writer.sync()).rejects.toThrow();
  }));

test.each([
  ['no format number', '{"row":1}\n'],
  ['a format of another version', '{"format":99,"row":1}\n'],
  ['a first line that is no object', 'null\n'],
])('a file with %s is refused with advice', (_what, content) =>
  withFile(async (file) => {
    await writeFile(file, content);
    await expect(collect(readNdjson(file))).rejects.toThrow('another version of this tool wrote it');
  }),
);

test('the digest is the one of the bytes on disk', () =>
  withFile(async (file) => {
    const writer = await NdjsonWriter.open(file, 'w');
    for (const text of ['a', 'Zoë', '\u2028']) await writer.add({ text });
    await writer.close();
    const sha256 = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    expect(writer.digest).toEqual({ lines: 3, sha256 });
  }));
