import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RulesByName } from '../../../src/core/contacts/read-rules.js';
import type { Contact } from '../../../src/core/contacts/types.js';
import { CUSTOM_FIELDS, SANDBOX_TAGS } from '../../../src/sandbox/defaults.js';
import { startSandbox } from '../../../src/sandbox/start-sandbox.js';
import { csv, id, person } from '../../support/world.js';
import { applyPlanFile, carryOut } from '../../../src/core/apply/apply-plan.js';
import { planCsv } from '../../../src/core/plan-csv.js';
import { planUndo } from '../../../src/core/plan-undo.js';
import { makeFolder, newRun, type RunFolder } from '../../../src/core/run/run-folder.js';
import { job, NO_GUARDS, PLAN } from '../../support/job.js';
import { contents } from '../../support/gate.js';

const CONTACTS = 5;

const TEXT = fc.oneof(
  fc.constantFrom('', 'a', '<clear>', ' x ', 'É', 'E\u0301', '"q"', 'a,b', 'two\nlines', '=1', '+1', '00123', '#N/A'),
  fc.string({ maxLength: 6 }).map((text) => text.replace(/[\p{Cc}\ufeff]/gu, '')),
);
const TAGS = fc.subarray(
  SANDBOX_TAGS.slice(0, 4).map(({ name }) => name),
  { minLength: 0 },
);
const nothing = fc.constant(null);

const CONTACT = fc.record(
  {
    title: fc.oneof(TEXT, nothing),
    notes: fc.oneof(TEXT, nothing),
    do_not_contact: fc.oneof(fc.boolean(), nothing),
    tags: fc.oneof(TAGS, nothing),
    [CUSTOM_FIELDS.seats]: fc.oneof(fc.integer({ min: -9, max: 9 }), nothing),
    [CUSTOM_FIELDS.interests]: fc.oneof(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }), nothing),
    [CUSTOM_FIELDS.accountTier]: fc.oneof(fc.constantFrom('tier_1', 'tier_2'), nothing),
  },
  { requiredKeys: [] },
);

const HEADER = ['contact_id', 'title', 'notes', 'do_not_contact', 'tags', ...Object.values(CUSTOM_FIELDS).slice(0, 5)];
const cells = (...values: string[]) => fc.constantFrom('', '<clear>', ...values);
const ROW = fc.tuple(
  fc.integer({ min: 1, max: CONTACTS + 1 }).map(id),
  fc.oneof(TEXT, cells()),
  fc.oneof(TEXT, cells()),
  cells('yes', 'no'),
  fc.oneof(
    cells(),
    TAGS.map((names) => names.join(';')),
    TAGS.map((names) => names.map((name, at) => (at % 2 ? '-' : '+') + name).join(';')),
  ),
  cells('Growth', 'tier_1', 'Nonsense'),
  cells('2026-03-01'),
  cells('3', '-2.5', '1e3', 'many'),
  cells('1', 'false'),
  cells('a', 'b;a', 'c;c'),
);

const GROWING = fc.constantFrom('overwrite', 'fill', 'append', 'ignore');
const OTHER = fc.constantFrom('overwrite', 'fill', 'ignore');
const SOME_RULES: fc.Arbitrary<RulesByName> = fc.record(
  { title: GROWING, notes: GROWING, tags: GROWING, Interests: GROWING, do_not_contact: OTHER, Seats: OTHER },
  { requiredKeys: [] },
);
/** The fields of a contact's JSON that a rule may fill, by their names in the rules. */
const FILLED = { title: 'title', notes: 'notes', tags: 'tags', Seats: CUSTOM_FIELDS.seats } as const;

/** The values of fields that a rule only fills, where there is one, by contact. */
function filledValues(contacts: Iterable<Contact>, rules: RulesByName): Map<string, Record<string, unknown>> {
  const keys = Object.entries(FILLED).flatMap(([name, key]) => (rules[name] === 'fill' ? [key] : []));
  const hasValue = (value: unknown): boolean => {
    if (typeof value === 'string') return value.trim() !== '';
    return Array.isArray(value) ? value.length > 0 : value !== null && value !== undefined;
  };
  return new Map(
    [...contacts].map((contact) => {
      const values = keys.filter((key) => hasValue(contact[key])).map((key) => [key, contact[key]]);
      return [contact.id, Object.fromEntries(values) as Record<string, unknown>];
    }),
  );
}

test('plan → apply → plan is empty, fill changes no value, and → undo gives back the contacts, whatever they, the edits and the rules are', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-test-'));
  let written = 0;
  let runs = 0;
  const next = async (): Promise<RunFolder> => {
    const folder = newRun(path.join(dir, 'runs'), new Date(++runs));
    await makeFolder(folder);
    return folder;
  };
  const property = async (contacts: Partial<Contact>[], rows: string[][], rules: RulesByName): Promise<void> => {
    const options = { ...PLAN, rule: rules };
    const sandbox = await startSandbox({ contacts: contacts.map((values, at) => person(at + 1, values)) });
    const file = path.join(dir, 'edits.csv');
    const source = { path: file, name: 'edits.csv' };
    try {
      // One row a contact: what several rows for one make of it the next plan would start over.
      const once = rows.filter((row, at) => rows.findIndex((other) => other[0] === row[0]) === at);
      await writeFile(file, csv(HEADER, once));
      const before = contents(sandbox);
      const filled = filledValues(sandbox.store.contacts.values(), rules);
      const edit = await next();
      await job(sandbox, edit, 'sync', async (session) => {
        await planCsv(session, source, options);
        await carryOut(session, NO_GUARDS, { readAt: 0 });
        expect(session.summary.counts).toMatchObject({ failed: 0, conflict: 0, unknown: 0, planned: 0 });
        expect(session.summary.counts.updated).toBe(session.summary.writes_planned);
      });
      written += sandbox.log.applied;
      for (const [key, values] of filled) expect(sandbox.store.find(key)).toMatchObject(values);
      await job(sandbox, await next(), 'plan', async (session) => {
        await planCsv(session, source, options);
        expect(session.summary.changes).toEqual({});
      });
      // All rows now, so that undo has to put several writes of one contact back as one.
      await writeFile(file, csv(HEADER, rows));
      const more = await next();
      const middle = contents(sandbox);
      await job(sandbox, more, 'sync', async (session) => {
        const plan = await planCsv(session, source, options);
        await applyPlanFile(session, plan);
      });
      for (const [run, was] of [
        [more, middle],
        [edit, before],
      ] as const) {
        await job(sandbox, await next(), 'undo', async (session) => {
          await planUndo(session, run);
          await applyPlanFile(session, { readAt: 0 });
          expect(session.summary.rejected_planned).toBe(0);
        });
        expect(contents(sandbox)).toEqual(was);
      }
    } finally {
      await sandbox.close();
    }
  };
  const contacts = fc.array(CONTACT, { minLength: CONTACTS, maxLength: CONTACTS });
  const rows = fc.array(ROW, { minLength: 3, maxLength: 12 });
  try {
    // An accent of its own reads the same as the letter that has it, and must still be put back.
    const row = (title: string): string[] => [id(3), title, '', '', '', '', '', '', '', ''];
    const accents: Partial<Contact>[] = [{}, {}, { title: 'E\u0301' }, {}, {}];
    const examples: [Partial<Contact>[], string[][], RulesByName][] = [[accents, [row('!'), row('\u00c9')], {}]];
    await fc.assert(fc.asyncProperty(contacts, rows, SOME_RULES, property), { numRuns: 30, examples });
    expect(written).toBeGreaterThan(20);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
