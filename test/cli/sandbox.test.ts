import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SANDBOX_KEY } from '../../src/sandbox/defaults.js';

const CLI = path.resolve('dist/cli.js');
const LAST_LINE = 'samples/contact-edits.csv';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-sandbox-'));
  await writeFile(path.join(dir, 'mine.csv'), 'id,first_name\ncon_1,Ann\n');
});
afterAll(() => rm(dir, { recursive: true }));

interface Serving {
  stdout: string;
  stderr: string;
  /** What the printed `export` lines set. */
  url: string;
  key: string;
}

/** Starts `sandbox` at a free port, and stops it as Ctrl-C does once it has been looked at. */
async function serving(args: readonly string[], look: (served: Serving) => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, [CLI, 'sandbox', '--port', '0', ...args], { cwd: dir, timeout: 50_000 });
  let [stdout, stderr] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const ended = once(child, 'close');
  try {
    while (!stdout.includes(LAST_LINE)) await Promise.race([once(child.stdout, 'data'), failAt(ended, () => stderr)]);
    const exported = (name: string) => new RegExp(`^  export CONTACT_SYNC_${name}=(.*)$`, 'm').exec(stdout)?.[1] ?? '';
    await look({ stdout, stderr, url: exported('BASE_URL'), key: exported('API_KEY') });
  } finally {
    child.kill('SIGINT');
  }
  expect(await ended).toEqual([0, null]);
}

async function failAt(end: Promise<unknown>, why: () => string): Promise<never> {
  await end;
  throw new Error(`the sandbox ended: ${why()}`);
}

async function firstNames(url: string, key: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await fetch(`${url}/v1/preview/contacts/list`, { method: 'POST', headers, body: '{}' });
  const { data } = (await answer.json()) as { data?: { first_name: string }[] };
  return data ? data.map(({ first_name }) => first_name) : answer.status;
}

test('contacts of a file get a key of their own at each start, which the printed lines name and the public one is not', async () => {
  const keys: string[] = [];
  const start = () =>
    serving(['--contacts', 'mine.csv'], async ({ url, key, stderr }) => {
      expect(key).toMatch(/^mks_[\w-]{48}$/);
      expect(await firstNames(url, key)).toEqual(['Ann']);
      expect(await firstNames(url, SANDBOX_KEY)).toBe(401);
      expect(stderr).toBe('');
      keys.push(key);
    });
  await start();
  await start();
  expect(keys[0]).not.toBe(keys[1]);
});

test('seeded contacts have the key that samples name', () =>
  serving(['--contacts', '1'], async ({ url, key }) => {
    expect(key).toBe(SANDBOX_KEY);
    expect(await firstNames(url, key)).toHaveLength(1);
  }));

test('at an address that other machines reach it warns, says where it listens, and exports one that works here', () =>
  serving(['--contacts', '1', '--host', '0.0.0.0'], async ({ stdout, stderr, url, key }) => {
    expect(stderr).toMatch(/^contact-sync: warning: with --host 0\.0\.0\.0, other machines can reach/);
    const { port } = new URL(url);
    expect(stdout).toContain(`1 contact at http://0.0.0.0:${port} `);
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(await firstNames(url, key)).toHaveLength(1);
  }));

test.each([
  [['--host', '203.0.113.7'], '--host: "203.0.113.7" is not an address of this machine'],
  [['--host', ''], '--host: expected an address'],
])('%j is refused with exit code 2', async (args, message) => {
  const child = spawn(process.execPath, [CLI, 'sandbox', '--port', '0', ...args], { cwd: dir, timeout: 50_000 });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(stderr).toContain(message);
});
