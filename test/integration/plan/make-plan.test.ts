import { appendFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Contact } from '../../../src/core/contacts/types.js';
import { Vocabulary } from '../../../src/core/contacts/vocabulary.js';
import { CurrentValues } from '../../../src/core/read/current-values.js';
import { matchCustomFields } from '../../../src/core/contacts/header.js';
import { surveyCsv, type CsvOptions } from '../../../src/core/input/survey.js';
import { makePlan } from '../../../src/core/plan/make-plan.js';
import type { PlanLine } from '../../../src/core/model/plan-line.js';
import { parsePlanLine } from '../../../src/core/run/lines.js';
import { readNdjson } from '../../../src/core/disk/ndjson.js';
import { seedContact } from '../../../src/sandbox/seed-contacts.js';
import { unheard, withApi } from '../../support/api.js';
import { contact, CSV_OPTIONS, ID } from '../../support/build.js';
import { collect, withCsv } from '../../support/temp.js';

const OTHER = seedContact(7).id;

interface Planned {
  lines: PlanLine[];
  /** What was told of each line as it was written. */
  told: [row: number, equivalent: readonly string[]][];
}

interface Setup {
  contacts?: readonly Contact[] | number;
  options?: Partial<CsvOptions>;
  skipEquivalent?: readonly string[];
  /** Done to the file after it was surveyed. */
  meanwhile?: (file: string) => Promise<void>;
}

/** Surveys a CSV and plans it against a sandbox. */
async function planOf(csv: string, setup: Setup = {}): Promise<Planned> {
  const options: CsvOptions = { ...CSV_OPTIONS, ...setup.options };
  const planned: Planned = { lines: [], told: [] };
  await withCsv(csv, (source) =>
    withApi({ contacts: setup.contacts ?? [contact({ title: 'VP', tags: ['A'] })] }, async ({ api }) => {
      const dir = path.dirname(source.path);
      const scratchDir = path.join(dir, 'scratch');
      const survey = await surveyCsv(source, options);
      await setup.meanwhile?.(source.path);
      const vocabulary = new Vocabulary(api);
      const directory = survey.usesTags ? await vocabulary.readTags() : undefined;
      const { header } = matchCustomFields(survey.header, await vocabulary.customFields(), options);
      const reading = {
        reads: 'auto' as const,
        fields: [],
        asOf: 'open' as const,
        rows: survey.rows,
        concurrency: 4,
        scratchDir,
        emit: unheard,
      };
      const current = await CurrentValues.open(api, vocabulary, reading);
      const planFile = path.join(dir, 'plan.ndjson');
      await makePlan({
        ...{ survey, header, directory, current, planFile, scratchDir, edit: options },
        rules: { skipEquivalent: setup.skipEquivalent ?? [], exact: false, lint: 'hold', allowOptIn: false },
        ...{ base: undefined, lastRows: undefined, signal: new AbortController().signal },
        onRow: ({ line, equivalent }) => planned.told.push([line.row, equivalent]),
      });
      await current.close();
      planned.lines = await collect(readNdjson(planFile, parsePlanLine));
      expect(await readdir(scratchDir)).toEqual([]);
    }),
  );
  return planned;
}

test('the plan has a line for each record, in the order of the file', async () => {
  const csv = `id,title,email\n${ID},SVP,\n${ID.toUpperCase()},"V\nP",not one\n${OTHER},VP,\n${ID},SVP,\n`;
  const { lines, told } = await planOf(csv);
  expect(lines).toEqual([
    {
      ...{ row: 1, line: 2, contact_id: ID, status: 'planned', cells: [ID, 'SVP', ''] },
      changes: { title: { from: 'VP', to: 'SVP' } },
    },
    {
      ...{ row: 2, line: 3, contact_id: ID, status: 'invalid', cells: [ID.toUpperCase(), 'V\nP', 'not one'] },
      error: expect.objectContaining({ code: 'bad_value', field: 'email' }),
    },
    {
      ...{ row: 3, line: 5, contact_id: OTHER, status: 'not_found', cells: [OTHER, 'VP', ''] },
      error: { code: 'not_found', message: 'the API has no such contact' },
    },
    { row: 4, line: 6, contact_id: ID, status: 'unchanged', after: [1], cells: [ID, 'SVP', ''] },
  ]);
  expect(told.map(([row]) => row)).toEqual([1, 2, 3, 4]);
});

