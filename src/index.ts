/** What a program may import: the job itself, the sandbox to test against, and the shapes of the files. */
export { EXIT, ExitError, KeyRefusedError, UsageError, type ExitCode } from './exit.js';
export { createRun, type RunFolder } from './run/run-folder.js';
export { newSummary, type Summary } from './run/summary.js';
export { Tally } from './run/tally.js';
export type { ResultLine } from './run/recorder.js';
export type { PlanLine } from './plan/plan-line.js';
export { startSandbox, type Sandbox } from './sandbox/start-sandbox.js';
export { sync, type OnProgress, type SyncDeps, type SyncOptions } from './sync.js';
