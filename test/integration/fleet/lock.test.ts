import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SyncError } from '../../../src/core/model/errors.js';
import { fileLock, type LockRequest, type RunLock } from '../../../src/core/run/lock.js';
import { coordinate, type OpenCoordination } from '../../../src/fleet/coordinate.js';
import { describeWithPostgres, layCable, startPostgres, type Cable, type Postgres } from '../../support/postgres.js';
import { inTempDir } from '../../support/temp.js';

/** Two processes that would take the same locks. */
type Two = (use: (one: RunLock, other: RunLock) => Promise<void>) => Promise<void>;

function requestFor(runId: string, more: Partial<LockRequest> = {}): LockRequest {
  const { signal } = new AbortController();
  const told = { onWait: () => undefined, onLost: () => undefined };
  return { scope: '00ab12cd34ef56ab78cd90ef', runId, pid: 7, waitMs: 0, signal, ...told, ...more };
}

/** What holds for a lock, whatever it is made of. */
function itIsALock(two: Two): void {
  test('is one run’s at a time: another is told who holds it', () =>
    two(async (one, other) => {
      const release = await one.take(requestFor('first'));
      await expect(other.take(requestFor('second'))).rejects.toMatchObject({
        code: 'locked',
        facts: { holder: { run: 'first', pid: 7, since: expect.any(String) }, waited: false },
      });
      await release();
      await (
        await other.take(requestFor('second'))
      )();
    }));

  test('of another organisation is free', () =>
    two(async (one, other) => {
      const release = await one.take(requestFor('first'));
      await (
        await other.take(requestFor('second', { scope: 'ff00000000000000000000ff' }))
      )();
      await release();
    }));

  test('is waited for, and its holder told once', () =>
    two(async (one, other) => {
      const release = await one.take(requestFor('first'));
      const told: unknown[] = [];
      let second: Promise<() => Promise<void>> | undefined;
      await new Promise<void>((resolve) => {
        const onWait: LockRequest['onWait'] = (holder) => {
          told.push(holder?.run);
          resolve();
        };
        second = other.take(requestFor('second', { waitMs: 600_000, onWait }));
      });
      await release();
      await (
        await second!
      )();
      expect(told).toEqual(['first']);
    }));

  test('that is waited for too long is refused, and a wait ends with its signal', () =>
    two(async (one, other) => {
      const release = await one.take(requestFor('first'));
      const late = other.take(requestFor('second', { waitMs: 1 }));
      await expect(late).rejects.toMatchObject({ code: 'locked', facts: { waited: true } });
      const stop = new AbortController();
      const reason = new SyncError('aborted', { by: 'the test' });
      const onWait = (): void => stop.abort(reason);
      await expect(other.take(requestFor('third', { waitMs: 600_000, signal: stop.signal, onWait }))).rejects.toBe(
        reason,
      );
      await release();
    }));
}

describe('a lock on files', () => {
  itIsALock((use) => inTempDir((dir) => use(fileLock(dir), fileLock(dir))));
});

describeWithPostgres('a lock on PostgreSQL', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.remove());

  const two: Two = async (use) => {
    const [one, other] = [await coordinate(postgres.url), await coordinate(postgres.url)];
    try {
      await use(one.lock, other.lock);
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
  };
  itIsALock(two);

  test('has one salt for all processes, also for two that make the tables at once', async () => {
    const all = await Promise.all([coordinate(postgres.url), coordinate(postgres.url), coordinate(postgres.url)]);
    expect(new Set(all.map(({ salt }) => salt)).size).toBe(1);
    await Promise.all(all.map((each) => each.close()));
  });

  test('falls with the session of its holder', async () => {
    const [one, other] = [await coordinate(postgres.url), await coordinate(postgres.url)];
    await one.lock.take(requestFor('dies'));
    await one.close();
    await (
      await other.lock.take(requestFor('second', { waitMs: 600_000 }))
    )();
    await other.close();
  });

  /** A holder whose way to the database can be cut, and what it is told. */
  async function withHolder(
    use: (it: {
      heard: string[];
      until: (code: string) => Promise<void>;
      cable: Cable;
      other: OpenCoordination;
    }) => Promise<void>,
  ): Promise<void> {
    const cable = await layCable(postgres);
    const told = new EventEmitter();
    const heard: string[] = [];
    const tell = (code: string): void => {
      heard.push(code);
      told.emit(code);
    };
    const holder = await coordinate(cable.url, (event) => void ('code' in event && tell(event.code)));
    const other = await coordinate(postgres.url);
    const until = async (code: string): Promise<void> => {
      if (!heard.includes(code)) await once(told, code);
    };
    const release = await holder.lock.take(requestFor('first', { onLost: ({ code }) => tell(code) }));
    try {
      await use({ heard, until, cable, other });
      await release();
      await (
        await other.lock.take(requestFor('last'))
      )();
    } finally {
      await Promise.all([holder.close(), other.close()]);
      await cable.remove();
    }
  }

  test('is taken again by a holder whose session broke, where nobody else has had it', () =>
    withHolder(async ({ heard, until, cable, other }) => {
      cable.cut();
      await until('database_away');
      await cable.mend();
      await until('database_back');
      expect(heard).toEqual(['database_away', 'database_back']);
      await expect(other.lock.take(requestFor('second'))).rejects.toMatchObject({ code: 'locked' });
    }));

  test.each(['and still has it', 'and has let it go'])(
    'is lost to another run that took it while its holder’s session was broken, %s',
    (then) =>
      withHolder(async ({ until, cable, other }) => {
        cable.cut();
        await until('database_away');
        const release = await other.lock.take(requestFor('second', { waitMs: 600_000 }));
        if (then === 'and has let it go') await release();
        await cable.mend();
        await until('lock_taken');
        await release();
      }),
  );

  test('is kept for its holder while the database restarts', () =>
    withHolder(async ({ heard, until }) => {
      await postgres.stop();
      await until('database_away');
      await postgres.start();
      const second = await coordinate(postgres.url);
      // Before the holder is back, as after: nobody else may have it.
      await expect(second.lock.take(requestFor('second'))).rejects.toMatchObject({ code: 'locked' });
      await until('database_back');
      await expect(second.lock.take(requestFor('third'))).rejects.toMatchObject({ code: 'locked' });
      await second.close();
      expect(heard).toEqual(['database_away', 'database_back']);
    }));

  test('is not to be had where the database is not, and no password is shown', async () => {
    await expect(coordinate('postgres://u:hunter22@localhost/none?host=/nowhere')).rejects.toMatchObject({
      ...{ code: 'database_unreachable', kind: 'usage', message: expect.not.stringContaining('hunter22') },
    });
  });
});
