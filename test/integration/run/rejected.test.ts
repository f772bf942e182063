import { readFile, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matchHeader } from '../../../src/core/contacts/header.js';
import { readRecords } from '../../../src/core/input/records.js';
import { sniffFormat } from '../../../src/core/input/sniff.js';
import type { Problem, Status } from '../../../src/core/model/problem.js';
import { RejectedWriter } from '../../../src/core/run/row-file.js';
import { collect, inTempDir } from '../../support/temp.js';

interface Rejected {
  cells: string[];
  status: Status;
  error?: Problem;
}

/** Writes rows to a rejected.csv and reads it back as an input file. */
async function writeAndRead(
  file: string,
  input: { header: string[]; delimiter: string; bom: boolean },
  rows: readonly Rejected[],
): Promise<string[][]> {
  const writer = new RejectedWriter(file, input);
  for (const { cells, status, error } of rows) await writer.add(cells, { status, error });
  await writer.close();
  const records = await collect(readRecords({ path: file, name: 'rejected.csv' }, { delimiter: input.delimiter }));
  return records.map(({ cells }) => cells);
}

const inFile = (use: (file: string) => Promise<void>) => inTempDir((dir) => use(path.join(dir, 'rejected.csv')));
const HEADER = ['contact_id', 'Job Title', 'notes'];
const cell = fc.string({
  unit: fc.constantFrom('a', '"', ',', ';', '\t', '\n', '\r\n', ' ', 'é', '=', '🙂'),
  maxLength: 6,
});
const row = fc.record({
  cells: fc.array(cell, { minLength: 3, maxLength: 3 }),
  status: fc.constantFrom<Status>('invalid', 'failed', 'conflict'),
  error: fc.record({ code: fc.constant('bad_value'), message: cell }),
});

test('fed back it is the same cells, with status and error behind them', () =>
  inFile((file) =>
    fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 5 }),
        fc.constantFrom(',', ';', '\t'),
        fc.boolean(),
        async (rows, delimiter, bom) => {
          expect(await writeAndRead(file, { header: HEADER, delimiter, bom }, rows)).toEqual([
            [...HEADER, '_status', '_error'],
            ...rows.map(({ cells, status, error }) => [...cells, status, `${error.code}: ${error.message}`]),
          ]);
          expect(await sniffFormat({ path: file, name: 'rejected.csv' })).toEqual({ delimiter, bom });
        },
      ),
      { numRuns: 60 },
    ),
  ));

test('its own columns are passed over when it is fed back', () => {
  const { header, problems } = matchHeader(['contact_id', 'title', '_status', '_error'], {
    map: [],
    ignoreUnknownColumns: false,
  });
  expect(problems).toEqual([]);
  expect(header.columns.slice(2)).toEqual([{ kind: 'ignored' }, { kind: 'ignored' }]);
});

test('status and error of an earlier run are replaced, wherever they stand', () =>
  inFile(async (file) => {
    const header = ['_error', 'contact_id', '_status ', 'title', '_note'];
    const rows: Rejected[] = [
      { cells: ['old', '1', 'failed', 'VP', 'kept'], status: 'conflict', error: { code: 'new', message: 'why' } },
      { cells: ['old', '2', 'failed', 'CEO', ''], status: 'unknown' },
    ];
    expect(await writeAndRead(file, { header, delimiter: ',', bom: false }, rows)).toEqual([
      ['contact_id', 'title', '_note', '_status', '_error'],
      ['1', 'VP', 'kept', 'conflict', 'new: why'],
      ['2', 'CEO', '', 'unknown', ''],
    ]);
  }));

test('cells beyond the header are kept, and make the row invalid again when it is fed back', () =>
  inFile(async (file) => {
    const rows: Rejected[] = [{ cells: ['1', 'VP', '', 'x', 'y'], status: 'invalid' }];
    expect((await writeAndRead(file, { header: HEADER, delimiter: ',', bom: false }, rows))[1]).toEqual([
      ...['1', 'VP', '', 'invalid', '', 'x', 'y'],
    ]);
  }));

test('rows wait for the disk, so that any number of them is written', () =>
  inFile(async (file) => {
    const rows = Array.from({ length: 3000 }, (_, n): Rejected => ({
      cells: [String(n), 'x'.repeat(100), ''],
      status: 'failed',
    }));
    const read = await writeAndRead(file, { header: HEADER, delimiter: ',', bom: false }, rows);
    expect(read.slice(1).map(([id]) => id)).toEqual(rows.map(({ cells }) => cells[0]));
  }));

test('it is there with its header where no row was rejected, for nobody else to read', () =>
  inFile(async (file) => {
    await writeAndRead(file, { header: HEADER, delimiter: ';', bom: true }, []);
    expect(await readFile(file, 'utf8')).toBe('\uFEFFcontact_id;Job Title;notes;_status;_error\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  }));

test('a full disk fails the run, at once or at the end', () =>
  inTempDir(async (dir) => {
    const file = path.join(dir, 'rejected.csv');
    await symlink('/dev/full', file);
    const writer = new RejectedWriter(file, { header: HEADER, delimiter: ',', bom: false });
    const add = () => writer.add(['1', 'x'.repeat(10_000), 'y'], { status: 'failed' });
    const many = async (): Promise<void> => {
      for (let rows = 0; rows < 1000; rows++) await add();
    };
    await expect(many()).rejects.toMatchObject({ code: 'ENOSPC' });
    await expect(writer.close()).rejects.toMatchObject({ code: 'ENOSPC' });
  }));

test('a file that cannot be written fails the run', () =>
  inTempDir(async (dir) => {
    const writer = new RejectedWriter(path.join(dir, 'gone', 'rejected.csv'), {
      header: HEADER,
      delimiter: ',',
      bom: false,
    });
    await expect(writer.close()).rejects.toMatchObject({ code: 'ENOENT' });
  }));
