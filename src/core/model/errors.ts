import type { ErrorCode, ErrorFacts } from './error-facts.js';
import { MESSAGES } from './error-messages.js';

export type { ErrorCode, ErrorFacts } from './error-facts.js';

/**
 * What an error means for the job: `usage`: its options, input or target must change, and nothing was sent. `stopped`:
 * it can be resumed. `refused`: a guard refused the plan. `locked`: another run holds the lock. `key`: the API refuses
 * the key. `fault`: the tool or the API does not do what it should.
 */
export type ErrorKind = 'usage' | 'stopped' | 'refused' | 'locked' | 'key' | 'fault';

/** The kind of each error; the state of a run that it ends follows from it. */
const KINDS: Readonly<Record<ErrorCode, ErrorKind>> = {
  input_unreadable: 'usage',
  input_binary: 'usage',
  input_encoding: 'usage',
  input_empty: 'usage',
  input_missing: 'usage',
  input_changed: 'usage',
  input_incomplete: 'usage',
  csv_invalid: 'usage',
  header_invalid: 'usage',
  contacts_repeated: 'usage',
  reference_empty: 'usage',
  reference_invalid: 'usage',
  reference_incomplete: 'usage',
  latest_export_missing: 'usage',
  latest_export_refused: 'usage',
  key_refused: 'key',
  key_read_only: 'key',
  access_missing: 'key',
  endpoint_missing: 'usage',
  address_unknown: 'usage',
  connection_impossible: 'usage',
  api_refused: 'usage',
  api_unanswered: 'stopped',
  answer_unusable: 'stopped',
  api_rate_limited: 'stopped',
  ids_not_filterable: 'usage',
  key_not_filterable: 'usage',
  filter_refused: 'usage',
  aborted: 'stopped',
  max_requests: 'stopped',
  deadline: 'stopped',
  deadline_before_allowance: 'stopped',
  reserve: 'stopped',
  outage: 'stopped',
  too_many_refused: 'stopped',
  canary_failed: 'stopped',
  write_limit: 'stopped',
  ended_midway: 'stopped',
  no_runs: 'usage',
  no_run_wrote: 'usage',
  run_not_found: 'usage',
  run_ambiguous: 'usage',
  run_id_invalid: 'usage',
  not_a_run: 'usage',
  folder_not_trusted: 'usage',
  run_busy: 'locked',
  folder_not_made: 'usage',
  machine_dir_not_writable: 'usage',
  file_unreadable: 'usage',
  file_damaged: 'usage',
  format_unknown: 'usage',
  file_deleted: 'fault',
  plan_damaged: 'usage',
  sent_missing: 'usage',
  run_incomplete: 'fault',
  not_approved: 'refused',
  target_unknown: 'usage',
  target_differs: 'usage',
  organisation_differs: 'usage',
  prefix_differs: 'usage',
  lock_not_taken: 'usage',
  lock_unsupported: 'usage',
  lock_lost: 'stopped',
  lock_taken: 'stopped',
  package_missing: 'usage',
  database_unreachable: 'usage',
  database_refused: 'usage',
  disk_full: 'stopped',
  locked: 'locked',
  run_at_work: 'locked',
  run_unfinished: 'usage',
  run_purged: 'usage',
  mirror_in_use: 'locked',
  not_applicable: 'usage',
  not_resumable: 'usage',
  not_retryable: 'usage',
  nothing_to_undo: 'usage',
  already_undone: 'usage',
  plan_refused: 'refused',
  approval_missing: 'refused',
  approval_differs: 'refused',
};

/** Ends the whole job. A row's failure is never thrown: it is a value. Its message is for people and names no option. */
export class SyncError<C extends ErrorCode = ErrorCode> extends Error {
  override name = 'SyncError';

  constructor(
    readonly code: C,
    readonly facts: ErrorFacts[C],
    options?: ErrorOptions,
  ) {
    super(MESSAGES[code](facts), options);
  }

  get kind(): ErrorKind {
    return KINDS[this.code];
  }
}

/** Whether something thrown is one of these errors. */
export function isSyncError(error: unknown): error is SyncError {
  return error instanceof SyncError;
}

/** Whether something thrown is the error with this code. */
export function hasCode<C extends ErrorCode>(error: unknown, code: C): error is SyncError<C> {
  return isSyncError(error) && error.code === code;
}

/** What anything thrown means for the job: `fault` where it is none of ours. */
export function kindOf(error: unknown): ErrorKind {
  return isSyncError(error) ? error.kind : 'fault';
}
