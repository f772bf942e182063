import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readEnv, readKey, type Env } from '../../../../src/cli/settings/env.js';
import type { Job } from '../../../../src/cli/settings/job-file.js';
import { envName, kebab, OPTIONS, type OptionName } from '../../../../src/cli/settings/options.js';
import { resolveSettings } from '../../../../src/cli/settings/resolve.js';
import { API_DEFAULTS, PLAN_DEFAULTS } from '../../../../src/core/defaults.js';
import { inTempDir } from '../../../support/temp.js';

const KEY = 'mks_topsecret0123456789';

function job(values: Job['values']): Job {
  return { file: 'nightly.json', values };
}

/** What is thrown, for looking at several sides of it. */
function thrownBy(act: () => unknown): { name: string; kind: string; message: string } {
  try {
    act();
  } catch (error) {
    return error as { name: string; kind: string; message: string };
  }
  throw new Error('nothing was thrown');
}

test('every option has a default that is valid by its own rule, or may be left out', () => {
  const settings = resolveSettings({}, {}, undefined);
  expect(Object.keys(settings).sort()).toEqual(Object.keys(OPTIONS).sort());
  expect(settings).toMatchObject({
    ...{ concurrency: 8, retries: 5, timeout: 30_000, reads: 'auto', empty: undefined, nullToken: '<clear>', map: [] },
    ...{ baseUrl: 'https://api.monaco.com', apiPrefix: '/v1/preview', delimiter: undefined, idFormat: 'uuid' },
  });
});

test('a flag wins over the environment, that over .env, that over the job file, that over the default', () =>
  inTempDir(async (dir) => {
    const file = path.join(dir, '.env');
    await writeFile(file, 'CONTACT_SYNC_CONCURRENCY=3\n');
    const places = fc.record({ flag: fc.boolean(), env: fc.boolean(), dotenv: fc.boolean(), job: fc.boolean() });
    fc.assert(
      fc.property(places, (given) => {
        const environment: Env = given.env ? { CONTACT_SYNC_CONCURRENCY: '2' } : {};
        const env = readEnv(environment, given.dotenv ? file : `${file}.none`);
        const settings = resolveSettings(
          given.flag ? { concurrency: '1' } : {},
          env,
          given.job ? job({ concurrency: 4 }) : undefined,
        );
        expect(settings.concurrency).toBe(given.flag ? 1 : given.env ? 2 : given.dotenv ? 3 : given.job ? 4 : 8);
      }),
    );
  }));

test('an empty variable is as good as none', () => {
  expect(resolveSettings({}, { CONTACT_SYNC_RETRIES: '' }, job({ retries: 2 })).retries).toBe(2);
});

test('a switch can be turned off in a higher place', () => {
  const env = { CONTACT_SYNC_DRY_RUN: 'true' };
  expect(resolveSettings({}, env, undefined).dryRun).toBe(true);
  expect(resolveSettings({ dryRun: false }, env, undefined).dryRun).toBe(false);
  expect(resolveSettings({}, { CONTACT_SYNC_DRY_RUN: 'no' }, job({ dryRun: true })).dryRun).toBe(false);
});

test('several texts come from a repeated flag, a list in the job file, or commas in the environment', () => {
  const map = ['A=title', 'B=notes'];
  expect(resolveSettings({ map }, {}, undefined).map).toEqual(map);
  expect(resolveSettings({}, {}, job({ map })).map).toEqual(map);
  expect(resolveSettings({}, { CONTACT_SYNC_MAP: 'A=title, B=notes' }, undefined).map).toEqual(map);
});

test('all problems are told at once, each with where the value came from', () => {
  const { name, kind, message } = thrownBy(() =>
    resolveSettings(
      { concurrency: 'many', reads: ['ids', 'get'] },
      { CONTACT_SYNC_TIMEOUT: '30' },
      job({ empty: 'keep', idFormat: 'any' }),
    ),
  );
  expect([name, kind]).toEqual(['UsageError', 'usage']);
  expect(message.split('\n').sort()).toEqual([
    '--concurrency: expected a whole number from 1 to 100, got "many"',
    '--reads: given more than once',
    'CONTACT_SYNC_TIMEOUT: expected a time such as 30s, 10m or 3h, got "30" (did you mean 30s?)',
    'nightly.json: empty: expected leave or clear, got "keep"',
  ]);
});

