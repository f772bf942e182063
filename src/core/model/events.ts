import type { Outcome } from './outcome.js';
import type { PlanLine } from './plan-line.js';
import type { ReadChoice } from './read-choice.js';
import type { CallKind } from './traffic.js';

/** What a run is busy with. */
export type Phase = 'reading contacts' | 'planning' | 'recording' | 'applying';

/** What a warning is about, by name; never holds the key, a name or an e-mail address of a contact. */
export type Facts = Readonly<Record<string, unknown>>;

/** What happens in a run, as it happens. Times are epoch milliseconds, durations milliseconds. */
export type SyncEvent =
  /** How far it is; `total` is absent where it is not known. */
  | { type: 'phase'; phase: Phase; done: number; total?: number }
  | { type: 'reads_chosen'; choice: ReadChoice }
  /** `equivalent`: keys of fields that differ only in form. `emptyLeft`: empty cells over values that are left alone. */
  | { type: 'row_planned'; line: PlanLine; equivalent: readonly string[]; emptyLeft: number }
  | { type: 'row_ended'; line: PlanLine; outcome: Outcome }
  /** A request was answered, or not: then `status` is absent. */
  | { type: 'call'; kind: CallKind; path: string; attempt: number; status?: number; ms: number }
  /** A request is made again after a failure that may pass. */
  | { type: 'retry'; kind: CallKind; path: string; code: string; status?: number; retried: number }
  /** No request is sent for now; `until` is absent where nobody knows. */
  | { type: 'waiting'; for: 'rate_limit' | 'outage' | 'lock' | 'unanswered'; until?: number; facts?: Facts }
  | { type: 'info' | 'warning'; code: string; facts: Facts };

/** Told of each event at once; what it throws stops the run. */
export type OnEvent = (event: SyncEvent) => void;
