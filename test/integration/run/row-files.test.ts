import { mkdir, readFile, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matchHeader } from '../../../src/core/contacts/header.js';
import { readRecords } from '../../../src/core/input/records.js';
import { sniffFormat } from '../../../src/core/input/sniff.js';
import type { Problem, Status } from '../../../src/core/model/problem.js';
import { RowFiles } from '../../../src/core/run/row-files.js';
import { newRun, type RunFolder } from '../../../src/core/run/run-folder.js';
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
  const writer = new RowFiles(folderOf(file), input, {});
  for (const { cells, status, error } of rows) await writer.add(cells, { status, error });
  await writer.close();
  const records = await collect(readRecords({ path: file, name: 'rejected.csv' }, { delimiter: input.delimiter }));
  return records.map(({ cells }) => cells);
}

/** The folder of the run that a file is in. */
function folderOf(file: string): RunFolder {
  const dir = path.dirname(file);
  return { id: path.basename(dir), dir, file: (name) => path.join(dir, `${name}.csv`) };
}

/** A file of a run whose folder is there. */
const inFile = (use: (file: string) => Promise<void>, name: 'rejected' | 'succeeded' = 'rejected') =>
  inTempDir(async (dir) => {
    const folder = newRun(dir, new Date());
    await mkdir(folder.dir);
    await use(folder.file(name));
  });
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
          const source = { path: file, name: 'rejected.csv' };
          const isHeader = (cells: readonly string[]): boolean => cells[0] === HEADER[0];
          const format = await sniffFormat(source, { delimiter: undefined, skipLines: 0, isHeader });
          expect(format).toEqual({ delimiter, bom, skipLines: 0 });
        },
      ),
      { numRuns: 60 },
    ),
  ));

test('its own columns are passed over when it is fed back', () => {
  const { header, problems } = matchHeader(['contact_id', 'title', '_status', '_error'], {
    map: [],
    ignoreUnknownColumns: false,
    ignoreColumn: [],
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
    const writer = new RowFiles(folderOf(file), { header: HEADER, delimiter: ',', bom: false }, {});
    const add = () => writer.add(['1', 'x'.repeat(10_000), 'y'], { status: 'failed' });
    const many = async (): Promise<void> => {
      for (let rows = 0; rows < 1000; rows++) await add();
    };
    await expect(many()).rejects.toMatchObject({ code: 'ENOSPC' });
    await expect(writer.close()).rejects.toMatchObject({ code: 'ENOSPC' });
  }));

test('a file that cannot be written fails the run', () =>
  inTempDir(async (dir) => {
    const writer = new RowFiles(
      folderOf(path.join(dir, 'gone', 'rejected.csv')),
      { header: HEADER, delimiter: ',', bom: false },
      {},
    );
    await expect(writer.close()).rejects.toMatchObject({ code: 'ENOENT' });
  }));

test('succeeded.csv has the rows that were updated with what was changed, quoted and fed back alike', () =>
  inFile(async (file) => {
    const input = { header: ['contact_id', 'title', '_changes'], delimiter: ';', bom: false };
    const files = new RowFiles(folderOf(file), input, { custom_field_1: 'Seats' });
    const changes = {
      title: { from: 'VP', to: '=SVP' },
      tags: { from: ['A', 'B'], to: ['B'] },
      custom_field_1: { from: null, to: 3 },
    };
    await files.add(['1', '=SVP', 'old'], { status: 'updated' }, changes);
    await files.add(['2', 'x', 'old'], { status: 'failed' }, changes);
    await files.close();
    const text = await readFile(file, 'utf8');
    expect(text).toContain("1;'=SVP;updated;");
    const records = await collect(readRecords({ path: file, name: 'succeeded.csv' }, { delimiter: ';' }));
    expect(records.map(({ cells }) => cells)).toEqual([
      ['contact_id', 'title', '_status', '_changes'],
      ['1', '=SVP', 'updated', 'title: VP → =SVP; tags: A, B → B; Seats: (empty) → 3'],
    ]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  }, 'succeeded'));
