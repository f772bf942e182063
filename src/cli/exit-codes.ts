import { kindOf, type ErrorKind } from '../core/model/errors.js';
import { CommandError } from './settings/command-error.js';

/** The exit codes, one table. Only `cli.ts` exits. */
export const EXIT = {
  /** Every row is updated or unchanged (or planned). */
  ok: 0,
  /** A fault of the tool itself. */
  fault: 1,
  /** Usage, settings, input file or target: nothing was sent. */
  usage: 2,
  /** Finished, but some rows were not applied: see rejected.csv. */
  incomplete: 3,
  /** Stopped cleanly before the end: `resume` continues. */
  stopped: 4,
  /** A guard refused the plan: nothing was sent. */
  refused: 5,
  /** Another run holds the lock. */
  locked: 6,
  /** The API refuses the key. */
  key: 7,
  /** `plan --exit-code` only: there are changes. */
  changes: 10,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** How a command ends that threw. */
export function exitCodeFor(error: unknown): ExitCode {
  return EXIT[errorKind(error)];
}

/** As `kindOf`, for what the command line throws as well. */
export function errorKind(error: unknown): ErrorKind {
  return error instanceof CommandError ? error.kind : kindOf(error);
}
