import { isOpaqueId } from '../core/contacts/contact-id.js';
import type { Facts, NoticeCode, SyncEvent } from '../core/model/events.js';
import type { Log } from './log.js';

/** Lines that a report reads back, to tell when a run waited. */
export const LOGGED = {
  waited: 'waited for the rate limit',
  down: 'the API is not responding: checking whether it is back',
} as const;

/** Shorter waits than this, milliseconds, are part of the pace. */
const LOGGED_WAIT_MS = 1000;

/** What the log says of a notice. */
const NOTICES: Record<NoticeCode, string> = {
  api_back: 'the API responds again: sending a request',
  budget_spent: 'no further requests will be sent',
  no_rows: '0 rows: the file has a header only, so there is nothing to do',
  ai_field: 'an AI fills this field and may overwrite it later',
  written_since_snapshot: 'runs have written since the snapshot: some rows may wrongly appear unchanged',
  reads_changed: 'switching to another way of reading',
  canary_not_kept: 'one of the first rows was not kept',
  mirror_skipped: 'reading without the mirror',
  mirror_rebuilt: 'rebuilding the mirror',
  mirror_damaged: 'the mirror cannot be read: deleting it; the next run that uses it rebuilds it',
  mirror_not_closed: 'the mirror could not be closed',
  lock_lost: 'the lock is gone, so that another run could begin: no further rows are sent',
  database_away: 'the database that runs share is away: continuing without it until it is back',
  database_back: 'the database that runs share is back',
  summary_not_saved: 'summary.json could not be written',
  rows_forgotten: 'rows are left out whose contacts were taken out of that run',
};

/**
 * Writes the log's line for an event, where it has one. Lines carry row numbers, ids that name nobody, and field keys;
 * never values, nor the API's own words.
 */
export function logEvent(log: Log, event: SyncEvent): void {
  switch (event.type) {
    case 'run_began': {
      const { command, dryRun: dry_run } = event;
      log.info('run started', { command, dry_run });
      break;
    }
    case 'surveyed':
      log.info('input read', {
        rows: event.input.rows,
        invalid: event.invalid,
        blank: event.blank,
        sha256: event.input.sha256,
      });
      break;
    case 'plan_ready':
      log.info('plan written', { rows: event.rows, writes: event.totals.writes });
      break;
    case 'row_ended':
      logRow(log, event);
      break;
    case 'rate_limited': {
      const { kind: call, path, refused } = event;
      log.info('rate limited', { call, path, refused });
      break;
    }
    case 'retry': {
      const { kind: call, path, code, status, retried } = event;
      log.info('retrying', { call, path, code, status, retried });
      break;
    }
    case 'canary_kept':
      log.info('the first rows were kept: sending the others', { rows: event.rows });
      break;
    case 'waiting':
      logWait(log, event);
      break;
    case 'waited':
      if (event.ms >= LOGGED_WAIT_MS) log.info(LOGGED.waited, { ms: event.ms });
      break;
    case 'info':
      log.info(NOTICES[event.code], ours(event.facts));
      break;
    case 'warning':
      log.warn(NOTICES[event.code], ours(event.facts));
      break;
    default:
      break;
  }
}

/** Facts without the API's own words, which may quote a contact. */
function ours(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => name !== 'words'));
}

function logRow(log: Log, { line, outcome, recorded }: SyncEvent & { type: 'row_ended' }): void {
  if (recorded) return;
  const { row, contact_id } = line;
  // An id can be an e-mail address; row and line find the contact all the same.
  const about = contact_id !== null && isOpaqueId(contact_id) ? { contact_id } : {};
  const { status, attempts, http_status, duration_ms, error } = outcome;
  const facts = { row, line: line.line, ...about, status, attempts, http_status, duration_ms, error: error?.code };
  // People see the causes, with counts, and not each row.
  log.info('row done', facts);
}

function logWait(log: Log, event: SyncEvent & { type: 'waiting' }): void {
  switch (event.for) {
    case 'rate_limit':
      log.info('rate limit: waiting', { seconds: Math.ceil(event.ms / 1000) });
      break;
    case 'outage':
      log.info(LOGGED.down, { down_seconds: Math.round(event.ms / 1000) });
      break;
    case 'unanswered':
      log.info('waiting: an unanswered request may still take effect', {
        seconds: Math.ceil(event.ms / 1000),
      });
      break;
    case 'canary':
      log.info('waiting before the first rows are read again', { seconds: Math.ceil(event.ms / 1000) });
      break;
    case 'lock':
      break;
  }
}
