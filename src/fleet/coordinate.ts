import { SyncError } from '../core/model/errors.js';
import type { OnEvent } from '../core/model/events.js';
import type { Coordination } from '../core/run/coordination.js';
import { Connection, nameDatabase } from './connection.js';
import { postgresAllowance } from './postgres-allowance.js';
import { postgresLock } from './postgres-lock.js';
import { prepareDatabase } from './schema.js';

/** What a run shares with those on other machines, over one session on the database. */
export interface OpenCoordination extends Coordination {
  /** Closes the session, and with it lets go of whatever is still held. */
  close(): Promise<void>;
}

/**
 * Joins what runs share on a database, and makes its tables where they are missing.
 * @param url `postgres://…`
 * @param onEvent told when the database goes away, and when it is back
 * @throws SyncError `package_missing`, `database_unreachable`, `database_refused`
 */
export async function coordinate(url: string, onEvent: OnEvent = () => undefined): Promise<OpenCoordination> {
  const facts = { database: nameDatabase(url) };
  const connection = await Connection.open(url, {
    onAway: () => onEvent({ type: 'warning', code: 'database_away', facts }),
    onBack: () => onEvent({ type: 'info', code: 'database_back', facts }),
  });
  try {
    const salt = await prepareDatabase(connection.query);
    return {
      ...{ salt, lock: postgresLock(connection) },
      allowance: (scope) => postgresAllowance(connection, scope),
      close: () => connection.close(),
    };
  } catch (cause) {
    await connection.close();
    throw new SyncError('database_refused', { ...facts, detail: (cause as Error).message }, { cause });
  }
}
