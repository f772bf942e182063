import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { MACHINE_CLOCK } from '../core/model/clock.js';
import { SyncError } from '../core/model/errors.js';
import type { LockHolder } from '../core/model/lock-holder.js';
import { sleep } from '../core/model/sleep.js';
import type { LockRequest, RunLock } from '../core/run/lock.js';
import type { Connection } from './connection.js';
import type { Query } from './schema.js';

const POLL_MS = 500;

/**
 * After the database has restarted, those that held locks have this long to take them again before others may: they went
 * on writing meanwhile. By the database's clock.
 */
const GRACE_SECONDS = 15;

interface HolderRow {
  token: string;
  run: string;
  pid: number;
  host: string;
  since: Date;
  released: boolean;
  /** Its holder may be alive and about to take the lock again. */
  reserved: boolean;
}

const FIND_HOLDER = `
  select token, run, pid, host, since, released,
    not released and server_since < pg_postmaster_start_time()
      and clock_timestamp() < pg_postmaster_start_time() + ${GRACE_SECONDS} * interval '1 second' as reserved
  from contact_sync.lock where scope = $1`;

const NOTE_HOLDER = `
  insert into contact_sync.lock (scope, token, run, pid, host, since, server_since)
  values ($1, $2, $3, $4, $5, clock_timestamp(), pg_postmaster_start_time())
  on conflict (scope) do update set (token, run, pid, host, since, server_since, released) =
    (excluded.token, excluded.run, excluded.pid, excluded.host, excluded.since, excluded.server_since, false)`;

/**
 * A lock between all machines that use a database: a session-level advisory lock, which falls with its session. Beside it
 * is a note of its holder, by which a holder whose session broke tells whether another one had the lock meanwhile.
 */
export function postgresLock(connection: Connection): RunLock {
  return { take: (request) => takeLock(connection, request) };
}

async function takeLock(connection: Connection, request: LockRequest): Promise<() => Promise<void>> {
  const { scope, runId, pid } = request;
  const token = randomUUID();
  await waitForLock(connection, request);
  await connection.query(NOTE_HOLDER, [scope, token, runId, pid, hostname()]);
  const stopRenewing = connection.onRenewal(async (query) => {
    if ((await retake(query, request, token)) === 'lost') stopRenewing();
  });
  return async () => {
    stopRenewing();
    // Where the session is gone, so is the lock.
    await connection
      .query('update contact_sync.lock set released = true where scope = $1 and token = $2', [scope, token])
      .then(() => connection.query('select pg_advisory_unlock($1)', [keyOf(scope)]))
      .catch(() => undefined);
  };
}

async function waitForLock({ query }: Connection, { scope, waitMs, signal, onWait }: LockRequest): Promise<void> {
  const deadline = MACHINE_CLOCK.monotonic() + waitMs;
  for (let waited = false; ; waited = true) {
    const isOurs = await tryLock(query, scope);
    const holder = await findHolder(query, scope);
    if (isOurs && !holder?.reserved) return;
    if (isOurs) await query('select pg_advisory_unlock($1)', [keyOf(scope)]);
    signal.throwIfAborted();
    const told = holder === undefined || holder.released ? null : nameOf(holder);
    if (MACHINE_CLOCK.monotonic() >= deadline) throw new SyncError('locked', { holder: told, waited: waitMs > 0 });
    if (!waited) onWait(told);
    await sleep(POLL_MS, signal);
  }
}

/** Takes the lock on a new session, unless another run has had it since. @throws where the old session seems to hold it still */
async function retake(query: Query, { scope, onLost }: LockRequest, token: string): Promise<'held' | 'lost'> {
  const isOurs = await tryLock(query, scope);
  const holder = await findHolder(query, scope);
  if (holder?.token === token) {
    // The database has not noticed yet that the old session is gone: nobody else can have it.
    if (!isOurs) throw new Error('the old session still holds the lock');
    await query('update contact_sync.lock set server_since = pg_postmaster_start_time() where scope = $1', [scope]);
    return 'held';
  }
  if (isOurs) await query('select pg_advisory_unlock($1)', [keyOf(scope)]);
  onLost(new SyncError('lock_taken', { holder: holder === undefined ? null : nameOf(holder) }));
  return 'lost';
}

async function tryLock(query: Query, scope: string): Promise<boolean> {
  const [row] = await query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [keyOf(scope)]);
  return row!.taken;
}

async function findHolder(query: Query, scope: string): Promise<HolderRow | undefined> {
  const [row] = await query<HolderRow>(FIND_HOLDER, [scope]);
  return row;
}

function nameOf({ run, pid, host, since }: HolderRow): LockHolder {
  return { run, pid, host, since: since.toISOString() };
}

/** The database's locks are numbers of 64 bits. @param scope hex digits */
function keyOf(scope: string): string {
  return BigInt.asIntN(64, BigInt(`0x${scope.slice(0, 16)}`)).toString();
}
