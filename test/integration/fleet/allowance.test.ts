import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Budget } from '../../../src/core/budget/budget.js';
import { newBudget } from '../../../src/core/budget/new-budget.js';
import type { Report, SharedAllowance } from '../../../src/core/budget/shared-allowance.js';
import { coordinate, type OpenCoordination } from '../../../src/fleet/coordinate.js';
import { Connection } from '../../../src/fleet/connection.js';
import { BUDGET, unheard } from '../../support/api.js';
import { describeWithPostgres, startPostgres, type Postgres } from '../../support/postgres.js';

const HOUR_MS = 3_600_000;

/** So many budgets that share one allowance, which nobody has used yet. */
type Sharing = (budgets: number, use: (all: readonly Budget[]) => Promise<void>) => Promise<void>;

/** A server that lets so many calls through, and no more for an hour. */
function serverWith(limit: number) {
  let used = 0;
  let refused = 0;
  return {
    get used() {
      return used;
    },
    get refused() {
      return refused;
    },
    take() {
      const isTaken = used < limit;
      if (isTaken) used++;
      else refused++;
      return { isTaken, info: { limit, remaining: limit - used, resetMs: HOUR_MS } };
    },
  };
}

/** What holds for budgets that spend one allowance, in one process or in several. */
function itIsOneAllowance(most: number, sharing: Sharing): void {
  test('is spent to the last call and never beyond, however many share it and however their answers cross', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: most }),
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.nat(3), { minLength: 1, maxLength: 20 }),
        async (count, limit, delays) => {
          await sharing(count, async (all) => {
            const server = serverWith(limit);
            const stop = new AbortController();
            let calls = 0;
            const work = async (budget: Budget): Promise<void> => {
              for (;;) {
                const slot = await budget.acquire({ kind: 'get', signal: stop.signal });
                if (slot === 'late') throw new Error('a call without an end is late');
                const { isTaken, info } = server.take();
                for (let turn = delays[calls++ % delays.length]!; turn > 0; turn--) await new Promise(setImmediate);
                slot.end({ kind: isTaken ? 'answered' : 'refused', info });
                if (server.used === limit) stop.abort(new Error('all is spent'));
              }
            };
            const ends = await Promise.allSettled(all.flatMap((budget) => [0, 1, 2].map(() => work(budget))));
            expect(ends.map((end) => end.status === 'rejected' && (end.reason as Error).message)).toEqual(
              ends.map(() => 'all is spent'),
            );
            expect([server.used, server.refused]).toEqual([limit, 0]);
          });
        },
      ),
      { numRuns: 12 },
    ));
}

/** @param shared where the allowance is shared */
function budgetOf(shared?: SharedAllowance): Budget {
  const deps = { onEvent: unheard, probe: () => Promise.resolve(true) };
  return newBudget(
    { ...BUDGET, rate: { calls: 1, perMs: HOUR_MS } },
    shared ? { ...deps, shared: () => shared } : deps,
  );
}

describe('the allowance of one process', () => {
  itIsOneAllowance(1, (_, use) => use([budgetOf()]));
});

