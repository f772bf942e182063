export type { ResultLine } from './core/model/outcome.js';
/** What a program may import: the sandbox to test against, and the shapes of the files. */
export { EXIT, type ExitCode } from './cli/exit-codes.js';
export { SyncError, type ErrorCode, type ErrorFacts, type ErrorKind } from './core/model/errors.js';
export type { Problem, Status } from './core/model/problem.js';
export type { Change, Changes, PlanLine } from './core/model/plan-line.js';
export type { Summary } from './core/run/summary.js';
export { startSandbox, type Sandbox } from './sandbox/start-sandbox.js';
export type { SandboxOptions } from './sandbox/options.js';
