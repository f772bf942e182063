import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CUSTOM_FIELDS, SANDBOX_TAGS } from '../../dist/sandbox/defaults.js';
import { parseFaults } from '../../dist/sandbox/faults.js';
import { seedContact } from '../../dist/sandbox/seed-contacts.js';
import { startSandbox } from '../../dist/sandbox/start-sandbox.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const CONTACTS = 120;
const FAULTS = '503=3%,reset=2%,reset-after=3%,reset-late=2%,cut=2%,hang-after=1%,429-bare=1%';
const FIELDS = ['title', 'notes', 'location', 'tags', CUSTOM_FIELDS.seats];

/** One sync and one undo of it, each killed and resumed. @returns what happened */
export async function playRound(random, kills) {
  const dir = mkdtempSync(path.join(tmpdir(), 'contact-sync-crash-'));
  const sandbox = await startSandbox({
    ...{ contacts: CONTACTS, latencyMs: 15, seed: random.seed % 1000, faults: parseFaults(FAULTS) },
  });
  try {
    const start = snapshot(sandbox);
    const rows = makeRows(random, sandbox);
    writeFileSync(path.join(dir, 'edits.csv'), toCsv(rows));
    const killer = { random, left: kills, moments: [], dir, sandbox };

    await untilDone(killer, ['sync', 'edits.csv'], Math.ceil(kills / 2));
    const run = newestRun(dir);
    checkResults(run, rows);
    checkWrites(sandbox, run, 0);
    assert.deepEqual(snapshot(sandbox), applyRows(start, rows), 'contacts end as the CSV says');

    const seen = sandbox.log.patches().length;
    await untilDone(killer, ['undo', path.basename(run)], killer.left);
    checkWrites(sandbox, newestRun(dir), seen);
    assert.deepEqual(snapshot(sandbox), start, 'undo restores the start exactly');
    return {
      kills: killer.moments.length,
      moments: killer.moments,
      patches: sandbox.log.patches().length,
      rows: rows.length,
    };
  } catch (error) {
    console.error(`seed ${random.seed} failed; its files are in ${dir}`);
    throw error;
  } finally {
    await sandbox.close();
    if (process.exitCode === undefined && !existsSync(path.join(dir, 'keep')))
      rmSync(dir, { recursive: true, force: true });
  }
}

/** Starts a verb, kills it, resumes it and kills it again, so many times, and then lets it end. */
async function untilDone(killer, verb, kills) {
  const before = readdirRuns(killer.dir).length;
  for (let left = kills; ; left--) {
    const begun = readdirRuns(killer.dir).length > before;
    const argv = begun ? ['resume', 'latest'] : verb;
    const { code, stderr } = await runOnce(killer, argv, left > 0);
    if (code === null) continue;
    if (code === 4) continue; // Stopped cleanly, such as by an outage: continue.
    // A kill can come after the last row and before the end is noted.
    if (code === 2 && /has already finished/.test(stderr)) return;
    assert.ok(code === 0 || code === 3, `${argv.join(' ')} exited ${code}: ${stderr}`);
    return;
  }
}

/** Runs the CLI, killing it after so many requests or so much time. @returns its exit code, null where it was killed */
async function runOnce({ random, moments, dir, sandbox }, argv, kill) {
  const child = spawn(
    process.execPath,
    [CLI, ...argv, '--timeout', '400ms', '--retries', '8', '--no-progress', '--log-level', 'error'],
    {
      cwd: dir,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, HOME: dir, CONTACT_SYNC_BASE_URL: sandbox.url, CONTACT_SYNC_API_KEY: sandbox.key },
    },
  );
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const exit = once(child, 'close');
  let timer;
  if (kill) {
    const requests = () => Object.values(sandbox.log.counts).reduce((sum, count) => sum + count, 0);
    const begun = requests();
    // A few requests are the planning, the many others the writes.
    const target = begun + 1 + random.below(random.next() < 0.3 ? 4 : 90);
    const deadline = random.next() < 0.3 ? Date.now() + random.below(900) : Infinity;
    timer = setInterval(() => {
      if (requests() < target && Date.now() < deadline) return;
      clearInterval(timer);
      if (child.kill('SIGKILL')) moments.push(`${argv[0]}@${requests() - begun}`);
    }, 1);
  }
  const [code, signal] = await exit;
  clearInterval(timer);
  return { code: signal === 'SIGKILL' ? null : code, stderr };
}

function readdirRuns(dir) {
  const runs = path.join(dir, 'runs');
  if (!existsSync(runs)) return [];
  return readdirSync(runs)
    .filter((id) => existsSync(path.join(runs, id, 'summary.json')))
    .sort();
}

function newestRun(dir) {
  return path.join(dir, 'runs', readdirRuns(dir).at(-1));
}

