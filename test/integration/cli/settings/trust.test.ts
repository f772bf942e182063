import { readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { isRunId } from '../../../../src/core/run/run-folder.js';
import type { Summary } from '../../../../src/core/run/summary.js';
import { testAsRoot } from '../../../support/as-root.js';
import {
  csv,
  filesBelow,
  id,
  people,
  withFront,
  world,
  type CannedAnswer,
  type World,
} from '../../../support/world.js';

const EDITS = csv(['contact_id', 'title'], [[id(1), 'New']]);
const OTHER_KEY = `mks_${'another'.padEnd(48, '0')}`;

/** A world whose API has two addresses: one of this machine, and one that the tool takes for another machine's. */
interface Place extends World {
  /** Reaches the API, and is not a loopback address by its name. */
  elsewhere: string;
  /** Keys that the API got, in order. */
  keys: string[];
  /** Answers in place of the API. */
  instead: { answer?: () => CannedAnswer | undefined };
}

/** A test's body in a world where plain http is allowed and no base URL is set. */
function place(use: (place: Place) => Promise<void>): () => Promise<void> {
  return world({ contacts: people(3) }, async (it) => {
    const keys: string[] = [];
    const instead: Place['instead'] = {};
    const elsewhere = it.door.url.replace('127.0.0.1', '0.0.0.0');
    it.env['CONTACT_SYNC_BASE_URL'] = undefined;
    it.env['CONTACT_SYNC_ALLOW_HTTP'] = 'true';
    await it.write('edits.csv', EDITS);
    const answer = ({ authorization }: { authorization: string }) => {
      keys.push(authorization.replace('Bearer ', ''));
      return instead.answer?.();
    };
    await withFront(it, answer, () => use({ ...it, elsewhere, keys, instead }));
  });
}

/** Writes a file that only its owner can write, whatever the umask. */
async function writeOwn(dir: string, name: string, text: string): Promise<string> {
  const file = path.join(dir, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  await chmod(file, 0o600);
  return file;
}

/** Settings of `.env` or of a job file, by option name in dashes. */
type Values = Record<string, string | boolean>;

const FILES: Record<string, (dir: string, values: Values) => Promise<string[]>> = {
  async '.env'(dir, values) {
    const lines = Object.entries(values).map(
      ([name, value]) => `CONTACT_SYNC_${name.toUpperCase().replaceAll('-', '_')}=${value}\n`,
    );
    await writeOwn(dir, '.env', lines.join(''));
    return [];
  },
  async 'jobs/nightly-sync.json'(dir, values) {
    await writeOwn(dir, 'jobs/nightly-sync.json', JSON.stringify(values));
    return ['--job', 'jobs/nightly-sync.json'];
  },
};

describe.each(Object.keys(FILES))('an address in %s, with a key from the environment,', (name) => {
  const write = FILES[name]!;

  test.each([['plan', 'edits.csv'], ['sync', 'edits.csv'], ['export']])(
    'is refused by %s before any request',
    (...words) =>
      place(async ({ cli, dir, elsewhere, keys }) => {
        const run = await cli(...words, ...(await write(dir, { 'base-url': elsewhere })));
        expect(run.code).toBe(2);
        expect(run.stderr).toContain(
          `${name}: ${name === '.env' ? 'CONTACT_SYNC_BASE_URL' : 'base-url'} is ${elsewhere}`,
        );
        expect(run.stderr).toContain('the API key comes from CONTACT_SYNC_API_KEY');
        expect(run.stderr).toMatch(/name it with --base-url, or use --trust-env-file once/);
        expect(keys).toEqual([]);
        expect(run.runDir).toBeUndefined();
      })(),
  );

  test(
    'is refused as well if the key is in a file that the environment names',
    place(async ({ cli, dir, env, sandbox, elsewhere, keys }) => {
      env['CONTACT_SYNC_API_KEY'] = undefined;
      env['CONTACT_SYNC_API_KEY_FILE'] = await writeOwn(dir, 'key', sandbox.key);
      const run = await cli('plan', 'edits.csv', ...(await write(dir, { 'base-url': elsewhere })));
      expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('comes from CONTACT_SYNC_API_KEY_FILE') });
      expect(keys).toEqual([]);
    }),
  );

  test(
    'is used with --trust-env-file, and from then on with that key',
    place(async ({ cli, dir, env, elsewhere, keys }) => {
      const flags = await write(dir, { 'base-url': elsewhere });
      expect(await cli('plan', 'edits.csv', ...flags, '--trust-env-file')).toMatchObject({ code: 0 });
      expect(await cli('plan', 'edits.csv', ...flags)).toMatchObject({ code: 0 });
      const asked = keys.length;
      env['CONTACT_SYNC_API_KEY'] = OTHER_KEY;
      expect(await cli('plan', 'edits.csv', ...flags)).toMatchObject({ code: 2 });
      expect(keys).toHaveLength(asked);
      const files = await filesBelow(path.join(dir, '.contact-sync'));
      expect([...files].filter(([, text]) => text.includes(OTHER_KEY) || text.includes(keys[0]!))).toEqual([]);
    }),
  );

  test(
    'is used once it was named by hand',
    place(async ({ cli, dir, env, elsewhere }) => {
      const flags = await write(dir, { 'base-url': elsewhere });
      env['CONTACT_SYNC_BASE_URL'] = elsewhere;
      expect(await cli('export', ...flags)).toMatchObject({ code: 0 });
      env['CONTACT_SYNC_BASE_URL'] = undefined;
      expect(await cli('export', ...flags)).toMatchObject({ code: 0 });
    }),
  );

  test(
    'is not remembered if the API there refused the key',
    place(async ({ cli, dir, elsewhere, instead }) => {
      const flags = await write(dir, { 'base-url': elsewhere });
      instead.answer = () => ({ status: 401, body: '{}' });
      expect(await cli('plan', 'edits.csv', ...flags, '--trust-env-file')).toMatchObject({ code: 7 });
      expect(await cli('plan', 'edits.csv', ...flags)).toMatchObject({ code: 2 });
    }),
  );

  test(
    'is no other one because of its prefix',
    place(async ({ cli, dir, env, elsewhere, keys }) => {
      env['CONTACT_SYNC_BASE_URL'] = elsewhere;
      const flags = await write(dir, { 'api-prefix': '/v1/other' });
      const run = await cli('plan', 'edits.csv', ...flags);
      expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('is /v1/other') });
      expect(keys).toEqual([]);
    }),
  );

  test(
    "needs no trust if it is this machine's",
    place(async ({ cli, dir, door }) => {
      const flags = await write(dir, { 'base-url': door.url, lint: 'warn', 'runs-dir': 'runs' });
      expect(await cli('plan', 'edits.csv', ...flags)).toMatchObject({ code: 0 });
    }),
  );

  test(
    'cannot be trusted by its own word',
    place(async ({ cli, dir, elsewhere, keys }) => {
      const flags = await write(dir, { 'base-url': elsewhere, 'trust-env-file': true });
      const run = await cli('plan', 'edits.csv', ...flags);
      expect(run).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('on the command line or in the environment'),
      });
      expect(keys).toEqual([]);
    }),
  );

  test.each<[string, string, Values]>([
    ['plan', 'lint', { lint: 'off' }],
    ['plan', 'allow-opt-in', { 'allow-opt-in': true }],
    ['plan', 'runs-dir', { 'runs-dir': 'runs' }],
    ['export', 'out', { out: 'contacts.csv' }],
  ])('and so are settings of %s that could do harm: %s', (command, setting, values) =>
    place(async ({ cli, dir, env, elsewhere, keys }) => {
      env['CONTACT_SYNC_BASE_URL'] = elsewhere;
      const flags = await write(dir, values);
      const words = command === 'plan' ? ['plan', 'edits.csv'] : ['export'];
      const run = await cli(...words, ...flags);
      const shown = name === '.env' ? `CONTACT_SYNC_${setting.toUpperCase().replaceAll('-', '_')}` : setting;
      expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining(`${name}: ${shown} is `) });
      expect(keys).toEqual([]);
      env['CONTACT_SYNC_TRUST_ENV_FILE'] = 'true';
      expect(await cli(...words, ...flags)).toMatchObject({ code: 0 });
      env['CONTACT_SYNC_TRUST_ENV_FILE'] = undefined;
      // The key has been used with that address by now.
      const force = command === 'export' ? ['--force'] : [];
      expect(await cli(...words, ...flags, ...force)).toMatchObject({ code: 0 });
    })(),
  );

  test(
    'commands without a key take the settings as they are',
    place(async ({ cli, dir, elsewhere }) => {
      const flags = await write(dir, { 'base-url': elsewhere, lint: 'off', 'runs-dir': 'other' });
      expect(await cli('check', 'edits.csv', ...flags)).toMatchObject({ code: 0 });
      expect(await cli('runs', ...flags)).toMatchObject({
        code: 0,
        stdout: `no runs in ${path.join(dir, name === '.env' ? 'other' : 'jobs/other')} (--runs-dir names another folder)\n`,
      });
    }),
  );
});

