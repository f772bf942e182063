import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { hasSent, runsIn, runToEnd } from './command.mjs';

/** How likely an act is each time that the command is not running. */
const CHANCE = 0.5;

const VERBS = ['resume', 'undo', 'apply'];
const ELSEWHERE = VERBS.map((verb) => `${verb} at another target`);
const DAMAGED = VERBS.map((verb) => `${verb} of a damaged plan`);
const DAMAGES = ['plan cut', 'byte changed'];

/** What a long enough series of rounds must have seen. */
export const ACTS = [...ELSEWHERE, ...DAMAGED, ...DAMAGES];

/** Does, now and then, what must be refused and change nothing, while the command is not running. */
export async function maybeAct(round) {
  await maybe(round, commandsOn(round), actElsewhere);
  const onPlan = commandsOn(round).filter(({ plan }) => plan !== undefined);
  await maybe(round, onPlan, actOnDamagedPlan);
}

async function maybe(round, commands, act) {
  if (commands.length === 0) return;
  const command = round.random.pick(commands);
  // Other moments are many; a plan waits to be applied once a round.
  if (command.argv[0] === 'apply' || round.random.next() < CHANCE) await act(round, command);
}

/** What a user could do with the runs as they are, one command a verb, and the run whose plan.ndjson it rests on. */
function commandsOn({ dir, random }) {
  const runs = runsIn(dir);
  const newest = runs.at(-1);
  if (newest === undefined) return [];
  const commands = [];
  const { state } = newest.summary;
  if (state !== 'done') {
    const verb = state === 'planned' ? 'apply' : 'resume';
    commands.push({ argv: [verb, 'latest'], plan: planBehind(newest, runs) });
  }
  const undoable = runs.filter((run) => hasSent(run) && run.summary.state !== 'undone');
  if (undoable.length > 0) {
    const run = random.pick(undoable);
    commands.push({ argv: ['undo', run.id], plan: run });
  }
  return commands;
}

/** None where the plan is still to be made from the CSV. An undo's is made from the plan of the run that it undoes. */
function planBehind(run, runs) {
  const { state, began_at, command, parent } = run.summary;
  if (state === 'planned' || began_at !== null) return run;
  return command === 'undo' ? runs.find(({ id }) => id === parent) : undefined;
}

/** With the address and key of a copy that has the same contacts. */
async function actElsewhere(round, { argv }) {
  const { dir, sandbox, copy } = round;
  const before = filesOf(dir);
  const stderr = await expectRefusal(round, argv, copy);
  for (const { url } of [sandbox, copy]) assert.ok(stderr.includes(url), `${url} is not named: ${stderr}`);
  assert.equal(copy.log.counts.patch, 0, 'nothing is sent to another target');
  assert.deepEqual(filesOf(dir), before, 'a command at another target leaves every run as it was');
  note(round, `${argv[0]} at another target`);
}

/** With a plan that lacks its end or has one byte changed, and is whole again afterwards. */
async function actOnDamagedPlan(round, { argv, plan }) {
  const { dir, random, sandbox } = round;
  const file = path.join(plan.dir, 'plan.ndjson');
  const whole = readFileSync(file);
  const how = random.pick(DAMAGES);
  const runs = runsIn(dir).length;
  writeFileSync(file, how === 'plan cut' ? cut(random, whole) : withByteChanged(random, whole));
  const stderr = await expectRefusal(round, argv, sandbox);
  assert.ok(stderr.includes(file), `${file} is not named: ${stderr}`);
  assert.equal(runsIn(dir).length, runs, 'a refused command leaves no run behind');
  writeFileSync(file, whole);
  note(round, `${argv[0]} of a damaged plan`);
  note(round, how);
}

/** @returns what the command said */
async function expectRefusal(round, argv, api) {
  const { sandbox } = round;
  await hasSeenAll(sandbox);
  const { patch } = sandbox.log.counts;
  const { code, stderr } = await runToEnd(round, argv, api);
  assert.equal(code, 2, `${argv.join(' ')} exited ${code}, and was to be refused: ${stderr}`);
  assert.doesNotMatch(stderr, /^\s+at /m, 'a refusal comes without a stack');
  assert.equal(sandbox.log.counts.patch, patch, 'a refused command sends nothing');
  return stderr;
}

/** Resolves once the server has read what a killed process had sent: connections are read in the order of arrival. */
async function hasSeenAll({ url }) {
  const answer = await fetch(`${url}/v1/me`);
  await answer.text();
}

function cut(random, bytes) {
  return bytes.subarray(0, random.below(bytes.length));
}

function withByteChanged(random, bytes) {
  const changed = Buffer.from(bytes);
  const at = random.below(changed.length);
  changed[at] = (changed[at] + 1 + random.below(255)) % 256;
  return changed;
}

/** Every file of the runs but their logs, which tell of refusals as well, and stores that the next command removes. */
function filesOf(dir) {
  const files = {};
  for (const entry of readdirSync(path.join(dir, 'runs'), { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.parentPath.includes(`${path.sep}scratch`)) continue;
    if (entry.isFile() && entry.name !== 'run.log') files[file] = readFileSync(file, 'latin1');
  }
  return files;
}

function note({ acts }, act) {
  acts[act] = (acts[act] ?? 0) + 1;
}
