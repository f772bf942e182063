/**
 * Kills the CLI with SIGKILL at random moments, resumes until it is done, and holds the server's own log against what
 * the files on disk claim; then undoes the run, killing that as well, and looks for the contacts as they were. In
 * between, it points the CLI at another target or damages the plan: both must be refused and change nothing.
 *
 *   npm run test:crash -- --kills 200 [--seed 7]
 */
import { parseArgs } from 'node:util';
import { ACTS } from './acts.mjs';
import { Random } from './random.mjs';
import { playRound } from './round.mjs';

/** From so many kills on, chance excuses no act that did not happen. */
const ENOUGH_KILLS = 60;

const { values } = parseArgs({ options: { kills: { type: 'string', default: '15' }, seed: { type: 'string' } } });
const wanted = Number(values.kills);
const firstSeed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);

const acts = Object.fromEntries(ACTS.map((act) => [act, 0]));
let kills = 0;
let rounds = 0;
for (let seed = firstSeed; kills < wanted; seed++) {
  console.log(`round ${rounds + 1}, seed ${seed}`);
  const told = await playRound(new Random(seed), Math.min(12, wanted - kills));
  kills += told.kills;
  rounds++;
  for (const [act, times] of Object.entries(told.acts)) acts[act] += times;
  console.log(
    `  ${told.kills} kills (${told.moments.join(' ')}), ${told.patches} PATCHes seen, ${told.rows} rows, undone`,
  );
}
const figures = ACTS.map((act) => `${acts[act]} × ${act}`).join(', ');
console.log(`refused, with nothing sent: ${figures}`);
const missing = ACTS.filter((act) => acts[act] === 0);
if (kills >= ENOUGH_KILLS && missing.length > 0) {
  throw new Error(`${kills} kills, and these acts never happened: ${missing.join(', ')}`);
}
console.log(`${kills} kills in ${rounds} rounds: nothing lost, nothing invented, all undone`);
