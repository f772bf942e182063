import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'jsonc-parser';
import { readJob } from '../../src/cli/settings/job-file.js';
import { jobSchema } from '../../src/cli/settings/job-schema.js';
import type { OptionSpec } from '../../src/cli/settings/option-spec.js';
import { jobName, OPTIONS, type OptionName } from '../../src/cli/settings/options.js';
import { SCHEMAS } from '../../src/cli/settings/schemas.js';
import { ROOT, world } from '../support/docs.js';

const JOBS = path.join(ROOT, 'jobs');
const files = readdirSync(JOBS).filter((name) => name.endsWith('.json') && name !== 'job.schema.json');

describe('jobs/nightly-sync.json', () => {
  test(
    'runs by --job, with its CSV and its runs beside it',
    world(async ({ sync }) => {
      const run = await sync(['sync', '--job', 'jobs/nightly-sync.json']);
      // A nightly job mails what is on standard error.
      expect(run).toMatchObject({ code: 0, stderr: '' });
      expect(run.summary.counts).toMatchObject({ updated: 11, unchanged: 1 });
    }),
  );

  test(
    'gives way to a flag',
    world(async ({ sync }) => {
      const run = await sync(['sync', '--job', 'jobs/nightly-sync.json', '--dry-run']);
      expect(run).toMatchObject({ code: 0, summary: { counts: { planned: 11, updated: 0 } } });
    }),
  );
});

test('every job file is one that is understood, and its CSV exists', () => {
  expect(files).toEqual(['ci-migration.json', 'nightly-sync.json', 'post-import-cleanup.json']);
  for (const file of files) {
    const job = readJob(path.join(JOBS, file), { env: {} });
    expect(job.csv).toBeDefined();
    expect(readdirSync(path.dirname(job.csv ?? ''))).toContain(path.basename(job.csv ?? ''));
  }
});

describe('the JSON Schema of job files', () => {
  const schema = JSON.parse(readFileSync(path.join(JOBS, 'job.schema.json'), 'utf8')) as object;
  const validate = new Ajv({ strict: false }).compile(schema);
  const settings = (Object.keys(OPTIONS) as OptionName[]).filter((name) => !(OPTIONS[name] as OptionSpec).notInFiles);

  test('is the one that the table of settings makes', () => {
    expect(schema).toEqual(jobSchema());
  });

  test.each(files)('describes jobs/%s, which names it', (file) => {
    const job = parse(readFileSync(path.join(JOBS, file), 'utf8')) as Record<string, unknown>;
    expect([validate(job), validate.errors]).toEqual([true, null]);
    expect(path.resolve(JOBS, String(job['$schema']))).toBe(path.join(JOBS, 'job.schema.json'));
  });

  test('refuses keys that there are not, and settings that no file may hold', () => {
    for (const job of [{ concurency: 4 }, { 'trust-env-file': true }, { notify: 1 }]) expect(validate(job)).toBe(false);
  });

  /** Values that a person may write, for a setting of any kind. */
  const VALUES = [
    ...['4', 4, 200, '200', '10%', '0.5%', '3h', '30s', '05:00', '1000/h', 'none', true, false, 'auto', 'any text'],
    ...[
      'postgres://db.example.com/fleet',
      'https://api.example.com',
      '/v1/preview',
      'email,phone_number',
      ['email'],
      ['a=b', 'c'],
      ['title=fill'],
    ],
  ];

  test.each(settings)('takes what the command takes as %s', (name) => {
    const { type, default: standard, value: words = '' }: OptionSpec = OPTIONS[name];
    const values = [...VALUES, ...(standard === undefined ? [] : [standard]), ...words.split('|')];
    // The command takes words for a switch and commas for a list, too; editors need not offer that.
    const isMeant = (value: unknown) =>
      type === 'boolean' ? typeof value === 'boolean' : type !== 'array' || Array.isArray(value);
    const taken = values.filter((value) => isMeant(value) && SCHEMAS[name].safeParse(value).success);
    expect(taken).not.toHaveLength(0);
    expect(taken.filter((value) => !validate({ [jobName(name)]: value }))).toEqual([]);
  });

  test('offers words that the command takes, and no others', () => {
    const { properties } = jobSchema() as { properties: Record<string, { enum?: string[] }> };
    const closed = settings.filter((name) => properties[jobName(name)]?.enum);
    expect(closed.length).toBeGreaterThan(5);
    for (const name of closed) {
      for (const word of properties[jobName(name)]!.enum!) {
        expect([name, word, SCHEMAS[name].safeParse(word).success]).toEqual([name, word, true]);
      }
      expect(SCHEMAS[name].safeParse('no such word').success || validate({ [jobName(name)]: 'no such word' })).toBe(
        false,
      );
    }
  });
});