describe('a key beside its address', () => {
  test(
    'in .env goes there',
    place(async ({ cli, dir, env, sandbox, elsewhere }) => {
      env['CONTACT_SYNC_API_KEY'] = undefined;
      await FILES['.env']!(dir, { 'api-key': sandbox.key, 'base-url': elsewhere, lint: 'warn' });
      expect(await cli('plan', 'edits.csv')).toMatchObject({ code: 0 });
    }),
  );

  test(
    'in a file below the folder of .env goes there; in another file of the user’s it does not',
    place(async ({ cli, dir, env, sandbox, elsewhere, keys }) => {
      const outside = await mkdtemp(path.join(tmpdir(), 'contact-sync-test-'));
      try {
        env['CONTACT_SYNC_API_KEY'] = undefined;
        const secret = await writeOwn(outside, 'token', sandbox.key);
        await symlink(secret, path.join(dir, 'link'));
        for (const file of [secret, 'link', path.relative(dir, secret)]) {
          await FILES['.env']!(dir, { 'api-key-file': file, 'base-url': elsewhere });
          const run = await cli('plan', 'edits.csv');
          expect(run).toMatchObject({
            code: 2,
            stderr: expect.stringContaining('CONTACT_SYNC_API_KEY_FILE is outside'),
          });
        }
        expect(keys).toEqual([]);
        await writeOwn(dir, 'secrets/key', sandbox.key);
        await FILES['.env']!(dir, { 'api-key-file': 'secrets/key', 'base-url': elsewhere });
        expect(await cli('plan', 'edits.csv')).toMatchObject({ code: 0 });
      } finally {
        await rm(outside, { recursive: true });
      }
    }),
  );

  test(
    'in a file that a job file names goes there',
    place(async ({ cli, dir, env, sandbox, elsewhere }) => {
      env['CONTACT_SYNC_API_KEY'] = undefined;
      await writeOwn(dir, 'jobs/key', sandbox.key);
      const flags = await FILES['jobs/nightly-sync.json']!(dir, { 'api-key-file': 'key', 'base-url': elsewhere });
      expect(await cli('plan', 'edits.csv', ...flags)).toMatchObject({ code: 0 });
    }),
  );

  test(
    'is not sent to an address of another file: .env has the key, a job file the address',
    place(async ({ cli, dir, env, sandbox, elsewhere, keys }) => {
      env['CONTACT_SYNC_API_KEY'] = undefined;
      await FILES['.env']!(dir, { 'api-key': sandbox.key });
      const flags = await FILES['jobs/nightly-sync.json']!(dir, { 'base-url': elsewhere });
      expect(await cli('plan', 'edits.csv', ...flags)).toMatchObject({ code: 2 });
      expect(keys).toEqual([]);
    }),
  );
});

