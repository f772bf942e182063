// Peak memory must not grow with the file: 20,000 rows against 200,000, none of which changes anything.
// Medians, since when V8 collects differs by some 10 % from run to run.
import path from 'node:path';
import console from 'node:console';
import { writeEdits } from './files.mjs';
import { CLI, measure, median } from './processes.mjs';

const SIZES = [20_000, 200_000];
const RUNS = 3;
const MOST_GROWTH = 1.2;

/** @returns whether the peaks are within bounds */
export async function benchMemory(server, dir) {
  const peaks = [];
  for (const rows of SIZES) {
    const file = path.join(dir, `${rows}.csv`);
    await writeEdits(file, { rows });
    const runs = [];
    for (let run = 0; run < RUNS; run++) {
      const measured = await measure(server, CLI, ['sync', file, '--json', '--reads', 'ids']);
      const { unchanged } = JSON.parse(measured.stdout).counts;
      if (unchanged !== rows) throw new Error(`${unchanged} of ${rows} rows are unchanged: this is no measure of that`);
      runs.push(measured);
    }
    const peak = median(runs.map((run) => run.peak));
    const seconds = median(runs.map((run) => run.seconds));
    peaks.push(peak);
    console.log(
      `memory  ${rows.toLocaleString('en').padStart(7)} rows  peak ${megabytes(peak)} MB  ${seconds.toFixed(1)} s` +
        `  ${Math.round(rows / seconds).toLocaleString('en')} rows/s  ${runs[0].calls} calls  (medians of ${RUNS} runs)`,
    );
  }
  const ratio = peaks[1] / peaks[0];
  const flat = ratio <= MOST_GROWTH;
  console.log(`memory  ratio ${ratio.toFixed(2)}, at most ${MOST_GROWTH}: ${flat ? 'flat' : 'NOT FLAT'}`);
  return flat;
}

function megabytes(bytes) {
  return Math.round(bytes / 1024 / 1024);
}
