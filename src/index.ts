export type { RunState } from './core/run/state.js';
/**
 * The engine of contact-sync, for programs: the command line uses exactly this. It starts no process, reads no
 * environment, writes to no terminal and handles no signal; what happens is told through `onEvent`, and an `AbortSignal`
 * stops it cleanly.
 *
 * A sandbox API to test against is in `contact-sync/sandbox`, and what runs on several machines share in
 * `contact-sync/fleet`.
 */
export { applyPlan, type ApplyRunOptions } from './core/apply-run.js';
export { checkCsv, type CheckedCsv, type InvalidRow } from './core/check-csv.js';
export type { ApiSettings, RunEnd, SyncContext } from './core/context.js';
export { API_DEFAULTS, PLAN_DEFAULTS } from './core/defaults.js';
export { exportContacts, type Exported, type ExportOptions } from './core/export-contacts.js';
export type { Contact } from './core/contacts/types.js';
export { forgetContact, type ForgetOptions, type Forgotten } from './core/forget-contact.js';
export { hasCode, isSyncError, kindOf, SyncError } from './core/model/errors.js';
export type { ErrorCode, ErrorFacts, ErrorKind } from './core/model/errors.js';
export type * from './core/model/events.js';
export type { Outcome, ResultLine } from './core/model/outcome.js';
export type { Change, Changes, PlanLine } from './core/model/plan-line.js';
export type { Hints, Problem, Status } from './core/model/problem.js';
export { openRun, type OpenedRun } from './core/open-run.js';
export { writeReport, type ReportOptions } from './core/report/write-report.js';
export { digestOf, type Approval } from './core/run/approval.js';
export type { WriteGuardOptions, WriteGuards } from './core/run/write-guards.js';
export { resumeRun } from './core/resume-run.js';
export { retryRun, type RetryOptions } from './core/retry-run.js';
export type { Coordination } from './core/run/coordination.js';
export { fileLock, type LockRequest, type RunLock } from './core/run/lock.js';
export type { RunFolder } from './core/run/run-folder.js';
export { fileStore, type RunStore } from './core/run/store.js';
export type { Owner, PlanOptions, Summary } from './core/run/summary.js';
export { planSync, syncCsv, type Planned, type SyncOptions } from './core/sync.js';
export { undoRun, type UndoOptions } from './core/undo-run.js';
