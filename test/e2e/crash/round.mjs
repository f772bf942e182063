import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseFaults } from '../../../dist/sandbox/faults.js';
import { startSandbox } from '../../../dist/sandbox/start-sandbox.js';
import { maybeAct } from './acts.mjs';
import { checkResults, checkWrites } from './checks.mjs';
import { runAndKill, runsIn, runToEnd } from './command.mjs';
import { applyRows, makeRows, snapshot, toCsv } from './contacts.mjs';

const CONTACTS = 120;
const FAULTS = '503=3%,reset=2%,reset-after=3%,reset-late=2%,cut=2%,hang-after=1%,429-bare=1%';
const OTHER_KEY = `mks_${'copy'.padEnd(48, '0')}`;

/**
 * One sync, or a plan that is applied, and the undo of it, each killed and resumed. Beside the API there is a copy of
 * it with the same contacts at another address, as for staging, which must never see a write.
 * @param kills of the writing and of the undoing together, about
 * @returns what happened
 */
export async function playRound(random, kills) {
  const dir = mkdtempSync(path.join(tmpdir(), 'contact-sync-crash-'));
  const like = { contacts: CONTACTS, seed: random.seed % 1000 };
  const [sandbox, copy] = await Promise.all([
    startSandbox({ ...like, latencyMs: 15, faults: parseFaults(FAULTS) }),
    startSandbox({ ...like, ...(random.next() < 0.5 ? { key: OTHER_KEY } : {}) }),
  ]);
  const round = { random, dir, sandbox, copy, moments: [], acts: {} };
  try {
    const rows = await play(round, kills);
    rmSync(dir, { recursive: true, force: true });
    const { moments, acts } = round;
    return { kills: moments.length, moments, acts, patches: sandbox.log.patches().length, rows: rows.length };
  } catch (error) {
    console.error(`seed ${random.seed} failed; its files are in ${dir}`);
    throw error;
  } finally {
    await Promise.all([sandbox.close(), copy.close()]);
  }
}

/** @returns the rows of the CSV */
async function play(round, kills) {
  const { random, dir, sandbox, copy } = round;
  const start = snapshot(sandbox);
  const rows = makeRows(random, sandbox);
  writeFileSync(path.join(dir, 'edits.csv'), toCsv(rows));

  // Every other round reviews its plan, so that any few of them have both ways.
  if (random.seed % 2 === 0) await untilDone(round, ['sync', 'edits.csv'], Math.ceil(kills / 2));
  else {
    await untilDone(round, ['plan', 'edits.csv'], 1);
    await untilDone(round, ['apply', 'latest'], Math.ceil(kills / 2));
  }
  const run = runsIn(dir).at(-1);
  checkResults(run, rows);
  checkWrites(sandbox, run, 0);
  assert.deepEqual(snapshot(sandbox), applyRows(start, rows), 'contacts end as the CSV says');

  const seen = sandbox.log.patches().length;
  await untilDone(round, ['undo', run.id], kills);
  checkWrites(sandbox, runsIn(dir).at(-1), seen);
  assert.deepEqual(snapshot(sandbox), start, 'undo restores the start exactly');
  assert.equal(copy.log.counts.patch, 0, 'the copy never sees a write');
  return rows;
}

/** Starts a verb, kills it, resumes it and kills it again, so many times, and then lets it end. */
async function untilDone(round, verb, kills) {
  const before = runsIn(round.dir).length;
  for (let left = kills; ; left--) {
    await maybeAct(round);
    const argv = nextCommand(round.dir, verb, before);
    if (argv === undefined) return;
    const { code, stderr } = await (left > 0 ? runAndKill(round, argv) : runToEnd(round, argv, round.sandbox));
    // Killed, or stopped cleanly, such as by an outage: continue.
    if (code === null || code === 4) continue;
    assert.ok(code === 0 || code === 3, `${argv.join(' ')} exited ${code}: ${stderr}`);
    assert.equal(nextCommand(round.dir, verb, before), undefined, `${argv.join(' ')} exited ${code} before its end`);
    return;
  }
}

/** @param before runs there were when the verb was begun @returns undefined where the verb has come to its end */
function nextCommand(dir, [verb, ...args], before) {
  const runs = runsIn(dir);
  const state = runs.at(-1)?.summary.state;
  if (verb === 'apply' ? state === 'planned' : runs.length === before) return [verb, ...args];
  return state === (verb === 'plan' ? 'planned' : 'done') ? undefined : ['resume', 'latest'];
}
