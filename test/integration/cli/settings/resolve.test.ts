import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Env } from '../../../../src/cli/output/io.js';
import { readEnvFile } from '../../../../src/cli/settings/env.js';
import type { Job } from '../../../../src/cli/settings/job-file.js';
import { readKey } from '../../../../src/cli/settings/key.js';
import { envName, jobName, kebab, OPTIONS, type OptionName } from '../../../../src/cli/settings/options.js';
import { nameOrigin } from '../../../../src/cli/settings/origin.js';
import { resolveSettings, type Sources } from '../../../../src/cli/settings/resolve.js';
import type { Settings } from '../../../../src/cli/settings/schemas.js';
import { API_DEFAULTS, PLAN_DEFAULTS } from '../../../../src/core/defaults.js';
import { inTempDir } from '../../../support/temp.js';

const KEY = 'mks_topsecret0123456789';

function job(values: Job['values']): Job {
  return { file: 'nightly.json', values };
}

function settingsOf(argv: Sources['argv'] = {}, env: Env = {}, job?: Job): Settings {
  return resolveSettings({ argv, env, job }).settings;
}

/** The key, by variables of the environment alone. */
function keyOf(env: Env): string {
  return readKey({ env }).value;
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
  const settings = settingsOf();
  expect(Object.keys(settings).sort()).toEqual(Object.keys(OPTIONS).sort());
  expect(settings).toMatchObject({
    ...{ concurrency: 8, retries: 5, timeout: 30_000, reads: 'auto', empty: undefined, nullToken: '<clear>', map: [] },
    ...{ baseUrl: 'https://api.monaco.com', apiPrefix: '/v1/preview', delimiter: undefined, idFormat: 'uuid' },
  });
});

test('a flag wins over the environment, that over .env, that over the job file, that over the default; each says so', () =>
  inTempDir(async (dir) => {
    const file = path.join(dir, '.env');
    await writeFile(file, 'CONTACT_SYNC_CONCURRENCY=3\n');
    const places = fc.record({ flag: fc.boolean(), env: fc.boolean(), dotenv: fc.boolean(), job: fc.boolean() });
    fc.assert(
      fc.property(places, (given) => {
        const { settings, origins } = resolveSettings({
          argv: given.flag ? { concurrency: '1' } : {},
          env: given.env ? { CONTACT_SYNC_CONCURRENCY: '2' } : {},
          envFile: readEnvFile({ CONTACT_SYNC_ENV_FILE: given.dotenv ? file : '' }),
          job: given.job ? job({ concurrency: 4 }) : undefined,
        });
        const [value, kind, name] = given.flag
          ? [1, 'flag', '--concurrency']
          : given.env
            ? [2, 'env', 'CONTACT_SYNC_CONCURRENCY']
            : given.dotenv
              ? [3, 'env_file', `${file}: CONTACT_SYNC_CONCURRENCY`]
              : given.job
                ? [4, 'job', 'nightly.json: concurrency']
                : [8, 'default', '--concurrency'];
        expect(settings.concurrency).toBe(value);
        expect([origins.concurrency.kind, nameOrigin(origins.concurrency)]).toEqual([kind, name]);
      }),
    );
  }));

test('a variable that is set to nothing turns off what .env says', () =>
  inTempDir(async (dir) => {
    const file = path.join(dir, '.env');
    await writeFile(file, 'CONTACT_SYNC_CONCURRENCY=3\n');
    const envFile = readEnvFile({ CONTACT_SYNC_ENV_FILE: file });
    const { settings } = resolveSettings({ env: { CONTACT_SYNC_CONCURRENCY: '' }, envFile });
    expect(settings.concurrency).toBe(8);
  }));

test('no file says that files are to be trusted', () =>
  inTempDir(async (dir) => {
    const file = path.join(dir, '.env');
    await writeFile(file, 'CONTACT_SYNC_TRUST_ENV_FILE=true\n');
    const envFile = readEnvFile({ CONTACT_SYNC_ENV_FILE: file });
    const { kind, message } = thrownBy(() => resolveSettings({ envFile, job: job({ trustEnvFile: true }) }));
    expect(kind).toBe('usage');
    expect(message).toBe(
      `${file}: CONTACT_SYNC_TRUST_ENV_FILE: expected on the command line or in the environment, not in a file`,
    );
    expect(settingsOf({ trustEnvFile: true }).trustEnvFile).toBe(true);
    expect(settingsOf({}, { CONTACT_SYNC_TRUST_ENV_FILE: 'true' }).trustEnvFile).toBe(true);
  }));

