import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { STATUSES, type Status } from '../../src/core/model/problem.js';
import { readText, ROOT, shownCommands, world } from '../support/docs.js';

/** A section of samples/README.md: the file, the command, and how it is said to end. */
interface Sample {
  file: string;
  command: string[];
  code: number;
  counts: Partial<Record<Status, number>>;
}

function readSamples(): Sample[] {
  const sections = readText('samples/README.md').split(/^## /m).slice(1);
  return sections.map((section) => {
    const [, file = ''] = /^(\S+)\n/.exec(section) ?? [];
    const [, code, said = ''] = /^Ends with exit code (\d+): ([^.]+)\.$/m.exec(section) ?? [];
    const counts: Sample['counts'] = {};
    for (const [, count, status] of said.matchAll(/(\d+) (\w+)/g)) counts[status as Status] = Number(count);
    return { file, command: shownCommands(section)[0] ?? [], code: Number(code), counts };
  });
}

const samples = readSamples();
const noRows = Object.fromEntries(STATUSES.map((status) => [status, 0]));

describe('a sample', () => {
  test('has its section in samples/README.md, with a command about it', () => {
    const files = readdirSync(`${ROOT}/samples`).filter((name) => name.endsWith('.csv'));
    expect(samples.map(({ file }) => file).sort()).toEqual(files.sort());
    for (const { file, command } of samples) expect(command.slice(0, 2)).toEqual(['sync', `samples/${file}`]);
  });

  test.each(samples)('$file ends as its section says', ({ command, code, counts }) =>
    world(async ({ sync }) => {
      const run = await sync([...command, '--no-progress']);
      expect(run.summary.counts).toEqual({ ...noRows, ...counts });
      expect(run).toMatchObject({ code, summary: { exit_code: code, state: 'done', not_kept: 0 } });
    })(),
  );

  test.each(samples)('$file has nothing left to send when it is synced again', ({ command, counts }) =>
    world(async ({ sync }) => {
      await sync(command);
      const again = await sync(command);
      const { updated = 0, unchanged = 0, ...rejected } = counts;
      expect(again.summary.counts).toEqual({ ...noRows, ...rejected, unchanged: updated + unchanged });
    })(),
  );
});

describe('errors.csv', () => {
  test(
    'shows each way in which a row can fail',
    world(async ({ sync }) => {
      const { results } = await sync(['sync', 'samples/errors.csv', '--no-progress']);
      const ends = results.map(({ row, status, error }) => [row, status, error?.code, error?.field]);
      expect(ends).toEqual([
        [1, 'updated', undefined, undefined],
        [2, 'invalid', 'no_id', 'contact_id'],
        [3, 'invalid', 'bad_id', 'contact_id'],
        [4, 'invalid', 'bad_width', undefined],
        [5, 'invalid', 'bad_width', undefined],
        [6, 'invalid', 'bad_value', 'email'],
        [7, 'invalid', 'bad_value', 'linkedin_url'],
        [8, 'invalid', 'bad_value', 'notes'],
        [9, 'invalid', 'bad_value', 'do_not_contact'],
        [10, 'invalid', 'bad_value', 'tags'],
        [11, 'invalid', 'bad_value', 'tags'],
        [12, 'invalid', 'bad_value', 'tags'],
        [13, 'invalid', 'bad_value', expect.stringMatching(/^custom_field_/)],
        [14, 'invalid', 'bad_value', expect.stringMatching(/^custom_field_/)],
        [15, 'invalid', 'bad_value', expect.stringMatching(/^custom_field_/)],
        [16, 'invalid', 'bad_value', expect.stringMatching(/^custom_field_/)],
        [17, 'invalid', 'bad_value', 'updated_at'],
        [18, 'invalid', 'bad_value', expect.stringMatching(/^custom_field_/)],
        [19, 'not_found', 'not_found', undefined],
        [20, 'conflict', 'changed_since', 'updated_at'],
        [21, 'conflict', 'not_expected', 'first_name'],
        [22, 'conflict', 'http_409', undefined],
        [23, 'conflict', 'earlier_row', undefined],
        [24, 'failed', 'http_422', undefined],
      ]);
    }),
  );
});

describe('the other samples', () => {
  test(
    'guards.csv: the rows whose guards do not hold are the ones that its section names',
    world(async ({ sync }) => {
      const { results } = await sync(['sync', 'samples/guards.csv', '--no-progress']);
      const ends = results.map(({ status }) => status);
      const held = ['updated', 'updated', 'conflict', 'updated', 'conflict', 'unchanged', 'updated', 'conflict'];
      expect(ends).toEqual(held);
    }),
  );

  test(
    'excel-export.csv: three values differ only in form, and --skip-equivalent leaves them alone',
    world(async ({ sync }) => {
      const command = ['sync', 'samples/excel-export.csv', '--map', 'Job Title=title', '--no-progress'];
      const planned = await sync([...command, '--dry-run']);
      expect(planned.summary.equivalent).toEqual({ phone_number: 1, email: 1, linkedin_url: 1 });
      const run = await sync([...command, '--skip-equivalent', 'all']);
      expect(run.summary.changes).not.toHaveProperty('phone_number');
      expect(run.summary.changes).not.toHaveProperty('linkedin_url');
    }),
  );

  test(
    'excel-export.csv: quoted line breaks and umlauts arrive as they are',
    world(async ({ sync, sandbox }) => {
      const { results } = await sync(['sync', 'samples/excel-export.csv', '--map', 'Job Title=title', '--no-progress']);
      const notes = results.flatMap(({ contact_id }) => sandbox.store.find(contact_id ?? '')?.notes ?? []);
      expect(notes).toContainEqual(expect.stringMatching(/^Visited.*\r?\nWants two offers:\r?\n- 25 seats; one year/));
      expect(sandbox.store.find(results[3]?.contact_id ?? '')).toMatchObject({ last_name: 'Weiß-Krüger' });
    }),
  );

  test('excel-export.csv is written as a spreadsheet does: byte order mark, semicolons, CRLF', () => {
    const text = readText('samples/excel-export.csv');
    expect(text).toMatch(/^\uFEFFContact ID;First Name;.*\r\n/);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  test(
    'custom-fields.csv: a column that an AI fills is warned of',
    world(async ({ sync }) => {
      const { stderr } = await sync(['sync', 'samples/custom-fields.csv', '--log-level', 'warn']);
      expect(stderr).toMatch(/AI fills this field/);
    }),
  );

  test(
    'clearing.csv: <clear> empties fields, and an empty cell does so with --empty clear alone',
    world(async ({ sync }) => {
      const leave = await sync(['plan', 'samples/clearing.csv', '--no-progress']);
      expect(leave.summary.changes).toMatchObject({ title: 2, notes: 1, phone_number: 1, location: 1, tags: 1 });
      const clear = await sync(['plan', 'samples/clearing.csv', '--empty', 'clear', '--no-progress']);
      expect(clear.results[4]).toMatchObject({ status: 'planned', changes: { title: { to: null }, tags: { to: [] } } });
    }),
  );

  test(
    'damaged.csv: every row but the first is held back for its damage',
    world(async ({ sync }) => {
      const { results } = await sync(['sync', 'samples/damaged.csv', '--no-progress']);
      const held = results.slice(1).map(({ status, error }) => [status, error?.code]);
      expect(held).toEqual(held.map(() => ['held', 'damaged']));
      expect(results[0]).toMatchObject({ status: 'updated' });
    }),
  );

  test.each(samples.map(({ file }) => file))('%s can be checked offline', (file) =>
    world(async ({ cli }) => {
      const map = file === 'excel-export.csv' ? ['--map', 'Job Title=title'] : [];
      const { code, stdout } = await cli(['check', `samples/${file}`, ...map]);
      expect(code).toBe(/errors|damaged/.test(file) ? 3 : 0);
      expect(stdout).toMatch(/\d+ rows, \d+ valid(, \d+ of them damaged)?, \d+ invalid$/m);
    })(),
  );
});
