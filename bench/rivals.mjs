// One table of what goals are set for: figure, ours, rival, ratio, goal. Each pair runs in turn on the same machine.
import console from 'node:console';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { writeEdits, writeTitles } from './files.mjs';
import { CLI, measure, measureCommand, median, RIVAL, startServer } from './processes.mjs';

const HERE = import.meta.dirname;
const RUNS = 3;
/** The job that counts: 10,000 rows of which 100 change, where 100 calls a minute are allowed. */
const NIGHTLY = { rows: 10_000, every: 100, callsPerMinute: 100 };

const SENDERS = [
  { name: 'p-limit + got', rows: 2000, goal: '≥ 0.9', command: [process.execPath, RIVAL] },
  {
    ...{ name: 'Python aiohttp', rows: 2000, goal: '', command: ['python3', path.join(HERE, 'rival.py')] },
    needs: ['python3', '-c', 'import aiohttp'],
  },
  {
    ...{ name: 'xargs -P curl', rows: 400, goal: '', command: ['sh', path.join(HERE, 'rival-curl.sh')] },
    needs: ['curl', '--version'],
  },
];

export async function benchRivals(server, dir) {
  const add = (...cells) => console.log(`| ${cells.join(' | ')} |`);
  const senders = SENDERS.filter(isThere);
  for (const { name } of SENDERS)
    if (!senders.some((there) => there.name === name)) console.log(`${name}: not installed`);
  console.log('\n| figure | ours | rival | ratio | goal |\n|---|---|---|---|---|');
  for (const row of await nightly(server, dir)) add(...row);
  add(...(await readingAhead(dir)));
  add(...(await checking(server, dir)));
  for (const sender of senders) add(...(await sending(server, dir, sender)));
}

function isThere({ needs: [command, ...args] = [process.execPath, '--version'] }) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Rows a second, with every row a change; a ratio above 1 is in our favour. */
async function sending(server, dir, { name, rows, goal, command }) {
  const file = path.join(dir, 'titles.csv');
  const ours = ['sync', file, '--json', '--concurrency', '8', '--rate', 'none'];
  const [own, rival] = await inTurn(
    (run) => writeTitles(file, rows, `ours ${run}`).then(() => measure(server, CLI, ours)),
    (run) => writeTitles(file, rows, `rival ${run}`).then(() => measureCommand(server, [...command, file, '8'])),
  );
  const rate = (seconds) => `${Math.round(rows / seconds)}/s`;
  return [`${rows} PATCHes, against ${name}`, rate(own), rate(rival), (rival / own).toFixed(2), goal];
}

async function checking(server, dir) {
  const rows = 200_000;
  const file = path.join(dir, 'check.csv');
  await writeEdits(file, { rows });
  const [own, rival] = await inTurn(
    () => measure(server, CLI, ['check', file]),
    () => measure(server, path.join(HERE, 'rival-parse.mjs'), [file]),
  );
  const rate = (seconds) => `${Math.round(rows / seconds / 1000)}k rows/s`;
  return ['`check`, against csv-parse alone', rate(own), rate(rival), (rival / own).toFixed(2), '≥ 0.8'];
}

/** Planning by ids, 100 ms a call: with one call at a time, then with 8. */
async function readingAhead(dir) {
  const rows = 10_000;
  const file = path.join(dir, 'plan.csv');
  await writeEdits(file, { rows });
  const server = await startServer({ contacts: rows, latencyMs: 100 });
  const plan = (concurrency) => () =>
    measure(server, CLI, ['plan', file, '--json', '--reads', 'ids', '--rate', 'none', '--concurrency', concurrency]);
  try {
    const [own, rival] = await inTurn(plan('8'), plan('1'));
    const figures = [`${own.toFixed(1)} s`, `${rival.toFixed(1)} s`, (own / rival).toFixed(2)];
    return ['plan 10,000 rows by ids at 100 ms a call, 8 in flight against 1', ...figures, '≤ 0.25'];
  } finally {
    await server.stop();
  }
}

/** Counted, not timed: the calls of the job, and how long the rate limit makes them take. */
async function nightly(server, dir) {
  const { rows, every, callsPerMinute } = NIGHTLY;
  const file = path.join(dir, 'nightly.csv');
  await writeEdits(file, { rows, every, mark: 'nightly' });
  const { calls } = await measure(server, CLI, ['sync', file, '--json', '--rate', 'none']);
  const hours = (count) => `${(count / callsPerMinute / 60).toFixed(2)} h`;
  const job = '10,000 rows, 100 changes, 100 calls a minute';
  return [
    [`${job}: calls`, calls, rows, (calls / rows).toFixed(3), `≤ ${(100 + 20 + 4) / rows}`],
    [`${job}: until done`, hours(calls), hours(rows), (calls / rows).toFixed(3), ''],
  ];
}

/** @returns the median seconds of each, run alternately so that a slow moment of the machine meets both */
async function inTurn(own, rival) {
  const [ours, theirs] = [[], []];
  for (let run = 0; run < RUNS; run++) {
    ours.push((await own(run)).seconds);
    theirs.push((await rival(run)).seconds);
  }
  return [median(ours), median(theirs)];
}
