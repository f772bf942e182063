import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { canonicalUrl, scopeWith, type Target } from '../../../src/core/run/target.js';
import { coordinate } from '../../../src/fleet/coordinate.js';
import { SANDBOX_ORGANISATION } from '../../../src/sandbox/defaults.js';
import { beginHere, type Begun } from '../../support/command.js';
import { held, holdAt, titles, withGate } from '../../support/gate.js';
import { describeWithPostgres, layCable, startPostgres, type Cable, type Postgres } from '../../support/postgres.js';
import { filesBelow, people, world, type World } from '../../support/world.js';

/** A database's password that no file and no screen may hold. */
const PASSWORD = 'hunter2-of-the-fleet';

/** Whose contacts the runs are about, but for the address. */
const SANDBOX_TARGET: Target = {
  ...{ base_url: '', api_prefix: '', key_fingerprint: '' },
  organisation: SANDBOX_ORGANISATION,
};

/** Runs a command as another user of another home would. */
async function elsewhere(here: World, ...args: string[]) {
  const home = path.join(here.dir, 'other-home');
  await mkdir(home, { recursive: true });
  const command = here.command([...args, '--runs-dir', 'other-runs']);
  return beginHere({ ...command, env: { ...command.env, HOME: home } }).ended;
}

describeWithPostgres('--coordinate', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  /** The server lets everyone in, whatever the password. */
  const withPassword = (): string => postgres.url.replace('fleet@', `fleet:${PASSWORD}@`);

  test(
    'lets one run at a time write to an organisation, whatever home its user has; the other is told which, and where',
    world({ contacts: people(2) }, async (here) => {
      here.env['CONTACT_SYNC_COORDINATE'] = withPassword();
      const { meet, reached, release } = holdAt('patch');
      await here.write('edits.csv', titles(2));
      await withGate(here, meet, async () => {
        const first = beginHere(here.command(['sync', 'edits.csv']));
        await reached;
        const second = await elsewhere(here, 'sync', 'edits.csv');
        expect([second.code, second.stderr]).toEqual([
          6,
          expect.stringMatching(/run \S+ \(process \d+ on \S+, since /),
        ]);
        release();
        expect(await first.ended).toMatchObject({ code: 0 });
      });
      expect((await elsewhere(here, 'sync', 'edits.csv')).code).toBe(0);
      expect(held(here.sandbox, 2, 'title')).toEqual(['New 1', 'New 2']);
      expect([...(await filesBelow(here.dir)).values()].filter((text) => text.includes(PASSWORD))).toEqual([]);
    }),
  );

  /** Begins a run by a cable that can be cut, holds its first write back, and cuts the cable. */
  async function whileAway(
    here: World,
    use: (it: { cable: Cable; job: Begun; release: () => void }) => Promise<void>,
  ): Promise<void> {
    const cable = await layCable(postgres);
    const { meet, reached, release } = holdAt('patch');
    await here.write('edits.csv', titles(3));
    try {
      await withGate(here, meet, async () => {
        const job = beginHere(here.command(['sync', 'edits.csv', '--concurrency', '1', '--coordinate', cable.url]));
        await reached;
        cable.cut();
        await job.said('the database that runs share is away');
        await use({ cable, job, release });
      });
    } finally {
      await cable.remove();
    }
  }

  test(
    'lets a run continue while the database is away, which it says',
    world({ contacts: people(3) }, async (here) => {
      await whileAway(here, async ({ job, release }) => {
        release();
        expect(await job.ended).toMatchObject({ code: 0 });
      });
      expect(held(here.sandbox, 3, 'title')).toEqual(['New 1', 'New 2', 'New 3']);
    }),
  );

  test(
    'stops a run cleanly whose lock another run took while the database was away from it; resume continues',
    world({ contacts: people(3) }, async (here) => {
      await whileAway(here, async ({ cable, job, release }) => {
        const database = await coordinate(postgres.url);
        const target = { ...SANDBOX_TARGET, base_url: canonicalUrl(here.door.url) };
        const scope = scopeWith(target, here.sandbox.key, database.salt);
        const { signal } = new AbortController();
        const told = { onWait: () => undefined, onLost: () => undefined };
        const letGo = await database.lock.take({ scope, runId: 'other', pid: 1, waitMs: 600_000, signal, ...told });
        await cable.mend();
        await job.said('no further rows are sent');
        release();
        const { code, stderr } = await job.ended;
        expect([code, stderr]).toEqual([4, expect.stringContaining('run other (process 1 on ')]);
        expect(here.sandbox.log.counts.patch).toBe(1);
        await letGo();
        await database.close();
      });
      expect((await here.cli('resume', 'latest', '--coordinate', postgres.url)).code).toBe(0);
      expect(held(here.sandbox, 3, 'title')).toEqual(['New 1', 'New 2', 'New 3']);
    }),
  );

  test(
    'names no password where the database cannot be reached, sends nothing then, and warns of one in a flag',
    world({ contacts: people(1) }, async (here) => {
      await here.write('edits.csv', titles(1));
      const url = `postgres://fleet:${PASSWORD}@127.0.0.1:1/fleet`;
      const run = await here.cli('sync', 'edits.csv', '--coordinate', url);
      expect([run.code, run.stderr]).toEqual([
        2,
        expect.stringContaining('cannot connect to the database 127.0.0.1:1/fleet'),
      ]);
      expect(run.stderr).toContain('set CONTACT_SYNC_COORDINATE in the environment');
      expect(run.stderr).not.toContain(PASSWORD);
      expect(run.runDir).toBeUndefined();
      const wrong = await here.cli('sync', 'edits.csv', '--coordinate', `fleet:${PASSWORD}@host`);
      expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('expected a URL such as postgres://')]);
      expect(wrong.stderr).not.toContain(PASSWORD);
    }),
  );
});
