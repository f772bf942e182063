import type { Logger } from 'winston';
import type { NoticeCode, SyncEvent } from '../core/model/events.js';

/** Lines that a report reads back, to tell when a run waited. */
export const LOGGED = {
  waited: 'waited for the rate limit',
  down: 'the API does not answer: asking whether it is back',
} as const;

/** Shorter waits than this, milliseconds, are part of the pace. */
const LOGGED_WAIT_MS = 1000;

/** What the log says of a notice. */
const NOTICES: Record<NoticeCode, string> = {
  api_back: 'the API answers again: a call is tried',
  budget_spent: 'no further requests will be sent',
  ai_field: 'an AI fills this field and may overwrite it later',
  written_since_snapshot: 'runs have written since the snapshot: rows may seem unchanged that are not',
  reads_changed: 'reading another way',
  mirror_skipped: 'reading without the mirror',
  mirror_rebuilt: 'the mirror is rebuilt',
  mirror_damaged: 'the mirror cannot be read: it is deleted, and rebuilt by the next run that uses it',
  mirror_not_closed: 'the mirror could not be closed',
  summary_not_saved: 'summary.json could not be written',
};

/** Writes the log's line for an event, where it has one. Lines carry ids, row numbers and field keys, never values. */
export function logEvent(log: Logger, event: SyncEvent): void {
  switch (event.type) {
    case 'run_began': {
      const { run, command, dryRun: dry_run } = event;
      log.info('run begins', { run, command, dry_run });
      break;
    }
    case 'surveyed':
      log.info('input surveyed', { rows: event.input.rows, invalid: event.invalid, sha256: event.input.sha256 });
      break;
    case 'plan_ready':
      log.info('plan is on disk', { rows: event.rows, writes: event.totals.writes });
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
    case 'waiting':
      logWait(log, event);
      break;
    case 'waited':
      if (event.ms >= LOGGED_WAIT_MS) log.info(LOGGED.waited, { ms: event.ms });
      break;
    case 'info':
      log.info(NOTICES[event.code], event.facts);
      break;
    case 'warning':
      log.warn(NOTICES[event.code], event.facts);
      break;
    default:
      break;
  }
}

function logRow(log: Logger, { line, outcome, recorded }: SyncEvent & { type: 'row_ended' }): void {
  if (recorded) return;
  const { row, contact_id } = line;
  const { status, attempts, http_status, duration_ms, error } = outcome;
  const facts = { row, contact_id, status, attempts, http_status, duration_ms, error: error?.code };
  log.log(error ? 'warn' : 'info', 'row ended', facts);
}

function logWait(log: Logger, event: SyncEvent & { type: 'waiting' }): void {
  switch (event.for) {
    case 'rate_limit':
      log.warn('rate limit: waiting', { seconds: Math.ceil(event.ms / 1000) });
      break;
    case 'outage':
      log.warn(LOGGED.down, { down_seconds: Math.round(event.ms / 1000) });
      break;
    case 'unanswered':
      log.info('waiting: a request that was not answered may still be carried out', {
        seconds: Math.ceil(event.ms / 1000),
      });
      break;
    case 'lock':
      break;
  }
}
