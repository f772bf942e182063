import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { choosePruned, type KeepRules, type PrunableRun } from '../../../src/cli/prune-runs.js';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-23T00:00:00Z');

/** A run that was last at work so many days ago. */
function run(id: string, daysAgo: number, values: Partial<PrunableRun> = {}): PrunableRun {
  return { id, at: NOW - daysAgo * DAY, state: 'done', wrote: true, parent: null, ...values };
}

const plan = (id: string, daysAgo: number): PrunableRun => run(id, daysAgo, { state: 'planned', wrote: false });

function pruned(runs: readonly PrunableRun[], rules: Partial<KeepRules>): string[] {
  return choosePruned(runs, { keep: undefined, keepDays: undefined, ...rules }, NOW).map(({ id }) => id);
}

describe('--keep', () => {
  test('counts only runs that wrote something', () => {
    const runs = [plan('p1', 0), plan('p2', 1), run('a', 2), run('b', 3), run('c', 4)];
    expect(pruned(runs, { keep: 2 })).toEqual(['c']);
  });

  test('takes along what wrote nothing and is older than all that is kept', () => {
    const failed = run('f', 9, { state: 'failed', wrote: false });
    const nothing = run('n', 8, { wrote: false });
    const runs = [run('a', 1), plan('between', 2), run('b', 3), plan('older', 4), nothing, failed];
    expect(pruned(runs, { keep: 2 })).toEqual(['older', 'n', 'f']);
  });

  test('deletes nothing where no run wrote anything', () => {
    expect(pruned([plan('a', 1), plan('b', 400)], { keep: 0 })).toEqual([]);
  });

  test('of 0 keeps the newest run that can be undone', () => {
    const undone = run('undone', 1, { state: 'undone' });
    expect(pruned([undone, run('a', 2), run('b', 3)], { keep: 0 })).toEqual(['undone', 'b']);
  });

  test('of 0 deletes what wrote nothing and is older than the newest that did, where none can be undone', () => {
    const undone = run('undone', 2, { state: 'undone' });
    expect(pruned([plan('newer', 1), undone, plan('older', 3)], { keep: 0 })).toEqual(['undone', 'older']);
  });
});

describe('--keep-days', () => {
  test('deletes what was at work longer ago, but not the newest run that can be undone', () => {
    expect(pruned([run('a', 9), run('b', 10), run('c', 11), plan('p', 12)], { keepDays: 10 })).toEqual(['c', 'p']);
    expect(pruned([run('a', 20), run('b', 30)], { keepDays: 10 })).toEqual(['b']);
  });

  test('says by itself what is old where no run wrote anything', () => {
    expect(pruned([plan('a', 9), plan('b', 11)], { keepDays: 10 })).toEqual(['b']);
  });

  test('keeps runs beside those that --keep keeps', () => {
    const runs = [run('a', 1), run('b', 2), run('c', 30), run('d', 40)];
    expect(pruned(runs, { keep: 3, keepDays: 1.5 })).toEqual(['d']);
    expect(pruned(runs, { keep: 1, keepDays: 30 })).toEqual(['d']);
  });
});

test.each(['running', 'stopped'])('a run that is %s is kept, and so is the run that it undoes', (state) => {
  const undo = run('undo', 300, { state, parent: 'parent', wrote: false });
  const runs = [run('a', 1), run('b', 200), undo, run('parent', 301), run('c', 302)];
  expect(pruned(runs, { keep: 1 })).toEqual(['b', 'c']);
});

describe('whatever the runs and the rules are', () => {
  const STATES = ['done', 'undone', 'failed', 'planned', 'refused', 'stopped', 'running'];
  const RUNS = fc
    .uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 12 })
    .chain((days) =>
      fc.tuple(
        ...days.map((daysAgo, nth) =>
          fc
            .record({ state: fc.constantFrom(...STATES), wrote: fc.boolean(), parent: fc.option(fc.nat(12)) })
            .map(({ state, wrote, parent }) =>
              run(String(nth), daysAgo, { state, wrote, parent: parent === null ? null : String(parent) }),
            ),
        ),
      ),
    );
  const days = fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined });
  const RULES = fc.record({ keep: fc.option(fc.nat(5), { nil: undefined }), keepDays: days });
  const isResumable = ({ state }: PrunableRun): boolean => state === 'stopped' || state === 'running';

  test('a run is deleted only where the rules do not keep it and nothing needs it', () => {
    fc.assert(
      fc.property(RUNS, RULES, (runs, rules) => {
        const deleted = choosePruned(runs, rules, NOW);
        const writers = runs.filter((each) => each.wrote).sort((a, b) => b.at - a.at);
        const needed = runs.filter(isResumable).flatMap(({ id, parent }) => [id, parent]);
        for (const gone of deleted) {
          expect(needed).not.toContain(gone.id);
          expect(writers.find(({ state }) => state !== 'undone')?.id).not.toBe(gone.id);
          if (rules.keepDays !== undefined) expect(gone.at).toBeLessThan(NOW - rules.keepDays * DAY);
          const newer = writers.filter(({ at }) => at > gone.at);
          expect(newer.length).toBeGreaterThanOrEqual(Math.min(rules.keep ?? 0, writers.length));
        }
      }),
    );
  });

  test('what is left is within the rules, so that pruning again deletes nothing', () => {
    fc.assert(
      fc.property(RUNS, RULES, (runs, rules) => {
        const deleted = choosePruned(runs, rules, NOW);
        const left = runs.filter((each) => !deleted.includes(each));
        expect(choosePruned(left, rules, NOW)).toEqual([]);
      }),
    );
  });

  test('plans and the order of the list change nothing for the runs that wrote something', () => {
    fc.assert(
      fc.property(RUNS, RULES, fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 5 }), (runs, rules, plans) => {
        const written = (list: readonly PrunableRun[]): string[] =>
          choosePruned(list, rules, NOW).flatMap(({ id, wrote }) => (wrote ? [id] : []));
        const more = plans.map((daysAgo, nth) => plan(`plan ${nth}`, daysAgo));
        expect(written([...more, ...[...runs].reverse()]).sort()).toEqual(written(runs).sort());
      }),
    );
  });

  test('keeping more deletes no other runs', () => {
    fc.assert(
      fc.property(RUNS, fc.nat(5), days, (runs, keep, keepDays) => {
        const fewer = choosePruned(runs, { keep: keep + 1, keepDays }, NOW);
        expect(choosePruned(runs, { keep, keepDays }, NOW)).toEqual(expect.arrayContaining(fewer));
      }),
    );
  });
});
