import type { LockHolder } from './lock-holder.js';
import type { HeaderProblem, Problem } from './problem.js';

/** A file that contacts are read from beside the CSV: the export that the CSV was made from, or one to plan from. */
export type ReferenceRole = 'base' | 'snapshot';

/** Which of its two limits a deadline comes from. */
export type DeadlineReason = { limit: 'max_duration' } | { limit: 'stop_at'; time: string };

/** Why a CSV cannot be parsed. */
export type CsvProblem =
  | { kind: 'quote_not_closed' | 'text_after_quote' | 'quote_inside' }
  | { kind: 'record_too_long'; maxChars: number }
  | { kind: 'other'; detail: string };

/** A row about the contact of an earlier row. */
export interface RepeatedContact {
  row: number;
  contactId: string;
  earlier: number;
}

/** What is wrong with one of a run's files. `rows` are those of the plan. */
export type Damage =
  | { kind: 'not_json' | 'too_long' }
  | { kind: 'unexpected'; detail: string }
  | { kind: 'row_unknown'; row: number; rows: number }
  | { kind: 'row_repeated' | 'row_missing'; row: number }
  | { kind: 'incomplete'; lines: number; rows: number };

/** Files that people take for a CSV, by their content. */
export type BinaryFormat = 'excel' | 'opendocument' | 'zip';

/** Why no request to an address can succeed. `not_tls`: https to a port for plain http; `not_http`: http to another one. */
export type ConnectionCause =
  | 'certificate_untrusted'
  | 'certificate_expired'
  | 'certificate_name'
  | 'not_tls'
  | 'tls_failed'
  | 'not_http'
  | 'host_unknown'
  | 'nothing_listens'
  | 'redirect'
  | 'proxy_unreachable'
  | 'proxy_refused';

export interface ApiAnswer {
  answer: string;
  words?: string;
}

/**
 * What is known of each error, by its code. `file` and `dir` are paths, `line` counts from 1, `errno` is the operating
 * system's code, `answer` is what the API said, without the key; `detail` is what another program or library said.
 */
export interface ErrorFacts {
  // The input.
  /** `near`: what may be meant, or where it was looked for; in words behind the message. */
  input_unreadable: { file: string; errno: string; near?: string };
  /** `format`: what its first bytes are of; undefined: not known. */
  input_binary: { file: string; line: number; format?: BinaryFormat | undefined };
  input_encoding: { file: string; line: number; encoding: string };
  input_empty: { file: string };
  /** Standard input is needed, and was not provided. */
  input_missing: Record<never, never>;
  /** `while_reading`: between the two passes. `since_planned`: since an earlier process began to plan it. */
  input_changed: { file: string; when: 'while_reading' | 'since_planned' };
  /** Standard input ended before all of it was kept, and cannot be read again. */
  input_incomplete: Record<never, never>;
  csv_invalid: { file: string; line: number; column?: number | undefined; problem: CsvProblem };
  header_invalid: { file: string; role?: ReferenceRole; problems: readonly HeaderProblem[] };
  /** `repeated` are the first ones; `more` counts the others. */
  contacts_repeated: { file: string; repeated: readonly RepeatedContact[]; more: number };
  reference_empty: { file: string; role: ReferenceRole };
  reference_invalid: { file: string; role: ReferenceRole; line: number; problem: Problem };
  /** It lacks columns for fields that the CSV edits. */
  reference_incomplete: { file: string; role: ReferenceRole; fields: readonly string[] };
  /** `note` is the file that says which it is. */
  latest_export_missing: { note: string; errno: string };
  /** It is not known to be this organisation's. */
  latest_export_refused:
    | { reason: 'target_unknown' }
    | { reason: 'other_api'; file: string; made: string; now: string }
    | { reason: 'other_organisation'; file: string };

  // The API.
  key_refused: ApiAnswer;
  /** The key reads contacts and writes none. */
  key_read_only: ApiAnswer;
  /** The key is good, and may not use an endpoint. `endpoint` is its name for people. */
  access_missing: ApiAnswer & { endpoint: string };
  endpoint_missing: ApiAnswer & { endpoint: string };
  /** `works`: another prefix, below which there are contacts. */
  address_unknown: ApiAnswer & { works?: string };
  /**
   * Its address, protocol or certificate is wrong: nothing was ever answered. `detail` is an error's code, or the origin
   * that a redirect leads to; empty where it leads to another path of the same one. Where a proxy is at fault, `host` is
   * the proxy's, `detail` may be the status of its answer, and `proxySetting` is what names it.
   */
  connection_impossible: {
    cause: ConnectionCause;
    baseUrl: string;
    host: string;
    detail: string;
    proxySetting?: string;
  };
  /** It refuses a request that the run cannot do without. */
  api_refused: ApiAnswer;
  api_unanswered: ApiAnswer & { attempts: number };
  /** It is too large or too deep. */
  answer_unusable: ApiAnswer;
  /** It answers one request with 429 each time. */
  api_rate_limited: { attempts: number };
  /** Its schema says that contacts cannot be filtered by id. */
  ids_not_filterable: Record<never, never>;
  /** Its schema says that contacts cannot be filtered by a field that rows name them by. */
  key_not_filterable: { field: string };
  /** It does not filter by id, whatever its schema says. */
  filter_refused: ApiAnswer;

