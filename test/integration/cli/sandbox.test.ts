import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { main } from '../../../src/cli/main.js';
import { SANDBOX_KEY } from '../../../src/sandbox/defaults.js';
import { FAULT_KINDS } from '../../../src/sandbox/faults.js';

const LAST_LINE = 'samples/contact-edits.csv';

let dir = '';
let mine = '';
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-sandbox-'));
  mine = path.join(dir, 'mine.csv');
  await writeFile(mine, 'id,first_name\ncon_1,Ann\n');
});
afterAll(() => rm(dir, { recursive: true }));

/** A run of `contact-sync sandbox` in this process. */
interface Started {
  /** What it has written so far. */
  stdout: string;
  stderr: string;
  /** Its exit code. */
  ended: Promise<number>;
  /** Resolves when it has written to standard output. */
  written: () => Promise<unknown>;
  stop: () => void;
}

function start(...args: readonly string[]): Started {
  const [stdout, stderr, stop] = [new PassThrough(), new PassThrough(), new AbortController()];
  const io = { env: { HOME: dir }, stdin: Readable.from([]), stdout, stderr, signal: stop.signal };
  const started: Started = {
    ...{ stdout: '', stderr: '' },
    ended: main(['sandbox', ...args], io),
    written: () => once(stdout, 'data'),
    stop: () => stop.abort(),
  };
  stdout.setEncoding('utf8').on('data', (text: string) => (started.stdout += text));
  stderr.setEncoding('utf8').on('data', (text: string) => (started.stderr += text));
  return started;
}

interface Serving extends Started {
  /** What the printed `export` lines set. */
  url: string;
  key: string;
}

/** Starts it and stops it once it has been looked at, as Ctrl-C does. */
async function serving(args: readonly string[], look: (serving: Serving) => Promise<void>): Promise<void> {
  const started = start('--port', '0', ...args);
  try {
    while (!started.stdout.includes(LAST_LINE)) {
      await Promise.race([started.written(), started.ended.then((code) => failedWith(code, started.stderr))]);
    }
    const { stdout } = started;
    const exported = (name: string) => new RegExp(`^  export CONTACT_SYNC_${name}=(.*)$`, 'm').exec(stdout)?.[1] ?? '';
    await look({ ...started, url: exported('BASE_URL'), key: exported('API_KEY') });
  } finally {
    started.stop();
  }
  expect(await started.ended).toBe(0);
}

function failedWith(code: number, stderr: string): never {
  throw new Error(`the sandbox ended with ${code}: ${stderr}`);
}

async function firstNames(url: string, key: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await fetch(`${url}/v1/preview/contacts/list`, { method: 'POST', headers, body: '{}' });
  const { data } = (await answer.json()) as { data?: { first_name: string }[] };
  return data ? data.map(({ first_name }) => first_name) : answer.status;
}

test('contacts of a file get a new key at each start, which is printed, and refuse the published one', async () => {
  const keys: string[] = [];
  const startOnce = () =>
    serving(['--contacts', mine], async ({ url, key, stderr }) => {
      expect(key).toMatch(/^mks_[\w-]{48}$/);
      expect(await firstNames(url, key)).toEqual(['Ann']);
      expect(await firstNames(url, SANDBOX_KEY)).toBe(401);
      expect(stderr).toBe('');
      keys.push(key);
    });
  await startOnce();
  await startOnce();
  expect(keys[0]).not.toBe(keys[1]);
});

test('seeded contacts have the published key', () =>
  serving(['--contacts', '1'], async ({ url, key }) => {
    expect(key).toBe(SANDBOX_KEY);
    expect(await firstNames(url, key)).toHaveLength(1);
  }));

test('on all addresses it warns, prints the addresses of this machine, and exports one that works here', () =>
  serving(['--contacts', '1', '--host', '0.0.0.0'], async ({ stdout, stderr, url, key }) => {
    expect(stderr).toBe(
      'contact-sync: warning: --host 0.0.0.0 lets other machines reach these contacts, unencrypted\n',
    );
    const { port } = new URL(url);
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
      .map(({ address }) => `http://${address}:${port}`);
    expect(stdout).toContain(`1 contact at ${[`http://127.0.0.1:${port}`, ...outside].join(', ')} (Ctrl-C stops it).`);
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(await firstNames(url, key)).toHaveLength(1);
  }));

test('a port that is in use is refused with exit code 2', () =>
  serving(['--contacts', '1'], async ({ url }) => {
    const { port } = new URL(url);
    const second = start('--port', port);
    expect(await second.ended).toBe(2);
    expect(second.stderr).toContain(`--port: ${port} is already in use; use --port 0 for any free port`);
  }));

test.each([
  [['--host', '203.0.113.7'], '--host: "203.0.113.7" is not an address of this machine'],
  [['--host', ''], '--host: expected an address'],
  [['--faults', 'get:422=1%'], '--faults: Fault 422 is for patch requests only, not for get'],
])('%j is refused with exit code 2', async (args, message) => {
  const started = start('--port', '0', ...args);
  expect(await started.ended).toBe(2);
  expect(started.stderr).toContain(message);
});

test('--help names every fault', async () => {
  const started = start('--help');
  expect(await started.ended).toBe(0);
  expect(started.stdout.split(/[\s;:]+/)).toEqual(expect.arrayContaining([...FAULT_KINDS]));
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends the process with exit code 0', async (signal) => {
  const args = [path.resolve('dist/cli.js'), 'sandbox', '--port', '0', '--contacts', '1'];
  const child = spawn(process.execPath, args, { cwd: dir, timeout: 50_000 });
  const ended = once(child, 'close');
  let stdout = '';
  for await (const text of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
    stdout += text;
    if (stdout.includes(LAST_LINE)) break;
  }
  child.kill(signal);
  expect(await ended).toEqual([0, null]);
});
