/** What is wrong with a row, or worth a warning. `field` is the API's field key, where one field is to blame. */
export interface Problem {
  /** A stable word for scripts, such as `bad_value` or `not_kept`. */
  code: string;
  /** For people; never holds the key. */
  message: string;
  field?: string;
}

/** All that is wrong with a row, told as one: code and field are the first one's. */
export function joinProblems(problems: readonly Problem[]): Problem {
  return { ...problems[0]!, message: problems.map((problem) => problem.message).join('; ') };
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

/** Rows that did not make it: these go to rejected.csv. */
export function isRejected(status: Status): boolean {
  return status !== 'updated' && status !== 'unchanged' && status !== 'planned';
}
