// Peak memory must not grow with the file: 20,000 rows against 200,000, none of which changes anything.
//
// Measured twice. As users run it, V8 lets garbage lie for as long as there is room, which differs by some 10 % from run
// to run (hence medians) and hides a leak of some 50 MB. With a heap that is little larger than what the tool must
// keep, everything that grows with the file shows, or ends the process.
import path from 'node:path';
import console from 'node:console';
import { writeEdits } from './files.mjs';
import { CLI, measure, median } from './processes.mjs';

const SIZES = [20_000, 200_000];
const RUNS = 3;
const MOST_GROWTH = 1.2;
const HEAPS = [
  { name: 'usual heap', flags: [] },
  { name: 'tight heap', flags: ['--max-old-space-size=40', '--max-semi-space-size=2'] },
];

/** @returns whether the peaks are within bounds */
export async function benchMemory(server, dir) {
  const files = [];
  for (const rows of SIZES) {
    const file = path.join(dir, `${rows}.csv`);
    await writeEdits(file, { rows });
    files.push({ file, rows });
  }
  let flat = true;
  for (const { name, flags } of HEAPS) {
    const peaks = [];
    for (const { file, rows } of files) peaks.push(await medianPeak(server, name, file, rows, flags));
    const ratio = peaks[1] / peaks[0];
    flat &&= ratio <= MOST_GROWTH;
    console.log(
      `${name}  ratio ${ratio.toFixed(2)}, at most ${MOST_GROWTH}: ${ratio <= MOST_GROWTH ? 'flat' : 'NOT FLAT'}`,
    );
  }
  return flat;
}

async function medianPeak(server, name, file, rows, flags) {
  const runs = [];
  for (let run = 0; run < RUNS; run++) {
    const measured = await measure(server, CLI, ['sync', file, '--json', '--reads', 'ids'], flags);
    const { unchanged } = JSON.parse(measured.stdout).counts;
    if (unchanged !== rows) throw new Error(`${unchanged} of ${rows} rows are unchanged: this is no measure of that`);
    runs.push(measured);
  }
  const peak = median(runs.map((run) => run.peak));
  const seconds = median(runs.map((run) => run.seconds));
  const rate = Math.round(rows / seconds).toLocaleString('en');
  console.log(
    `${name}  ${rows.toLocaleString('en').padStart(7)} rows  peak ${Math.round(peak / 1024 / 1024)} MB` +
      `  ${seconds.toFixed(1)} s  ${rate} rows/s  ${runs[0].calls} calls`,
  );
  return peak;
}
