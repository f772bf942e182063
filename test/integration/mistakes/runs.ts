import { existsSync, readdirSync } from 'node:fs';
import { expect } from '@jest/globals';
import { csvOf, ID, type Mistake, type Place } from './mistake.js';

const USAGE = { code: 2 } as const;

function after(...commands: readonly (readonly string[])[]): (place: Place) => Promise<void> {
  return async ({ cli }) => {
    for (const command of commands) await cli(...command);
  };
}

function countRuns(): number {
  return readdirSync('runs').filter((name) => /^\d/.test(name)).length;
}

const SYNC = ['sync', 'edits.csv'] as const;
const PLAN = ['plan', 'edits.csv'] as const;

/** Runs that do not exist, or are in no state for a command, and guards that hold. */
export const RUNS: readonly Mistake[] = [
  {
    ...USAGE,
    mistake: 'an id that no run has',
    arrange: after(PLAN),
    run: ['apply', '20261125T000000000Z-ffff'],
    says: [/there is no run "20261125T000000000Z-ffff" in \/.*\/runs; list them with: contact-sync runs\n/],
  },
  {
    ...USAGE,
    mistake: 'a part of an id that several runs have',
    arrange: after(PLAN, PLAN),
    run: ['apply', 'Z-'],
    says: [/"Z-" matches 2 runs in .*; give more of its id\n/],
  },
  {
    ...USAGE,
    mistake: 'latest where there are no runs, as in another folder',
    run: ['apply', 'latest'],
    says: [/there are no runs in \/.*\/runs \(--runs-dir names another folder\)/],
  },
  {
    code: 0,
    mistake: 'the list of runs from another folder',
    run: ['runs'],
    shows: [/^no runs in \/.*\/runs \(--runs-dir names another folder\)\n$/],
  },
  {
    ...USAGE,
    mistake: 'apply twice',
    arrange: after(PLAN, ['apply', 'latest']),
    run: ['apply', 'latest'],
    says: ['cannot be applied: it has already been applied'],
  },
  {
    ...USAGE,
    mistake: 'undo twice',
    arrange: after(SYNC, ['undo', 'latest']),
    run: ['undo', 'latest'],
    says: [/has already been undone by run (\S+); undo the undo with: contact-sync undo \1\n/],
  },
  {
    code: 0,
    mistake: 'undo of the latest run, after one that had nothing to send',
    arrange: after(SYNC, SYNC),
    run: ['undo', 'latest'],
    shows: [/undo of \S+ {2}2 rows/, '2  updated'],
  },
  {
    ...USAGE,
    mistake: 'resume of a run that is done',
    arrange: after(SYNC),
    run: ['resume', 'latest'],
    says: ['has already finished; retry what failed with: contact-sync retry'],
  },
  {
    code: 0,
    mistake: 'retry of a run in which nothing failed, which makes no run',
    arrange: after(SYNC),
    run: ['retry', 'latest'],
    shows: [/^run \S+: no row failed, so there is nothing to retry\n$/],
    after: () => expect(countRuns()).toBe(1),
  },
  {
    code: 0,
    mistake: 'the same with --json, which prints that run',
    arrange: after(SYNC),
    run: ['retry', 'latest', '--json'],
    shows: [/"command": ?"sync"/],
  },
  {
    code: 5,
    mistake: 'more changes than a guard allows, with the command that applies the plan',
    run: [...SYNC, '--max-changes', '1'],
    says: [
      '2 of 2 rows (100%) would be changed; the limit is 1 (--max-changes)',
      /to apply this plan anyway: contact-sync apply \S+ --max-changes 2\n/,
    ],
    shows: ['2  held'],
  },
  {
    code: 0,
    mistake: 'that command',
    async arrange({ cli }) {
      await cli(...SYNC, '--max-changes', '1');
    },
    run: ['apply', 'latest', '--max-changes', '2'],
    shows: ['2  updated'],
  },
  {
    code: 5,
    mistake: 'clears and invalid rows that guards do not allow',
    arrange: csvOf('contact_id,title', `${ID},<clear>`, 'x,y'),
    run: [...SYNC, '--strict', '--max-clears', '0'],
    says: [/to apply this plan anyway: contact-sync apply \S+ --max-clears 1 --no-strict\n/],
  },
  {
    code: 3,
    mistake: 'the command for that',
    async arrange(place) {
      csvOf('contact_id,title', `${ID},<clear>`, 'x,y')();
      await place.cli(...SYNC, '--strict', '--max-clears', '0');
    },
    run: ['apply', 'latest', '--max-clears', '1', '--no-strict'],
    shows: ['1  updated', '1  invalid'],
  },
  {
    code: 5,
    mistake: 'no row that can be applied, which no command mends',
    arrange: csvOf('contact_id,title', 'x,y'),
    run: [...SYNC, '--strict'],
    says: ['guard: 1 of 1 rows (100%) cannot be applied'],
    not: [/anyway/],
  },
  {
    code: 0,
    mistake: 'prune of runs that can still be undone, which are kept',
    arrange: after(SYNC, PLAN, PLAN),
    run: ['runs', 'prune', '--keep', '1'],
    shows: [/\d kept\n$/],
    after: () => expect(readdirSync('runs').some((run) => existsSync(`runs/${run}/sent.ndjson`))).toBe(true),
  },
  {
    ...USAGE,
    mistake: 'a folder of runs where nothing can be made, which once was tried for ever',
    run: [...SYNC, '--runs-dir', '/proc/runs'],
    says: [
      /cannot make the run's folder \/proc\/runs\/.*: nothing can be made in \/proc \(--runs-dir names another folder\)/,
    ],
  },
  {
    ...USAGE,
    mistake: 'a home folder where nothing can be made',
    run: SYNC,
    env: { HOME: '/proc' },
    says: ['cannot write to /proc/.contact-sync: nothing can be made in /proc. Set HOME, or --lock-dir,'],
  },
];
