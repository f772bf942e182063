/** What a program may import: the sandbox to test against, and the shapes of the files. */
export { EXIT, type ExitCode } from './exit.js';
export type { Problem, Status } from './problem.js';
export type { Change, Changes, PlanLine } from './plan/plan-line.js';
export type { ResultLine } from './run/recorder.js';
export type { Summary } from './run/summary.js';
export { startSandbox, type Sandbox } from './sandbox/start-sandbox.js';
export type { SandboxOptions } from './sandbox/options.js';
