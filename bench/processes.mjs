// Starts and measures the processes of the benchmark.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';

const HERE = import.meta.dirname;
export const CLI = path.join(HERE, '..', 'dist', 'cli.js');
export const RIVAL = path.join(HERE, 'rival.mjs');

/**
 * Starts the sandbox. `calls()` tells how many requests of each kind it has had, `refused()` how many of them met a 429,
 * and `wrong(titles)` how many contacts do not have the title that they should have.
 */
export async function startServer(options) {
  const child = fork(path.join(HERE, 'serve.mjs'), [JSON.stringify(options)]);
  const [{ url, key }] = await once(child, 'message');
  async function ask(what) {
    child.send(what);
    const [answer] = await once(child, 'message');
    return answer;
  }
  return {
    url,
    env: { CONTACT_SYNC_BASE_URL: url, CONTACT_SYNC_API_KEY: key },
    calls: async () => (await ask('counts')).counts,
    refused: async () => (await ask('counts')).refused,
    wrong: async (titles) => (await ask({ wrong: titles })).wrong,
    async stop() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/**
 * Runs a script to its end in a folder of its own.
 * @returns wall time in seconds, peak memory in bytes, calls that the server counted for it, and what it printed
 * @throws where it ends with another code than 0
 */
export function measure(server, script, args, nodeFlags = []) {
  const peak = ['--import', path.join(HERE, 'peak.mjs')];
  return measureCommand(server, [process.execPath, ...nodeFlags, ...peak, script, ...args]);
}

/** As `measure`, for any command; its peak is undefined where it is not this benchmark's Node. */
export async function measureCommand(server, command) {
  const dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-bench-'));
  try {
    const before = await server.calls();
    const started = performance.now();
    const peakFile = path.join(dir, 'peak');
    const { PATH, PYTHONPATH } = process.env;
    const stdout = await run(command, {
      cwd: dir,
      env: { PATH, PYTHONPATH, HOME: dir, TMPDIR: dir, PEAK_FILE: peakFile, ...server.env },
    });
    const seconds = (performance.now() - started) / 1000;
    const after = await server.calls();
    const calls = Object.keys(after).reduce((sum, kind) => sum + after[kind] - before[kind], 0);
    const peak = await readFile(peakFile, 'utf8').then(Number, () => undefined);
    return { seconds, peak, calls, stdout };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function run([command, ...args], options) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code ?? signal}\n${stdout}\n${stderr}`);
  return stdout;
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