  // Limits, and what else ends a run before its end.
  /** `by` is null where the caller does not say. */
  aborted: { by: string | null };
  max_requests: { limit: number };
  deadline: DeadlineReason;
  /** The next request may be sent only after the deadline. */
  deadline_before_allowance: DeadlineReason;
  reserve: Record<never, never>;
  outage: { seconds: number };
  /** Of the rows that were sent and answered, also in earlier processes of the run. */
  too_many_refused: { answered: number; refused: number; limit: { count: number } | { percent: number } };
  /** Of the first rows, which were to be kept before any other is written. */
  canary_failed: { run: string; rows: number; notKept: number };
  /** Rows that may be written at a time. */
  write_limit: { limit: number };
  /** Another error, whose `cause` it is, once requests that write may have been sent. */
  ended_midway: { code: ErrorCode; detail: string };

  // A run on disk.
  no_runs: { dir: string };
  /** None of the runs sent anything. */
  no_run_wrote: { dir: string };
  run_not_found: { run: string; dir: string; suggestion?: string | undefined };
  /** The ids that have this part, newest first. */
  run_ambiguous: { run: string; dir: string; matching: readonly string[] };
  run_id_invalid: { run: string };
  not_a_run: { dir: string; run: string };
  /** `owner`: its uid. */
  folder_not_trusted: { dir: string; why: 'link' | 'owner' | 'writable'; owner: number };
  /** Another process works in the run's folder. */
  run_busy: { dir: string };
  folder_not_made: { dir: string; detail: string };
  machine_dir_not_writable: { dir: string; detail: string };
  file_unreadable: { file: string; errno: string };
  file_damaged: { file: string; line?: number | undefined; damage: Damage };
  /** `found` is what the file has for a format; undefined where it has none. */
  format_unknown: { file: string; found: unknown; expected: number };
  /** A file was deleted while it was written. */
  file_deleted: { file: string };
  /** `lines` is how many it has, where those are not as many as `expected`. */
  plan_damaged: { file: string; lines?: number; expected: number };
  /** The note of what was sent is gone. */
  sent_missing: { file: string; run: string };
  run_incomplete: { results: number; rows: number; planned: number };

  // What a run is about, and who works on it.
  not_approved: { run: string };
  target_unknown: { run: string };
  target_differs: { run: string; made: string; now: string };
  /** `found`: null where the API does not tell. */
  organisation_differs: { wanted: string; found: { id: string; name: string | null } | null; url: string };
  prefix_differs: { run: string; made: string; now: string };
  lock_not_taken: { file: string; detail: string };
  /** The package that takes locks does not load. `platform`: `linux x64`. */
  lock_unsupported: { platform: string };
  /** Its file was deleted while the run held it. */
  lock_lost: { file: string };
  /** Its session broke, and another run had the lock before it was taken again. */
  lock_taken: { holder: LockHolder | null };
  /** `purpose`: what they are needed for. */
  package_missing: { packages: readonly string[]; purpose: string };
  /** `database`: host and name, without user and password. */
  database_unreachable: { database: string; detail: string };
  /** It is there, and does not let its tables be made or read. */
  database_refused: { database: string; detail: string };
  /** No space, or none that this user may take. */
  disk_full: { dir: string; errno: string };
  /** `waited`: the lock was waited for, but not released in time. */
  locked: { holder: LockHolder | null; waited: boolean };
  /** A process works on a run that is to be changed. */
  run_at_work: { run: string };
  run_unfinished: { run: string; state: string };
  /** `at`: ISO time. */
  run_purged: { run: string; at: string };
  mirror_in_use: { dir: string };
  not_applicable: { run: string; state: string };
  /** `state` is `planning` where the run does not say how it was planned. */
  not_resumable: { run: string; state: string; error: string | null };
  /** `state` is `done` where the run does not say how it was planned. */
  not_retryable: { run: string; state: string };
  nothing_to_undo: { run: string; state: string };
  /** `isWhole`: all of it. */
  already_undone: { run: string; by: string | null; isWhole: boolean };
  /** `run` is what the verb is about; null: a file. */
  approval_missing: { verb: 'sync' | 'apply' | 'resume' | 'retry' | 'undo'; run: string | null };
  /** `digest` is the plan's, null where it is not complete. `isShort`: what was approved is no digest, or too little of one. */
  approval_differs: { run: string; digest: string | null; isShort: boolean };
  /** `needs`: the count that a limit would have to allow; absent where there is nothing to apply. */
  plan_refused: { run: string; refusals: readonly (Problem & { needs?: number })[]; kinds: string };
}

export type ErrorCode = keyof ErrorFacts;