describeWithPostgres('the allowance on PostgreSQL', () => {
  let postgres: Postgres;
  let sessions: OpenCoordination[];
  let admin: Connection;
  let scopes = 0;
  const newScope = (): string => `scope ${++scopes}`;
  beforeAll(async () => {
    postgres = await startPostgres();
    sessions = await Promise.all(Array.from({ length: 6 }, () => coordinate(postgres.url)));
    admin = await Connection.open(postgres.url, { onAway: () => undefined, onBack: () => undefined });
  });
  afterAll(async () => {
    await Promise.all([admin?.close(), ...(sessions ?? []).map((session) => session.close())]);
    await postgres?.remove();
  });

  itIsOneAllowance(6, (budgets, use) => {
    const scope = newScope();
    return use(sessions.slice(0, budgets).map((session) => budgetOf(session.allowance(scope))));
  });

  /** The processes of an organisation of its own. */
  const processes = (): SharedAllowance[] => {
    const scope = newScope();
    return sessions.map((session) => session.allowance(scope));
  };
  const report = (more: Partial<Report> = {}): Report => ({
    ...{ rate: undefined, reserve: { count: 0 }, wanted: 10, held: 0, untold: 0 },
    ...more,
  });
  const told = (remaining: number, resetMs = HOUR_MS): Pick<Report, 'heard'> => ({
    heard: { info: { limit: 100, remaining, resetMs }, begunAgo: 0, heardAgo: 0 },
  });

  /** What all get that ask at once, again and again, until none gets any more. */
  async function drain(all: readonly SharedAllowance[], more: Partial<Report> = {}): Promise<number> {
    const each = all.map(async (process) => {
      let held = 0;
      for (;;) {
        const { granted } = await process.exchange(report({ ...more, held }));
        if (granted === 0) return held;
        held += granted;
      }
    });
    return (await Promise.all(each)).reduce((sum, held) => sum + held, 0);
  }

  test('grants the configured rate until the API has told, to all together', async () => {
    expect(await drain(processes(), { rate: { calls: 65, perMs: HOUR_MS } })).toBe(65);
  });

  test('grants what the API says is left, less what is leased and less the reserve', async () => {
    const [first, ...others] = processes();
    expect(await first!.exchange(report({ ...told(30), wanted: 0 }))).toMatchObject({ granted: 0, limit: 100 });
    expect(await first!.exchange(report({ wanted: 4 }))).toMatchObject({ granted: 4 });
    expect(await drain(others, { reserve: { percent: 10 } })).toBe(30 - 4 - 10);
    expect((await first!.exchange(report({ held: 4, wanted: 0 }))).sharers).toBe(6);
  });

  test('goes by the newest answer, and by an older one where that leaves less', async () => {
    const [first, second] = processes();
    const older = (remaining: number): Partial<Report> => ({
      heard: { info: { limit: 100, remaining }, begunAgo: 60_000, heardAgo: 50_000 },
    });
    await first!.exchange(report({ ...told(20), wanted: 0 }));
    expect(await second!.exchange(report({ ...older(90), wanted: 1 }))).toMatchObject({ granted: 1 });
    expect(await drain([first!], {})).toBe(19);
    await first!.exchange(report({ ...older(3), wanted: 0, held: 0 }));
    expect(await drain([first!], {})).toBe(2);
  });

  test('holds everyone back after a 429, for as long as that said', async () => {
    const [first, second] = processes();
    await first!.exchange(report({ ...told(50), pauseMs: 60_000, wanted: 0 }));
    const { granted, waitMs } = await second!.exchange(report());
    expect(granted).toBe(0);
    expect(waitMs).toBeGreaterThan(30_000);
  });

  test('lets one call ask how things stand when the reset has come, and no other until it is answered', async () => {
    const [first, second, third] = processes();
    await first!.exchange(report({ ...told(0, -1), wanted: 0 }));
    expect((await second!.exchange(report())).granted).toBe(1);
    expect((await third!.exchange(report())).granted).toBe(0);
    await second!.exchange(report({ ...told(99), wanted: 0 }));
    expect((await third!.exchange(report())).granted).toBe(10);
  });

  test('takes back what was leased to a process that is gone, and what one gives back', async () => {
    const scope = newScope();
    const [dead, left, third] = sessions.map((session) => session.allowance(scope));
    await dead!.exchange(report({ ...told(15), wanted: 10 }));
    await left!.exchange(report({ wanted: 5 }));
    expect((await third!.exchange(report())).granted).toBe(0);
    await left!.leave();
    expect((await third!.exchange(report({ wanted: 5 }))).granted).toBe(5);
    // The time of a lease passes.
    await admin.query(
      `update contact_sync.allowance set leases = (
         select jsonb_object_agg(key, case when (value->>'calls')::int = 10 then value || '{"until": 0}' else value end)
         from jsonb_each(leases)) where scope = $1`,
      [scope],
    );
    expect((await third!.exchange(report({ held: 5 }))).granted).toBe(10);
  });
});
