/** The library: exit codes, and the shapes of a run's files. */
export { EXIT, type ExitCode } from './core/model/exit.js';
export type { Problem, Status } from './core/model/problem.js';
export type { ResultLine } from './core/model/outcome.js';
export type { Change, Changes, PlanLine } from './core/model/plan-line.js';
export type { Summary } from './core/run/summary.js';