describe('a job file outside of the working folder', () => {
  test(
    'counts like the environment, unless others can write it',
    place(async ({ cli, elsewhere, keys }) => {
      const outside = await mkdtemp(path.join(tmpdir(), 'contact-sync-test-'));
      try {
        const job = await writeOwn(outside, 'nightly.json', JSON.stringify({ 'base-url': elsewhere, lint: 'warn' }));
        await chmod(job, 0o666);
        expect(await cli('plan', 'edits.csv', '--job', job)).toMatchObject({ code: 2 });
        expect(keys).toEqual([]);
        await chmod(job, 0o644);
        expect(await cli('plan', 'edits.csv', '--job', job)).toMatchObject({ code: 0 });
      } finally {
        await rm(outside, { recursive: true });
      }
    }),
  );
});

test(
  'export does not overwrite what a file in the working folder names outside of it, wherever the API is',
  place(async ({ cli, dir, env, door }) => {
    const outside = await mkdtemp(path.join(tmpdir(), 'contact-sync-test-'));
    try {
      env['CONTACT_SYNC_BASE_URL'] = door.url;
      const out = await writeOwn(outside, 'precious.txt', 'precious');
      await symlink(outside, path.join(dir, 'link'));
      for (const named of [out, 'link/precious.txt']) {
        await FILES['.env']!(dir, { out: named, force: true });
        const run = await cli('export');
        expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('.env: CONTACT_SYNC_OUT: ') });
        expect(readFileSync(out, 'utf8')).toBe('precious');
      }
      expect(await cli('export', '--trust-env-file')).toMatchObject({ code: 0 });
      expect(readFileSync(out, 'utf8')).toContain(id(1));
    } finally {
      await rm(outside, { recursive: true });
    }
  }),
);

