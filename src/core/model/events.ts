import type { LockHolder } from './lock-holder.js';
import type { Outcome } from './outcome.js';
import type { PlanLine } from './plan-line.js';
import type { ReadChoice } from './read-choice.js';
import type { CallKind } from './calls.js';

/** What a run is busy with. */
export type Phase = 'reading contacts' | 'planning' | 'recording' | 'applying';

/** Ids, counts and field keys; never the key, nor a value of a contact. */
export type Facts = Readonly<Record<string, unknown>>;

/** Where the input came from and what it is. `path` is `-` for standard input. */
export interface InputFacts {
  sha256: string;
  bytes: number;
  rows: number;
  header: readonly string[];
  delimiter: string;
  bom: boolean;
}

/** How long writes take by the rate limit, as it stands. */
export interface Estimate {
  /** Null where the reserve leaves no room for them. */
  seconds: number | null;
  /** ISO time. */
  ends_at: string | null;
  /** Calls that read contacts again just before they are written. */
  rereads: number;
}

/** What a row's plan counts for, besides its line. */
export interface PlannedRow {
  line: PlanLine;
  /** Keys of fields that differ only in form. */
  equivalent: readonly string[];
  /** Empty cells that leave a value alone; none are counted of a row that is rejected. */
  emptyLeft: number;
}

/** What a plan comes to. */
export interface PlanTotals {
  /** PATCHes. */
  writes: number;
  /** Changes by field key. */
  changes: Readonly<Record<string, number>>;
  /** Calls that it took to make the plan. */
  calls: number;
}

/**
 * One request of a call. `path` is from the API's address on, with its query; an id in it that may name a person, such as
 * an e-mail address, is left out.
 */
export interface RequestFacts {
  kind: CallKind;
  path: string;
}

/**
 * What happens in a run, as it happens: progress, log, summary and whatever a caller makes of it. Durations are
 * milliseconds.
 */
export type SyncEvent =
  /** The run's folder is there. */
  | { type: 'run_opened'; run: string; dir: string }
  /** The run is this process's to work on. */
  | { type: 'run_began'; run: string; command: string; dryRun: boolean }
  /** Whose contacts the run is about; told before any other call. Null: the API does not say. */
  | { type: 'target_known'; baseUrl: string; organisation: { id: string; name: string | null } | null }
  /** How far it is; `total` is 0 where it is not known. */
  | { type: 'phase'; phase: Phase; done: number; total: number }
  /** `blank`: rows without any value, which are not records. */
  | { type: 'surveyed'; input: InputFacts; invalid: number; blank: number }
  /** A plan is begun; what was counted of an earlier one no longer holds. `at`: ISO time. */
  | { type: 'plan_began'; at: string }
  | { type: 'reads_chosen'; choice: ReadChoice }
  | ({ type: 'row_planned' } & PlannedRow)
  /** The plan is complete and on disk. `readAgain`: its values must be read again before they are written over. */
  | {
      type: 'plan_ready';
      choice: ReadChoice;
      rows: number;
      sha256: string;
      totals: PlanTotals;
      estimate: Estimate;
      readAgain: boolean;
      /** What people call the custom fields, by key. */
      labels: Readonly<Record<string, string>>;
    }
  /** So many PATCHes at most are about to be sent, of a plan that was made earlier. */
  | { type: 'writes_begin'; writes: number; estimate: Estimate }
  /** How long the writes that are left take, told now and then; `callsLeft` may be sent at once. */
  | { type: 'forecast'; estimate: Estimate; callsLeft: number | undefined }
  /** The first rows, read again, hold what was written: the others follow. `at`: ISO time. */
  | { type: 'canary_kept'; rows: number; at: string }
  /** Results are counted from here on. */
  | { type: 'results_began' }
  /** `recorded`: by an earlier process, or from the plan alone. */
  | { type: 'row_ended'; line: Pick<PlanLine, 'row' | 'line' | 'contact_id'>; outcome: Outcome; recorded: boolean }
  /** A request is about to be sent. */
  | ({ type: 'request' } & RequestFacts)
  /** It was answered, or not: then `status` is absent. */
  | ({ type: 'response'; attempt: number; status?: number; ms: number } & RequestFacts)
  /** The API refused a request with 429, for the nth time in a row of this call. */
  | ({ type: 'rate_limited'; refused: number } & RequestFacts)
  /** A failure that may pass: the request is made again, for the nth time. */
  | ({ type: 'retry'; code: string; status?: number; retried: number } & RequestFacts)
  /** No request is sent for now. */
  | { type: 'waiting'; for: 'rate_limit' | 'outage' | 'unanswered'; ms: number }
  /** The first rows are left alone for a while before they are read again. */
  | { type: 'waiting'; for: 'canary'; ms: number }
  /** `holder` is null where the lock does not tell yet. */
  | { type: 'waiting'; for: 'lock'; holder: LockHolder | null }
  /** A wait for the rate limit is over. */
  | { type: 'waited'; ms: number }
  /** It answered a request that no row is about with words of its own. They may quote a contact: for files alone. */
  | { type: 'api_words'; answer: string; words: string }
  | { type: 'info' | 'warning'; code: NoticeCode; facts: Facts };

export type NoticeCode =
  /** The API answers again after an outage. */
  | 'api_back'
  /** No further requests are sent: the budget is used up. */
  | 'budget_spent'
  /** The file has a header and no rows. */
  | 'no_rows'
  /** An AI fills the field and may overwrite it later. */
  | 'ai_field'
  /** Runs have written since the snapshot was made. */
  | 'written_since_snapshot'
  /** Another way of reading than the one chosen had to be taken. */
  | 'reads_changed'
  /** One of the first rows was not kept: `row`, and the `fields` that hold other values; none where it was not written. */
  | 'canary_not_kept'
  | 'mirror_skipped'
  | 'mirror_rebuilt'
  | 'mirror_damaged'
  | 'mirror_not_closed'
  | 'lock_lost'
  /** The database that runs share cannot be reached, or is back. */
  | 'database_away'
  | 'database_back'
  | 'summary_not_saved'
  /** Rows are left out whose contact was taken out of the run that is retried. */
  | 'rows_forgotten';

/** Told of each event at once; what it throws stops the run. */
export type OnEvent = (event: SyncEvent) => void;
