// How fast the tool plans and sends, beside a script that sends a PATCH for each row.
import console from 'node:console';
import path from 'node:path';
import { writeEdits } from './files.mjs';
import { CLI, measure, median, RIVAL } from './processes.mjs';

const RUNS = 5;
const CONCURRENCY = '8';

const JOBS = [
  { name: 'nothing changes', rows: 10_000, every: Infinity },
  { name: '1 row in 100 changes', rows: 10_000, every: 100 },
  { name: 'every row changes', rows: 4_000, every: 1 },
];

export async function benchThroughput(server, dir) {
  for (const job of JOBS) {
    const [ours, rivals] = [[], []];
    for (let run = 0; run < RUNS; run++) {
      // In turn, so that a slow moment of the machine meets both; with other values each time, so that they are changes.
      ours.push(await runJob(server, dir, job, `ours ${run}`, CLI, (file) => sync(file)));
      rivals.push(await runJob(server, dir, job, `rival ${run}`, RIVAL, (file) => [file, CONCURRENCY]));
    }
    console.log(`\n${job.name}, ${job.rows.toLocaleString('en')} rows, medians of ${RUNS} runs`);
    tell('contact-sync', job, ours);
    tell('rival', job, rivals);
  }
}

function sync(file) {
  return ['sync', file, '--json', '--concurrency', CONCURRENCY];
}

async function runJob(server, dir, { rows, every }, mark, script, argsFor) {
  const file = path.join(dir, 'throughput.csv');
  await writeEdits(file, { rows, every, mark });
  return measure(server, script, argsFor(file));
}

function tell(name, { rows, every }, runs) {
  const seconds = median(runs.map((run) => run.seconds));
  const calls = median(runs.map((run) => run.calls));
  const peak = median(runs.map((run) => run.peak));
  const patches = name === 'rival' ? rows : Math.ceil(rows / every);
  const rate = (count) => Math.round(count / seconds).toLocaleString('en');
  console.log(
    `  ${name.padEnd(13)}${seconds.toFixed(2).padStart(6)} s  ${rate(rows).padStart(7)} rows/s` +
      `  ${rate(patches).padStart(6)} PATCHes/s  ${calls.toLocaleString('en').padStart(7)} calls` +
      `  ${String(Math.round(peak / 1024 / 1024)).padStart(4)} MB`,
  );
}