describe('.env', () => {
  test.each(['sync', 'check'])('that others can write is refused by %s, unless it is said to be trusted', (command) =>
    place(async ({ cli, dir, door, keys }) => {
      const file = await writeOwn(dir, '.env', `CONTACT_SYNC_BASE_URL=${door.url}\n`);
      await chmod(file, 0o666);
      const run = await cli(command, 'edits.csv');
      expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('.env can be written by other users') });
      expect(keys).toEqual([]);
      expect(await cli(command, 'edits.csv', '--trust-env-file')).toMatchObject({ code: 0 });
    })(),
  );

  testAsRoot(
    'of another user is refused',
    place(async ({ cli, dir, door, keys }) => {
      const file = await writeOwn(dir, '.env', `CONTACT_SYNC_BASE_URL=${door.url}\n`);
      await chown(file, 12345, 12345);
      const run = await cli('plan', 'edits.csv');
      expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('.env is owned by another user') });
      expect(keys).toEqual([]);
    }),
  );

  test(
    'is left out if CONTACT_SYNC_ENV_FILE is empty, and replaced if it names another file',
    place(async ({ cli, dir, env, door, elsewhere, keys }) => {
      await FILES['.env']!(dir, { 'base-url': elsewhere });
      env['CONTACT_SYNC_BASE_URL'] = door.url;
      env['CONTACT_SYNC_ENV_FILE'] = '';
      expect(await cli('plan', 'edits.csv')).toMatchObject({
        code: 0,
        stderr: expect.stringContaining(` at ${new URL(door.url).host}\n`),
      });
      env['CONTACT_SYNC_BASE_URL'] = undefined;
      env['CONTACT_SYNC_ENV_FILE'] = await writeOwn(dir, 'other.env', `CONTACT_SYNC_BASE_URL=${door.url}\n`);
      expect(await cli('plan', 'edits.csv')).toMatchObject({ code: 0 });
      expect(keys).not.toEqual([]);
      env['CONTACT_SYNC_ENV_FILE'] = 'gone.env';
      const run = await cli('check', 'edits.csv');
      expect(run).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('CONTACT_SYNC_ENV_FILE: gone.env: no such file in '),
      });
    }),
  );

  test(
    'does not name another file of its kind',
    place(async ({ cli, dir }) => {
      await FILES['.env']!(dir, { 'env-file': 'other.env' });
      const run = await cli('check', 'edits.csv');
      expect(run).toMatchObject({
        code: 0,
        stderr: 'contact-sync: warning: .env: CONTACT_SYNC_ENV_FILE has no effect there; set it in the environment\n',
      });
    }),
  );

  test(
    'that is a folder, as of a Python environment, is not a file of settings',
    place(async ({ cli, dir, env, door }) => {
      await mkdir(path.join(dir, '.env'));
      env['CONTACT_SYNC_BASE_URL'] = door.url;
      expect(await cli('plan', 'edits.csv')).toMatchObject({ code: 0 });
    }),
  );

  test(
    'that cannot be read ends what needs settings with exit code 2, and nothing else',
    place(async ({ cli, dir }) => {
      // A link to itself cannot be read by root either.
      await symlink('.env', path.join(dir, '.env'));
      const named = expect.stringContaining('.env: links that lead in a circle\n');
      expect(await cli('check', 'edits.csv')).toMatchObject({ code: 2, stderr: named });
      expect(await cli('plan', 'edits.csv')).toMatchObject({ code: 2, stderr: named });
      for (const word of ['--help', '--version']) expect(await cli(word)).toMatchObject({ code: 0, stderr: '' });
      expect(await cli('sync', '--help')).toMatchObject({ code: 0, stderr: '' });
    }),
  );
});

