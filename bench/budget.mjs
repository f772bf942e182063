// `npm run bench:budget`: calls made against the least possible, 429s, and time against what the limit allows.
//
// 1,500 rows of which 300 change. First against a sandbox with 40 calls in any 2 seconds that tells so in headers, beside
// a plain p-limit and got script; then against nginx with `limit_req`, which says nothing but 429. Exits 1 where more
// calls are made than need be, where 429s are more than a handful, or where a contact ends with another value than meant.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import console from 'node:console';
import process from 'node:process';
import { seedContact } from '../dist/sandbox/seed-contacts.js';
import { writeEdits } from './files.mjs';
import { nginxVersion, startNginx } from './nginx.mjs';
import { CLI, measure, startServer } from './processes.mjs';

const ROWS = 1500;
const EVERY = 5;
const CHANGES = ROWS / EVERY;
/** A read takes 500 contacts. */
const LEAST = CHANGES + ROWS / 500;
const MOST_EXTRA = 3;
const HANDFUL = 5;
const CONCURRENCY = '8';
const LIMIT = { limit: 40, windowMs: 2000 };
const NGINX = { perSecond: 20, burst: 5 };
/** A limiter that says nothing is found out by being refused: for so many calls, one refusal. */
const CALLS_PER_BLIND_REFUSAL = 10;

const RIVAL = path.join(import.meta.dirname, 'rival-retries.mjs');
const MARK = 'Budget';

/** What the limit allows at best for so many calls: a window's worth at once, then as much a window. */
const allowedSeconds = (calls) => ((Math.ceil(calls / LIMIT.limit) - 1) * LIMIT.windowMs) / 1000;

const dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-bench-budget-'));
const file = path.join(dir, 'edits.csv');
const titles = Object.fromEntries(
  Array.from({ length: CHANGES }, (_, at) => [seedContact(at * EVERY).id, `${MARK} ${at * EVERY}`]),
);
const ours = ['sync', file, '--json', '--concurrency', CONCURRENCY];
const faults = [];

try {
  await writeEdits(file, { rows: ROWS, every: EVERY, mark: MARK });
  await withHeaders();
  await withoutHeaders();
} finally {
  await rm(dir, { recursive: true, force: true });
}
for (const fault of faults) console.error(`NOT AS IT SHOULD BE: ${fault}`);
if (faults.length > 0) process.exitCode = 1;

async function withHeaders() {
  console.log(`${ROWS} rows, ${CHANGES} of them changes; least possible ${LEAST} calls`);
  console.log(`\nsandbox, ${LIMIT.limit} calls in any ${LIMIT.windowMs / 1000} s, told in headers`);
  // A reset in whole seconds hides up to half of such a window, unless its length is told.
  const ways = [
    { name: 'reset in ms', resetIn: 'milliseconds', args: [] },
    { name: 'reset in whole s', resetIn: 'seconds', args: [] },
    { name: 'in whole s, --rate 40/2s', resetIn: 'seconds', args: ['--rate', '40/2s'] },
  ];
  for (const { name, resetIn, args } of ways) {
    const ran = await play({ ...LIMIT, resetIn }, CLI, [...ours, ...args]);
    tell(`contact-sync, ${name}`, ran);
    expectAtMost(`calls, ${name}`, ran.calls, LEAST + MOST_EXTRA);
    expectAtMost(`429s, ${name}`, ran.refused, HANDFUL);
    expectAtMost(`contacts that are wrong, ${name}`, ran.wrong, 0);
  }
  // In milliseconds, the kinder one to got as well, which goes by Retry-After alone.
  const rate = { ...LIMIT, resetIn: 'milliseconds' };
  tell("p-limit + got, got's retries", await play(rate, RIVAL, [file, CONCURRENCY]));
  tell('p-limit + got, PATCH retried too', await play(rate, RIVAL, [file, CONCURRENCY, 'patch']));
}

/** Runs a script against a sandbox of its own, whose allowance nobody has touched. */
async function play(rateLimit, script, args) {
  const server = await startServer({ contacts: ROWS, rateLimit });
  try {
    const { seconds, calls } = await measure(server, script, args);
    const [refused, wrong] = [await server.refused(), await server.wrong(titles)];
    return { seconds, calls, refused, wrong, allowed: allowedSeconds(calls - refused) };
  } finally {
    await server.stop();
  }
}

async function withoutHeaders() {
  const { perSecond, burst } = NGINX;
  const version = nginxVersion();
  if (version === undefined) {
    console.log('\nnginx is not installed: its limit_req is left out (apt-get install nginx-light)');
    return;
  }
  console.log(`\n${version}, limit_req ${perSecond} r/s, burst ${burst}, status 429, no headers`);
  const server = await startServer({ contacts: ROWS });
  const nginx = await startNginx(server.url, NGINX, dir);
  let ran;
  try {
    const before = { ...server, env: { ...server.env, CONTACT_SYNC_BASE_URL: nginx.url } };
    const { seconds } = await measure(before, CLI, ours);
    ran = { seconds, wrong: await server.wrong(titles) };
  } finally {
    await nginx.stop();
    await server.stop();
  }
  const statuses = await nginx.statuses();
  const refused = statuses.filter((status) => status === 429).length;
  const calls = statuses.length;
  tell('contact-sync', { ...ran, calls, refused, allowed: (calls - refused - burst - 1) / perSecond });
  expectAtMost('calls let through by nginx', calls - refused, LEAST + MOST_EXTRA);
  expectAtMost('429s of nginx', refused, LEAST / CALLS_PER_BLIND_REFUSAL);
  expectAtMost('contacts that are wrong behind nginx', ran.wrong, 0);
}

function tell(name, { calls, refused, seconds, allowed, wrong }) {
  console.log(
    `  ${name.padEnd(38)}${String(calls).padStart(5)} calls, ${String(refused).padStart(4)} × 429` +
      `${seconds.toFixed(1).padStart(7)} s (the limit allows ${allowed.toFixed(1)})` +
      `  ${CHANGES - wrong} of ${CHANGES} changes made`,
  );
}

function expectAtMost(what, found, most) {
  if (found > most) faults.push(`${what}: ${found}, at most ${most}`);
}
