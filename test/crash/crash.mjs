/**
 * Kills the CLI with SIGKILL at random moments, resumes until it is done, and holds the server's own log against what
 * the files on disk claim; then undoes the run, killing that as well, and looks for the contacts as they were.
 *
 *   npm run test:crash -- --kills 200 [--seed 7]
 */
import { parseArgs } from 'node:util';
import { Random } from './random.mjs';
import { playRound } from './round.mjs';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '15' }, seed: { type: 'string' } } });
const wanted = Number(values.kills);
const firstSeed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);

let kills = 0;
let rounds = 0;
for (let seed = firstSeed; kills < wanted; seed++) {
  console.log(`round ${rounds + 1}, seed ${seed}`);
  const told = await playRound(new Random(seed), Math.min(12, wanted - kills));
  kills += told.kills;
  rounds++;
  console.log(
    `  ${told.kills} kills (${told.moments.join(' ')}), ${told.patches} PATCHes seen, ${told.rows} rows, undone`,
  );
}
console.log(`${kills} kills in ${rounds} rounds: nothing lost, nothing invented, all undone`);
