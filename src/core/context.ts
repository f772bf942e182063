import type { DeadlineLimits } from './budget/deadline.js';
import type { Reserve } from './budget/rate.js';
import type { OnEvent } from './model/events.js';
import type { Hints } from './model/problem.js';
import type { Approval } from './run/approval.js';
import type { Coordination } from './run/coordination.js';
import type { RunLock } from './run/lock.js';
import type { RunFolder } from './run/run-folder.js';
import type { ApiOptions } from './run/api-session.js';
import type { Approve } from './run/session.js';
import type { RunStore } from './run/store.js';
import type { Summary } from './run/summary.js';
import type { WriteGuardOptions } from './run/write-guards.js';

/** Where the API is, whose key, and what may be spent. Durations are milliseconds. */
export interface ApiSettings extends Omit<ApiOptions, 'deadlines' | 'mirror' | 'reserve'>, DeadlineLimits {
  /** Left to others; undefined: as the run left it when it was made, or nothing. */
  reserve: Reserve | undefined;
  /** Keeps all contacts in a store beside the runs, refreshed by what changed. */
  mirror: boolean;
  /** The mirror is rebuilt when it is older. */
  mirrorMaxAge: number;
}

/** How a run ended: with an error where it ended before its time. */
export interface RunEnd {
  folder: RunFolder;
  /** As it stands in summary.json. */
  summary: Readonly<Summary>;
  error?: unknown;
  /** summary.json tells of this end. Not where the run could not be begun, and is as it was. */
  isRecorded: boolean;
}

/** What every verb is handed. What is left out is as `API_DEFAULTS` says, or absent. */
export interface SyncContext {
  /** `baseUrl` is the API's address; `key` goes there and nowhere else. */
  api: Pick<ApiSettings, 'baseUrl' | 'key'> & Partial<ApiSettings>;
  /** Where runs are kept. */
  store: RunStore;
  /** Keeps two runs from writing to one organisation at a time; by default those of this machine. */
  lock?: RunLock;
  /** What is shared with runs on other machines, besides the lock of this one; by default nothing. */
  coordination?: Coordination;
  /** How long to wait for another run to let the lock go; 0, the default: not at all. Milliseconds. */
  waitLock?: number;
  /** What was approved, and whether it must be; by default each plan may be sent. */
  approval?: Approval;
  /** What is watched while rows are written. */
  writing?: WriteGuardOptions;
  /** Id or name of the organisation that the key must belong to, as the API says; by default any. */
  organisation?: string;
  onEvent?: OnEvent;
  /** Told once, after the last event, when all files are written; waited for. */
  onEnd?: (end: RunEnd) => void | Promise<void>;
  /** Aborted to stop cleanly: no further rows are begun, and what is in flight ends. */
  signal?: AbortSignal;
  /** Asked once before the first write, where there is something to write; by default every plan is sent. */
  approve?: Approve;
  /** What people can do about a row's problem, told behind its message in the results. */
  hints?: Hints;
  /** What summary.json is to say of an error; by default its message. */
  messageOf?: (error: unknown) => string;
  /** What summary.json is to say of the process's exit. */
  exitCodeOf?: (summary: Readonly<Summary>, error: unknown) => number;
}
