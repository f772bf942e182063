import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Contact } from '../../../src/core/contacts/types.js';
import { sandboxSchema } from '../../../src/sandbox/contact-schema.js';
import { CUSTOM_FIELDS, SANDBOX_TAGS } from '../../../src/sandbox/defaults.js';
import { startSandbox, type Sandbox } from '../../../src/sandbox/start-sandbox.js';
import { exportPages } from '../../../src/core/export-pages.js';
import { csvFormat } from '../../../src/core/contacts/export-formats.js';
import { makeFolder, newRun, type RunFolder } from '../../../src/core/run/run-folder.js';
import { applyPlanFile } from '../../../src/core/apply/apply-plan.js';
import { planCsv } from '../../../src/core/plan-csv.js';
import { id, person } from '../../support/world.js';
import { job, PLAN } from '../../support/job.js';
import { comparable, contents } from '../../support/gate.js';

const CONTACTS = 4;
const TAGS = SANDBOX_TAGS.slice(0, 3).map(({ name }) => name);
const nothing = fc.constant(null);
const text = fc.constantFrom('', 'a', 'É', 'two\nlines', '=1', '00123', '#N/A', '<clear>');

/** Values of a contact. No cell reads back as some: the export leaves those out. */
const VALUES = {
  title: fc.oneof(text, nothing),
  notes: fc.oneof(text, nothing),
  do_not_contact: fc.oneof(fc.boolean(), nothing),
  tags: fc.subarray(TAGS),
  [CUSTOM_FIELDS.seats]: fc.oneof(fc.integer({ min: -9, max: 9 }), nothing),
  [CUSTOM_FIELDS.newsletter]: fc.oneof(fc.boolean(), nothing),
  [CUSTOM_FIELDS.interests]: fc.oneof(fc.subarray(['x', 'y', 'a;b'], { minLength: 1 }), nothing),
  [CUSTOM_FIELDS.accountTier]: fc.constantFrom('tier_1', 'tier_2', null),
} as const;
const KEYS = Object.keys(VALUES) as (keyof typeof VALUES)[];
const CONTACT = fc.record(VALUES);

/** The columns of custom fields have their names. */
const LABELS = new Map(
  sandboxSchema().flatMap(({ key, name }) => (key.startsWith('custom_field_') ? [[key, name] as const] : [])),
);

/** What a person types into a cell, and the value that it stands for. */
const TYPED: Record<keyof typeof VALUES, readonly (readonly [string, unknown])[]> = {
  title: [['New', 'New']],
  notes: [['new\nnotes', 'new\nnotes']],
  do_not_contact: [
    ['yes', true],
    ['no', false],
  ],
  tags: [
    ['Champion', ['Champion']],
    ['Champion;VIP', ['Champion', 'VIP']],
  ],
  [CUSTOM_FIELDS.seats]: [['77', 77]],
  [CUSTOM_FIELDS.newsletter]: [['true', true]],
  [CUSTOM_FIELDS.interests]: [['z;x', ['z', 'x']]],
  [CUSTOM_FIELDS.accountTier]: [['Standard', 'tier_3']],
};

/** A cell that a person touched: emptied, or with something typed into it. */
const TOUCH = fc.constantFrom(...KEYS).chain((key) =>
  fc.record({
    n: fc.integer({ min: 1, max: CONTACTS }),
    key: fc.constant(key),
    typed: fc.constantFrom(['', null] as const, ...TYPED[key]),
  }),
);

type Touch = typeof TOUCH extends fc.Arbitrary<infer T> ? T : never;

/** What a colleague writes to a field that nobody touches in the file. */
const COLLEAGUE = 'a colleague’s';

/** The rows of an export, header first. */
async function exported(sandbox: Sandbox, folder: RunFolder): Promise<string[][]> {
  const rows: string[][] = [];
  await job(sandbox, folder, 'export', async (session) => {
    const format = await csvFormat(session.vocabulary);
    const write = (row: readonly string[]): Promise<void> => Promise.resolve(void rows.push([...row]));
    await exportPages(session, folder.file('scratch'), undefined, format, write);
  });
  return rows;
}

/** Touches a cell of the table, and has what is expected of the contact follow. */
function touchCell(table: string[][], expected: Record<string, Record<string, unknown>>, touch: Touch): void {
  const { n, key, typed } = touch;
  const [header = [], ...rows] = table;
  const row = rows.find(([contact]) => contact === id(n))!;
  const contact = expected[id(n)]!;
  const at = header.indexOf(LABELS.get(key) ?? key);
  expect(at).not.toBe(-1);
  const [cell, value] = typed;
  const isEmptied = row[at] !== '' && cell === '';
  // What is typed over a value that the export left out is a conflict: nobody saw that value.
  if (row[at] === '' && contact[key] !== null && cell !== '') return;
  row[at] = cell;
  // An empty cell that stays empty is no edit, whatever the contact holds.
  if (cell !== '' || isEmptied) contact[key] = comparable(value);
}

test('export, edit some cells, sync --base: these have the values of the file, and all others are untouched', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-test-'));
  let [runs, cleared] = [0, 0];
  const next = async (): Promise<RunFolder> => {
    const folder = newRun(path.join(dir, 'runs'), new Date(++runs));
    await makeFolder(folder);
    return folder;
  };
  const property = async (values: Partial<Contact>[], touches: Touch[]): Promise<void> => {
    const sandbox = await startSandbox({ contacts: values.map((given, at) => person(at + 1, given)) });
    try {
      const table = await exported(sandbox, await next());
      const [base, file] = [path.join(dir, 'base.csv'), path.join(dir, 'edits.csv')];
      await writeFile(base, stringify(table));
      const expected = contents(sandbox) as Record<string, Record<string, unknown>>;
      for (const touch of touches) touchCell(table, expected, touch);
      await writeFile(file, stringify(table));
      for (const [key, contact] of Object.entries(expected)) {
        sandbox.store.write(key, { location: COLLEAGUE });
        contact['location'] = COLLEAGUE;
      }
      await job(sandbox, await next(), 'sync', async (session) => {
        const plan = await planCsv(session, { path: file, name: 'edits.csv' }, { ...PLAN, base });
        await applyPlanFile(session, plan);
        expect(session.summary).toMatchObject({ rejected_planned: 0, not_kept: 0, empty_cells_left: 0 });
        cleared += session.summary.clears_planned;
      });
      expect(contents(sandbox)).toEqual(expected);
    } finally {
      await sandbox.close();
    }
  };
  try {
    const contacts = fc.array(CONTACT, { minLength: CONTACTS, maxLength: CONTACTS });
    const touches = fc.uniqueArray(TOUCH, { maxLength: 16, selector: ({ n, key }) => `${n} ${key}` });
    await fc.assert(fc.asyncProperty(contacts, touches, property), { numRuns: 25 });
    expect(cleared).toBeGreaterThan(0);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
