import { describe, expect, test } from '@jest/globals';
import { people, world } from '../support/world.js';
import { killAt, runId, signal, start, summaryOf, titles, withGate } from '../support/gate.js';

describe('the lock', () => {
  test(
    'lets exactly one of two through that start at the same moment',
    world({ contacts: people(3) }, async (here) => {
      const release = signal();
      await here.write('edits.csv', titles(3));
      await withGate(
        here,
        ({ kind }) => (kind === 'patch' ? release.promise : undefined),
        async () => {
          const both = [start(here, 'sync', 'edits.csv').ended, start(here, 'sync', 'edits.csv').ended];
          expect(await Promise.race(both)).toMatchObject({ code: 6 });
          release.give();
          expect((await Promise.all(both)).map(({ code }) => code).sort()).toEqual([0, 6]);
          expect(here.sandbox.log.counts.patch).toBe(3);
        },
      );
    }),
  );

  test(
    'is gone with a holder that was killed',
    world({ contacts: people(3) }, async (here) => {
      await here.write('edits.csv', titles(3));
      await killAt(here, ({ kind }) => kind === 'patch', 'sync', 'edits.csv', '--concurrency', '1');
      const killed = runId(await here.cli('runs'));
      expect(await here.cli('sync', 'edits.csv')).toMatchObject({ code: 0 });
      expect(await summaryOf(here, killed)).toMatchObject({ state: 'applying' });
    }),
  );
});
