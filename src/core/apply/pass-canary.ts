import { MAX_PAGE_SIZE } from '../contacts/contacts-api.js';
import { inBatches } from '../model/batches.js';
import { SyncError } from '../model/errors.js';
import type { Found } from '../read/reader.js';
import type { Session } from '../run/session.js';
import type { Canary, NotKeptRow } from './canary.js';

/** What the check of a canary needs. */
export interface CanaryCheck {
  session: Session;
  /** When the last of its rows was answered, epoch milliseconds. */
  answeredAt: number;
  /** Whether a row ended otherwise than updated or unchanged. */
  isBroken: (row: number) => boolean;
  /** Reads at most 500 contacts as they are now. */
  read: (ids: readonly string[]) => Promise<Found>;
}

/**
 * Reads the canary's contacts again, after the wait that the run has for it, and lets the other rows follow if all are
 * kept. A run that continues waits for what is left of the wait.
 * @throws SyncError `canary_failed`; the stop signal's reason where the wait is cut short
 */
export async function passCanary(canary: Canary, { session, answeredAt, isBroken, read }: CanaryCheck): Promise<void> {
  const failed = (notKept: readonly NotKeptRow[]): SyncError => {
    for (const { row, fields } of notKept) {
      session.emit({ type: 'warning', code: 'canary_not_kept', facts: { row, fields } });
    }
    return new SyncError('canary_failed', { run: session.folder.id, rows: canary.size, notKept: notKept.length });
  };
  const broken = canary.broken(isBroken);
  if (broken.length > 0) throw failed(broken);
  await session.leaveAlone(answeredAt, 1000 * session.summary.write_guards.canary_wait);
  const found: Found = new Map();
  for await (const ids of inBatches(canary.contactIds, MAX_PAGE_SIZE)) {
    for (const [id, entry] of await read(ids)) found.set(id, entry);
  }
  const notKept = canary.notKept(found, session.vocabulary.fieldByKey);
  if (notKept.length > 0) throw failed(notKept);
  session.emit({ type: 'canary_kept', rows: canary.size, at: new Date().toISOString() });
  await session.save();
}