test('a row whose contact has its values already is unchanged, and needs no cells', async () => {
  expect((await planOf(`id,title\n${ID}, VP \n`)).lines).toEqual([
    { row: 1, line: 2, contact_id: ID, status: 'unchanged' },
  ]);
});

test('all that is wrong with a row is told in one line', async () => {
  const [line] = (await planOf(`id,email,do_not_contact\nnope,x,maybe\n`)).lines;
  expect(line?.error).toMatchObject({ code: 'bad_id', field: 'contact_id' });
  expect(line?.error?.message).toMatch(/is not a UUID; email: got "x".*; do_not_contact: got "maybe"/);
});

describe('several rows for one contact', () => {
  test('are edits in file order: each is decided on what those before it will have made', async () => {
    const rows = ['+B', '+C', '-A', '<clear>', '+B'].map((cell) => `${ID},${cell}`);
    const tagged = [contact({ tags: ['A'] }), contact({ id: OTHER, tags: ['B', 'C'] })];
    const { lines } = await planOf(`id,tags\n${rows.join('\n')}\n`, { contacts: tagged });
    expect(lines.map(({ changes, after }) => [changes?.['tags']?.to, after])).toEqual([
      [['A', 'B'], undefined],
      [['A', 'B', 'C'], [1]],
      [['B', 'C'], [2]],
      [[], [3]],
      [['B'], [4]],
    ]);
  });

  test('about different fields do not wait for one another', async () => {
    const { lines } = await planOf(`id,title,notes\n${ID},SVP,\n${ID},,hello\n${ID},SVP,hello\n`);
    expect(lines.map(({ status, after }) => [status, after])).toEqual([
      ['planned', undefined],
      ['planned', undefined],
      ['unchanged', [1, 2]],
    ]);
  });

  test('stay in order however far apart they are', async () => {
    const between = Array.from({ length: 600 }, (_, i) => `${seedContact(i).id},CEO`).join('\n');
    const csv = `id,title\n${seedContact(3).id},First\n${between}\n${seedContact(3).id},Last\n`;
    const { lines } = await planOf(csv, { contacts: 600 });
    expect(lines).toHaveLength(602);
    expect(lines[0]?.changes?.['title']?.to).toBe('First');
    // Row 5 is about contact 3 as well.
    expect(lines[4]).toMatchObject({ changes: { title: { from: 'First', to: 'CEO' } }, after: [1] });
    expect(lines[601]).toMatchObject({ row: 602, changes: { title: { from: 'CEO', to: 'Last' } }, after: [5] });
  });

  test('rest on no row that ends without a write', async () => {
    const { lines } = await planOf(`id,title,expected:title\n${ID},CEO,CFO\n${ID},SVP,VP\n`);
    expect(lines.map(({ status, after, changes }) => [status, after, changes?.['title']])).toEqual([
      ['conflict', undefined, undefined],
      ['planned', undefined, { from: 'VP', to: 'SVP' }],
    ]);
  });
});

test('a guard that the live contact does not meet makes the row a conflict', async () => {
  const [line] = (await planOf(`id,title,updated_at\n${ID},SVP,2026-02-01T00:00:00Z\n`)).lines;
  expect(line).toMatchObject({ status: 'conflict', error: { code: 'changed_since' }, cells: expect.any(Array) });
  expect(line).not.toHaveProperty('changes');
});

test('differences in form alone are told with their line, and left alone where they are to be', async () => {
  const contacts = [contact({ email: 'Ana@example.com' })];
  const csv = `id,email\n${ID},ana@example.com\n`;
  const kept = await planOf(csv, { contacts });
  expect([kept.lines[0]?.status, kept.told]).toEqual(['planned', [[1, ['email']]]]);
  const skipped = await planOf(csv, { contacts, skipEquivalent: ['email'] });
  expect(skipped.lines[0]).toMatchObject({ status: 'unchanged', warnings: [{ code: 'equivalent', field: 'email' }] });
  expect(skipped.told).toEqual([[1, ['email']]]);
});

test('a file that changes between survey and plan stops the run', async () => {
  const meanwhile = (file: string) => appendFile(file, `${ID},CEO\n`);
  await expect(planOf(`id,title\n${ID},SVP\n`, { meanwhile })).rejects.toThrow(
    'edits.csv: the file was changed while it was read',
  );
});
