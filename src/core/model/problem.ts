/** What is wrong with a row, or worth a warning. `field` is the API's field key, where one field is to blame. */
export interface Problem {
  /** A stable word for scripts, such as `bad_value` or `not_kept`. */
  code: string;
  /** For people; never holds the key. */
  message: string;
  field?: string;
  /** Which hint helps, where its code does not tell. Never recorded. */
  hint?: string;
}

/** What is wrong with the header of a CSV. */
export interface HeaderProblem extends Problem {
  code:
    | 'unknown_column'
    | 'ambiguous_column'
    | 'repeated_column'
    | 'no_id_column'
    /** The column of another key. */
    | 'no_key_column'
    /** Of what rows are to name their contacts by. */
    | 'bad_key'
    | 'no_field_column'
    /** Of the mapping of a column to a field, which the message does not name. */
    | 'bad_mapping'
    /** Of the name of a column to ignore, which the message does not name. */
    | 'bad_ignored_column'
    /** Of a rule for a field, which the message does not name. */
    | 'bad_rule';
  /** The column's name in the file, where it is unknown. */
  column?: string;
  /** Of `bad_mapping`: the mapping as it was given. */
  mapping?: string;
  /** Of `no_id_column` and `no_key_column`: what the file was read as. */
  seen?: HeaderSeen;
  /** Of `bad_key`: the key as it was given. */
  key?: string;
  /** Of `bad_rule`: field and rule, such as `title=fill`. */
  rule?: string;
  /** Of `no_id_column`: fields that the file has a column for, and that could be the key. */
  candidates?: readonly string[];
}

/** How the header of a CSV was found and read. `line` counts physical lines from 1. */
export interface HeaderSeen {
  line: number;
  delimiter: string;
  columns: readonly string[];
  elsewhere?: HeaderElsewhere | undefined;
}

/** A line that has the key column, where the header has none. */
export interface HeaderElsewhere {
  line: number;
  delimiter: string;
}

/** What people can do about a problem, by its hint or code, in the words of the program that they use. */
export type Hints = Readonly<Record<string, string>>;

/** The problem with the hint for it, where there is one. */
export function withHint<P extends Problem>({ hint: key, ...problem }: P, hints: Hints): Omit<P, 'hint'> {
  const hint = hints[key ?? problem.code];
  return hint === undefined ? problem : { ...problem, message: `${problem.message} (${hint})` };
}

/** A message without what it quotes from a cell: for logs and terminals that must not show values. */
export function withoutValues(message: string): string {
  // A value may hold quotes itself: all between the first one and the last one goes.
  return message.replace(/"[^]*"/, '"…"');
}

/**
 * All that is wrong with a row, told as one: code and field are the first one's.
 * @param hints each is given once, behind the last problem that it is about
 */
export function joinProblems(problems: readonly Problem[], hints: Hints = {}): Problem {
  const messages = problems.map((problem, at) => {
    const isLast = problems.findLastIndex(({ code, hint }) => code === problem.code && hint === problem.hint) === at;
    return isLast ? withHint(problem, hints).message : problem.message;
  });
  return { ...withHint(problems[0]!, {}), message: messages.join('; ') };
}

/** The ways in which a row ends, and `planned`, which only a dry run leaves standing. */
export const STATUSES = [
  'updated',
  'unchanged',
  'planned',
  'invalid',
  'not_found',
  'conflict',
  'held',
  'failed',
  'unknown',
] as const;

export type Status = (typeof STATUSES)[number];

/** Rows that were not applied: these go to rejected.csv. */
export function isRejected(status: Status): boolean {
  return status !== 'updated' && status !== 'unchanged' && status !== 'planned';
}
