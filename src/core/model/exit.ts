/** The exit codes, one table. Only `cli.ts` exits. */
export const EXIT = {
  /** Every row is updated or unchanged (or planned). */
  ok: 0,
  /** A fault of the tool itself. */
  fault: 1,
  /** Usage, settings or input file: nothing was sent. */
  usage: 2,
  /** Finished, but some rows did not make it: see rejected.csv. */
  incomplete: 3,
  /** Stopped before the end in good order: `resume` goes on. */
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

/** Ends the whole job with a message for people. A row's failure is never thrown: it is a value. */
export class ExitError extends Error {
  override name = 'ExitError';
  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Wrong flags, settings or input file. `problems` are told all at once, one a line. */
export class UsageError extends ExitError {
  override name = 'UsageError';
  constructor(problems: string | readonly string[], options?: { cause?: unknown }) {
    super(EXIT.usage, typeof problems === 'string' ? problems : problems.join('\n'), options);
  }
}

/** 401, or a 403 that is about the key and not about one contact. */
export class KeyRefusedError extends ExitError {
  override name = 'KeyRefusedError';
  constructor(message: string) {
    super(EXIT.key, message);
  }
}

/** What kind of thing ended a run before its time. */
export type EndKind = 'usage' | 'stopped' | 'refused' | 'locked' | 'key' | 'fault';

export function kindOf(error: unknown): EndKind {
  switch (error instanceof ExitError ? error.exitCode : EXIT.fault) {
    case EXIT.usage:
      return 'usage';
    case EXIT.stopped:
      return 'stopped';
    case EXIT.refused:
      return 'refused';
    case EXIT.locked:
      return 'locked';
    case EXIT.key:
      return 'key';
    default:
      return 'fault';
  }
}
