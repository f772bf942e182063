import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const FLAGS = ['--timeout', '400ms', '--retries', '8', '--no-progress', '--log-level', 'error'];

/**
 * Runs the CLI to its end.
 * @param api the sandbox that it is pointed at
 * @returns its exit code and standard error
 */
export async function runToEnd({ dir }, argv, api) {
  const { child, ended } = start(dir, argv, api);
  const [code] = await once(child, 'close');
  return { code, stderr: await ended };
}

/** Runs the CLI, killing it after so many requests or so much time. @returns its exit code, null where it was killed */
export async function runAndKill({ random, moments, dir, sandbox }, argv) {
  const { child, ended } = start(dir, argv, sandbox);
  const requests = () => Object.values(sandbox.log.counts).reduce((sum, count) => sum + count, 0);
  const begun = requests();
  // A few requests are the planning, the many others the writes.
  const target = begun + 1 + random.below(random.next() < 0.3 ? 4 : 90);
  const deadline = random.next() < 0.3 ? Date.now() + random.below(900) : Infinity;
  const timer = setInterval(() => {
    if (requests() < target && Date.now() < deadline) return;
    clearInterval(timer);
    if (child.kill('SIGKILL')) moments.push(`${argv[0]}@${requests() - begun}`);
  }, 1);
  const [code, signal] = await once(child, 'close');
  clearInterval(timer);
  return { code: signal === 'SIGKILL' ? null : code, stderr: await ended };
}

function start(dir, argv, { url, key }) {
  const child = spawn(process.execPath, [CLI, ...argv, ...FLAGS], {
    cwd: dir,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...{ PATH: process.env.PATH, HOME: dir, TMPDIR: dir },
      ...{ CONTACT_SYNC_BASE_URL: url, CONTACT_SYNC_API_KEY: key },
    },
  });
  return {
    child,
    ended: child.stderr
      .setEncoding('utf8')
      .toArray()
      .then((chunks) => chunks.join('')),
  };
}

/** The runs in a folder, oldest first. One that was killed before it wrote its summary is none. */
export function runsIn(dir) {
  const runs = path.join(dir, 'runs');
  if (!existsSync(runs)) return [];
  return readdirSync(runs)
    .sort()
    .map((id) => ({ id, dir: path.join(runs, id) }))
    .filter((run) => existsSync(path.join(run.dir, 'summary.json')))
    .map((run) => ({ ...run, summary: JSON.parse(readFileSync(path.join(run.dir, 'summary.json'), 'utf8')) }));
}

/** Whether a request of the run may have been sent. */
export function hasSent({ dir }) {
  return (statSync(path.join(dir, 'sent.ndjson'), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** The values of a run's NDJSON file. */
export function linesOf(run, file) {
  const text = readFileSync(path.join(run.dir, file), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