function lines(run, file) {
  const text = readFileSync(path.join(run, file), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** Rows for most contacts, some twice or thrice, some that are wrong. */
function makeRows(random) {
  const rows = [];
  for (let i = 0; i < CONTACTS; i++) {
    const id = seedContact(i, random.seed % 1000).id;
    const times = random.next() < 0.15 ? 3 : 1;
    for (let n = 0; n < times; n++) {
      const cells = { contact_id: id };
      for (const field of FIELDS) if (random.next() < 0.4) cells[field] = makeCell(random, field);
      rows.push({ cells, valid: true });
    }
  }
  for (let i = rows.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [rows[i], rows[j]] = [rows[j], rows[i]];
  }
  rows.push({ cells: { contact_id: 'no-uuid', title: 'x' }, valid: false, status: 'invalid' });
  rows.push({
    cells: { contact_id: '00000000-0000-4000-8000-000000000000', title: 'x' },
    valid: false,
    status: 'not_found',
  });
  return rows;
}

function makeCell(random, field) {
  if (random.next() < 0.15) return '<clear>';
  if (field === 'tags') return [...new Set([random.pick(SANDBOX_TAGS).name, random.pick(SANDBOX_TAGS).name])].join(';');
  if (field === CUSTOM_FIELDS.seats) return String(random.below(500));
  return `${field} ${random.below(1000)}`;
}

function toCsv(rows) {
  const header = ['contact_id', ...FIELDS];
  return (
    [header, ...rows.map(({ cells }) => header.map((name) => cells[name] ?? ''))]
      .map((row) => row.join(','))
      .join('\n') + '\n'
  );
}

/** Every contact's fields, in a form that compares. */
function snapshot({ store }) {
  const all = {};
  for (const [id, contact] of store.contacts) {
    all[id] = Object.fromEntries(FIELDS.map((field) => [field, comparable(field, contact[field])]));
  }
  return all;
}

function comparable(field, value) {
  if (field === 'tags') return [...(value ?? [])].sort();
  return value === undefined || value === '' ? null : value;
}

function applyRows(start, rows) {
  const end = structuredClone(start);
  for (const { cells, valid } of rows) {
    if (!valid) continue;
    for (const field of FIELDS) {
      const cell = cells[field];
      if (cell === undefined) continue;
      const cleared = cell === '<clear>';
      if (field === 'tags') end[cells.contact_id][field] = cleared ? [] : cell.split(';').sort();
      else if (field === CUSTOM_FIELDS.seats) end[cells.contact_id][field] = cleared ? null : Number(cell);
      else end[cells.contact_id][field] = cleared ? null : cell;
    }
  }
  return end;
}

/** Each record has one result, and the right one. */
function checkResults(run, rows) {
  const results = lines(run, 'results.ndjson');
  assert.deepEqual(
    results.map((line) => line.row).sort((a, b) => a - b),
    rows.map((_, at) => at + 1),
    'each record has exactly one result',
  );
  for (const { row, status } of results) {
    const { valid, status: expected } = rows[row - 1];
    if (valid) assert.ok(status === 'updated' || status === 'unchanged', `row ${row} is ${status}`);
    else assert.equal(status, expected, `row ${row}`);
  }
  const summary = JSON.parse(readFileSync(path.join(run, 'summary.json'), 'utf8'));
  assert.equal(summary.state, 'done');
  assert.equal(
    Object.values(summary.counts).reduce((sum, count) => sum + count, 0),
    rows.length,
    'the summary counts each once',
  );
  assert.equal(
    readFileSync(path.join(run, 'rejected.csv'), 'utf8').trim().split('\n').length,
    3,
    'both bad rows are rejected, once',
  );
}

/** Every write that the server saw stands in the plan with its true `from`, and in sent.ndjson. */
function checkWrites(sandbox, run, after) {
  const plan = lines(run, 'plan.ndjson').filter((line) => line.status === 'planned');
  const sent = new Set(lines(run, 'sent.ndjson').map((line) => line.row));
  for (const entry of sandbox.log.patches().slice(after)) {
    assert.equal(entry.overlaps, undefined, 'no two writes of one contact at a time');
    if (!entry.applied) continue;
    const fits = plan.filter((line) => {
      if (line.contact_id !== entry.contactId) return false;
      return Object.keys(entry.after).every((key) => {
        const change = line.changes[key];
        if (!change) return false;
        const [from, to, was, is] = [change.from, change.to, entry.before[key], entry.after[key]].map((v) =>
          JSON.stringify(comparable(key, v)),
        );
        // A repeat of a request whose answer was lost finds its own values.
        return is === to && (was === from || was === to);
      });
    });
    assert.ok(fits.length > 0, `the write ${JSON.stringify(entry)} stands in no plan`);
    assert.ok(
      fits.some((line) => sent.has(line.row)),
      `row of ${entry.contactId} was sent, and sent.ndjson does not say so`,
    );
  }
}
