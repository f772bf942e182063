import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { surveyCsv } from '../../../src/core/input/survey.js';
import { CSV_OPTIONS, ID } from '../../support/build.js';
import { withCsv } from '../../support/temp.js';

const OPTIONS = CSV_OPTIONS;

test('one pass tells the format, the size, the hash and the rows that fail validation', () => {
  const text = `\uFEFFid;title;email\r\n${ID};VP;a@example.com\r\nnope;VP;\r\n${ID};;"not\u00a0an address"\r\n\r\n`;
  return withCsv(text, async (source) => {
    const invalid: [row: number, line: number, id: string | null, fields: (string | undefined)[]][] = [];
    const survey = await surveyCsv(source, OPTIONS, {
      onInvalid: ({ row, line }, id, problems) =>
        invalid.push([row, line, id, problems.map((problem) => problem.field)]),
    });
    expect(survey).toMatchObject({
      ...{ source, delimiter: ';', bom: true, rows: 3, invalid: 2, usesTags: false },
      bytes: Buffer.byteLength(text),
      sha256: createHash('sha256').update(text).digest('hex'),
    });
    expect(invalid).toEqual([
      [2, 3, 'nope', ['contact_id']],
      [3, 4, ID, ['email']],
    ]);
  });
});

test('a delimiter that is set wins over the one that is seen', () =>
  withCsv(`id;a;b,title\n${ID};x;y,VP\n`, async (source) => {
    const options = { ...OPTIONS, map: ['id;a;b=id'], idFormat: 'any' as const };
    expect(await surveyCsv(source, { ...options, delimiter: ',' })).toMatchObject({
      delimiter: ',',
      rows: 1,
      invalid: 0,
    });
    await expect(surveyCsv(source, options)).rejects.toThrow(
      'edits.csv: the mapping "id;a;b=id": the file has no column',
    );
  }));

describe('the tags are needed where a cell names one:', () => {
  test.each([
    ['A;B', true],
    ['+A', true],
    ['-A', true],
    ['', false],
    ['<clear>', false],
    [';', false],
  ])('%p %p', (cell, uses) =>
    withCsv(`id,tags\n${ID},${cell}\n`, async (source) =>
      expect((await surveyCsv(source, OPTIONS)).usesTags).toBe(uses),
    ),
  );
});

test('an empty file is refused, a file of a header alone has no rows', async () => {
  for (const text of ['', '\uFEFF', '\r\n\n']) {
    await withCsv(text, (source) =>
      expect(surveyCsv(source, OPTIONS)).rejects.toThrow('edits.csv: line 1: the file is empty, expected a header'),
    );
  }
  await withCsv('id,title\n', async (source) => {
    expect(await surveyCsv(source, OPTIONS)).toMatchObject({ rows: 0, invalid: 0 });
  });
});

test('problems of the header are told together, each with the file', () =>
  withCsv('emial,title,title\n', (source) =>
    expect(surveyCsv(source, OPTIONS)).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(
        /^edits\.csv: line 1, column 1.*\nedits\.csv: line 1, column 3.*\nedits\.csv: line 1: no col/,
      ),
    }),
  ));

test('a file that is damaged on its last line is refused as a whole', () =>
  withCsv(`id,title\n${`${ID},VP\n`.repeat(2000)}${ID},"VP\n`, (source) =>
    expect(surveyCsv(source, OPTIONS)).rejects.toThrow('edits.csv: line 2002, column 2: a quote is opened'),
  ));