describe('plain http', () => {
  test.each<[string, (it: Place) => Promise<string[]>]>([
    ['--base-url', (it) => Promise.resolve(['--base-url', it.elsewhere])],
    ['CONTACT_SYNC_BASE_URL', (it) => Promise.resolve(((it.env['CONTACT_SYNC_BASE_URL'] = it.elsewhere), []))],
    ['.env: CONTACT_SYNC_BASE_URL', (it) => FILES['.env']!(it.dir, { 'base-url': it.elsewhere })],
    [
      'jobs/nightly-sync.json: base-url',
      (it) => FILES['jobs/nightly-sync.json']!(it.dir, { 'base-url': it.elsewhere }),
    ],
  ])('to another machine, by %s, is refused before any request, unless it is allowed', (origin, set) =>
    place(async (it) => {
      it.env['CONTACT_SYNC_ALLOW_HTTP'] = undefined;
      const flags = await set(it);
      const run = await it.cli('plan', 'edits.csv', ...flags);
      expect(run).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`${origin}: ${it.elsewhere} is plain http`),
      });
      expect(it.keys).toEqual([]);
      const allowed = await it.cli('plan', 'edits.csv', ...flags, '--allow-http', '--trust-env-file');
      expect(allowed).toMatchObject({ code: 0 });
    })(),
  );
});

describe('the address', () => {
  test(
    'is told and on disk before the first request',
    place(async ({ command, cli, dir, env, elsewhere, instead }) => {
      env['CONTACT_SYNC_BASE_URL'] = elsewhere;
      const found: unknown[] = [];
      instead.answer = () => {
        const runs = path.join(dir, 'runs');
        const [run = ''] = readdirSync(runs).filter(isRunId);
        const { target } = JSON.parse(readFileSync(path.join(runs, run, 'summary.json'), 'utf8')) as Summary;
        found.push(target?.base_url);
        return undefined;
      };
      const run = await cli('plan', 'edits.csv');
      expect(run).toMatchObject({ code: 0, stderr: expect.stringMatching(/^API: http:\/\/0\.0\.0\.0:\d+\n/) });
      expect(new Set(found)).toEqual(new Set([elsewhere]));
      expect(run.log).toContain(`"base_url":"${elsewhere}"`);
      expect(command([]).env).not.toHaveProperty('CONTACT_SYNC_TRUST_ENV_FILE');
    }),
  );

  test(
    'is on standard error by the log where progress is off, and not at all where neither is wanted',
    place(async ({ cli, env, door }) => {
      env['CONTACT_SYNC_BASE_URL'] = door.url;
      const quiet = await cli('plan', 'edits.csv', '--no-progress');
      expect(quiet.stderr).not.toContain(door.url);
      const logged = await cli('plan', 'edits.csv', '--no-progress', '--log-level', 'info');
      expect(logged.stderr).toContain(`base_url=${door.url}`);
    }),
  );

  test(
    "that is this machine's is not remembered, as it needs no trust",
    place(async ({ cli, dir, env, door }) => {
      env['CONTACT_SYNC_BASE_URL'] = door.url;
      await cli('plan', 'edits.csv');
      expect(await readdir(path.join(dir, '.contact-sync'))).not.toContain('addresses');
    }),
  );
});