test.each(Object.keys(OPTIONS) as OptionName[])(
  'a value of --%s of another kind is a problem with its origin',
  (name) => {
    const { kind, message } = thrownBy(() => resolveSettings({}, {}, job({ [name]: { a: 1 } })));
    expect(kind).toBe('usage');
    expect(message).toMatch(new RegExp(`^nightly\\.json: ${kebab(name)}: .*expected`));
  },
);

test.each((Object.keys(OPTIONS) as OptionName[]).filter((name) => (OPTIONS[name].type as string) !== 'array'))(
  '--%s given twice is a problem, not a guess',
  (name) => {
    expect(thrownBy(() => resolveSettings({ [name]: ['a', 'b'] }, {}, undefined)).message).toBe(
      `--${kebab(name)}: given more than once`,
    );
  },
);

test('names are the same everywhere: --dry-run, CONTACT_SYNC_DRY_RUN', () => {
  expect([kebab('ignoreUnknownColumns'), envName('ignoreUnknownColumns')]).toEqual([
    'ignore-unknown-columns',
    'CONTACT_SYNC_IGNORE_UNKNOWN_COLUMNS',
  ]);
});

describe('the API key', () => {
  test('comes from the environment, else from the file that it names', () =>
    inTempDir(async (dir) => {
      const file = path.join(dir, 'key');
      await writeFile(file, `${KEY}\n`);
      expect(readKey({ CONTACT_SYNC_API_KEY: ` ${KEY} ` })).toBe(KEY);
      expect(readKey({ CONTACT_SYNC_API_KEY_FILE: file })).toBe(KEY);
      expect(readKey({ CONTACT_SYNC_API_KEY: '', CONTACT_SYNC_API_KEY_FILE: file })).toBe(KEY);
      expect(readKey({ CONTACT_SYNC_API_KEY: 'mks_other', CONTACT_SYNC_API_KEY_FILE: file })).toBe('mks_other');
    }));

  test('that is missing ends the run with 7 and says where it is looked for', () => {
    for (const env of [{}, { CONTACT_SYNC_API_KEY: ' ' }, { CONTACT_SYNC_API_KEY_FILE: '' }]) {
      const { kind, message } = thrownBy(() => readKey(env));
      expect(kind).toBe('key');
      expect(message).toContain('set CONTACT_SYNC_API_KEY, or CONTACT_SYNC_API_KEY_FILE');
    }
  });

  test('in a file that is not there, or is empty, ends the run with 7', () =>
    inTempDir(async (dir) => {
      const file = path.join(dir, 'key');
      const missing = thrownBy(() => readKey({ CONTACT_SYNC_API_KEY_FILE: file }));
      expect([missing.kind, missing.message]).toEqual([
        'key',
        `CONTACT_SYNC_API_KEY_FILE: ${file} cannot be read: ENOENT`,
      ]);
      await writeFile(file, '\n');
      expect(thrownBy(() => readKey({ CONTACT_SYNC_API_KEY_FILE: file })).kind).toBe('key');
    }));

  test('that no HTTP header can carry is refused, and not shown', () => {
    for (const broken of [`${KEY} x`, `${KEY}\nx`, `${KEY}é`]) {
      const { kind, message } = thrownBy(() => readKey({ CONTACT_SYNC_API_KEY: broken }));
      expect(kind).toBe('key');
      expect(message).not.toContain('topsecret');
    }
  });

  test('is no setting: neither a flag nor a job file can hold it', () => {
    expect(Object.keys(OPTIONS).filter((name) => /key|token(?<!nullToken)/i.test(name))).toEqual([]);
  });

  test('is never shown by a problem with another setting', () => {
    const env = { CONTACT_SYNC_API_KEY: KEY, CONTACT_SYNC_CONCURRENCY: 'x' };
    expect(thrownBy(() => resolveSettings({}, env, undefined)).message).not.toContain('topsecret');
  });
});

test("the library's defaults are the command line's", () => {
  const settings = resolveSettings({}, {}, undefined) as Record<string, unknown>;
  for (const [name, value] of Object.entries({ ...API_DEFAULTS, ...PLAN_DEFAULTS })) {
    expect([name, name === 'strict' ? (settings[name] ?? false) : settings[name]]).toEqual([name, value]);
  }
});