test('an empty variable is as good as none', () => {
  expect(settingsOf({}, { CONTACT_SYNC_RETRIES: '' }, job({ retries: 2 })).retries).toBe(2);
});

test('a switch can be turned off in a higher place', () => {
  const env = { CONTACT_SYNC_DRY_RUN: 'true' };
  expect(settingsOf({}, env).dryRun).toBe(true);
  expect(settingsOf({ dryRun: false }, env).dryRun).toBe(false);
  expect(settingsOf({}, { CONTACT_SYNC_DRY_RUN: 'no' }, job({ dryRun: true })).dryRun).toBe(false);
});

test('several texts come from a repeated flag, a list in the job file, or commas in the environment', () => {
  const map = ['A=title', 'B=notes'];
  expect(settingsOf({ map }).map).toEqual(map);
  expect(settingsOf({}, {}, job({ map })).map).toEqual(map);
  expect(settingsOf({}, { CONTACT_SYNC_MAP: 'A=title, B=notes' }).map).toEqual(map);
});

test('all problems are told at once, each with where the value came from', () => {
  const { name, kind, message } = thrownBy(() =>
    settingsOf(
      { concurrency: 'many', reads: ['ids', 'get'] },
      { CONTACT_SYNC_TIMEOUT: '30' },
      job({ empty: 'keep', idFormat: 'any' }),
    ),
  );
  expect([name, kind]).toEqual(['UsageError', 'usage']);
  expect(message.split('\n').sort()).toEqual([
    '--concurrency: expected a whole number from 1 to 100, got "many"',
    '--reads: given more than once',
    'CONTACT_SYNC_TIMEOUT: expected a time such as 30s, 10m or 3h, got "30": which unit, 30s, 30m or 30h?',
    'nightly.json: empty: expected leave or clear, got "keep"',
  ]);
});

test.each(Object.keys(OPTIONS) as OptionName[])(
  'a value of --%s of another kind is a problem with its origin',
  (name) => {
    const { kind, message } = thrownBy(() => settingsOf({}, {}, job({ [name]: { a: 1 } })));
    expect(kind).toBe('usage');
    expect(message).toMatch(new RegExp(`^nightly\\.json: ${jobName(name)}: .*expected`));
  },
);

