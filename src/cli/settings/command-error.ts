import type { ErrorKind } from '../../core/model/errors.js';

/** Ends the command with a message for people: what only the command line can find wrong. */
export class CommandError extends Error {
  override name = 'CommandError';
  constructor(
    readonly kind: ErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Wrong arguments or settings. `problems` are told all at once, one a line. */
export class UsageError extends CommandError {
  override name = 'UsageError';
  readonly problems: readonly string[];

  constructor(problems: string | readonly string[], options?: ErrorOptions) {
    const list = [problems].flat();
    super('usage', list.join('\n'), options);
    this.problems = list;
  }
}