test.each((Object.keys(OPTIONS) as OptionName[]).filter((name) => (OPTIONS[name].type as string) !== 'array'))(
  '--%s given twice is a problem, not a guess',
  (name) => {
    expect(thrownBy(() => settingsOf({ [name]: ['a', 'b'] })).message).toBe(`--${kebab(name)}: given more than once`);
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
      expect(keyOf({ CONTACT_SYNC_API_KEY: ` ${KEY} ` })).toBe(KEY);
      expect(keyOf({ CONTACT_SYNC_API_KEY_FILE: file })).toBe(KEY);
      expect(keyOf({ CONTACT_SYNC_API_KEY: '', CONTACT_SYNC_API_KEY_FILE: file })).toBe(KEY);
      expect(keyOf({ CONTACT_SYNC_API_KEY: 'mks_another', CONTACT_SYNC_API_KEY_FILE: file })).toBe('mks_another');
    }));

  test('that is missing ends the run with 7 and says where it is looked for', () => {
    for (const env of [{}, { CONTACT_SYNC_API_KEY: ' ' }, { CONTACT_SYNC_API_KEY_FILE: '' }]) {
      const { kind, message } = thrownBy(() => keyOf(env));
      expect(kind).toBe('key');
      expect(message).toContain('set CONTACT_SYNC_API_KEY, or CONTACT_SYNC_API_KEY_FILE');
    }
  });

  test('in a file that is not there, or is empty, ends the run with 7', () =>
    inTempDir(async (dir) => {
      const file = path.join(dir, 'key');
      const missing = thrownBy(() => keyOf({ CONTACT_SYNC_API_KEY_FILE: file }));
      expect([missing.kind, missing.message]).toEqual([
        'key',
        `CONTACT_SYNC_API_KEY_FILE: ${file}: no such file in ${dir}`,
      ]);
      await writeFile(file, '\n');
      expect(thrownBy(() => keyOf({ CONTACT_SYNC_API_KEY_FILE: file })).kind).toBe('key');
    }));

  test('that no HTTP header can carry is refused, and not shown', () => {
    for (const broken of [`${KEY} x`, `${KEY}\nx`, `${KEY}é`]) {
      const { kind, message } = thrownBy(() => keyOf({ CONTACT_SYNC_API_KEY: broken }));
      expect(kind).toBe('key');
      expect(message).not.toContain('topsecret');
    }
  });

  test.each([
    ['quotes', `"${KEY}"`, 'in quotes'],
    ['quotes', `'${KEY}'`, 'in quotes'],
    ['its name', `CONTACT_SYNC_API_KEY=${KEY}`, 'without NAME='],
    ['its name', `export API_KEY=${KEY}`, 'without NAME='],
    ['its name', `token = ${KEY}`, 'without NAME='],
    ['less than a key', 'abc1234', 'shorter than 8 characters'],
  ])('with %s (%j) is refused, and not shown', (_, text, problem) =>
    inTempDir(async (dir) => {
      const file = path.join(dir, 'key');
      await writeFile(file, `${text}\n`);
      for (const env of [{ CONTACT_SYNC_API_KEY: text }, { CONTACT_SYNC_API_KEY_FILE: file }]) {
        const { kind, message } = thrownBy(() => keyOf(env));
        expect([kind, message]).toEqual(['key', expect.stringContaining(problem)]);
        expect(message).not.toMatch(/topsecret|abc1234/);
      }
    }),
  );

  test('where a path is expected is not shown', () => {
    const { kind, message } = thrownBy(() => keyOf({ CONTACT_SYNC_API_KEY_FILE: 'Zk9.plain-secret_7Qx' }));
    expect(kind).toBe('key');
    expect(message).toContain('CONTACT_SYNC_API_KEY_FILE: cannot be read: ENOENT. Does it hold the key itself?');
    expect(message).not.toContain('secret');
  });

  test.each([
    ['of one’s own that others can read', 0o644, 'chmod 600'],
    ['of one’s own that a group can read', 0o640, 'chmod 600'],
    ['of one’s own alone', 0o600, undefined],
  ])('in a file %s: a warning says what to do', (_, mode, advice) =>
    inTempDir(async (dir) => {
      const file = path.join(dir, 'key');
      await writeFile(file, KEY);
      await chmod(file, mode);
      const { warnings } = readKey({ env: { CONTACT_SYNC_API_KEY_FILE: file } });
      const text = `warning: ${file} holds the API key and can be read by other users; run: ${advice} ${file}`;
      expect(warnings).toEqual(advice === undefined ? [] : [text]);
      const dotenv = path.join(dir, '.env');
      await writeFile(dotenv, `CONTACT_SYNC_API_KEY=${KEY}\n`);
      await chmod(dotenv, mode);
      const envFile = readEnvFile({ CONTACT_SYNC_ENV_FILE: dotenv });
      expect(readKey({ env: {}, envFile }).warnings).toHaveLength(advice === undefined ? 0 : 1);
      // An address alone may be read by all.
      expect(readKey({ env: { CONTACT_SYNC_API_KEY: KEY }, envFile }).warnings).toEqual([]);
    }),
  );

  test('says where it comes from', () =>
    inTempDir(async (dir) => {
      const file = path.join(dir, 'key');
      await writeFile(file, KEY);
      const place = { file: 'nightly.json', values: {}, apiKeyFile: file };
      expect(readKey({ env: {}, job: place })).toMatchObject({
        ...{ value: KEY, file, origin: { kind: 'job', name: 'api-key-file', file: 'nightly.json' } },
      });
      const env = { CONTACT_SYNC_API_KEY: 'mks_another' };
      expect(readKey({ env, job: place }).origin).toEqual({ kind: 'env', name: 'CONTACT_SYNC_API_KEY' });
    }));

  test('is no setting: neither a flag nor a job file can hold it', () => {
    expect(Object.keys(OPTIONS).filter((name) => /(?<!^)key|token(?<!nullToken)/i.test(name))).toEqual([]);
  });

  test('is never shown by a problem with another setting', () => {
    const env = { CONTACT_SYNC_API_KEY: KEY, CONTACT_SYNC_CONCURRENCY: 'x' };
    expect(thrownBy(() => settingsOf({}, env)).message).not.toContain('topsecret');
  });
});

test("the library's defaults are the command line's", () => {
  const settings: Record<string, unknown> = settingsOf();
  for (const [name, value] of Object.entries({ ...API_DEFAULTS, ...PLAN_DEFAULTS })) {
    expect([name, name === 'strict' ? (settings[name] ?? false) : settings[name]]).toEqual([name, value]);
  }
});
