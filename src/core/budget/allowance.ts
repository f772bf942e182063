/** What the API last said of the allowance, and what was spent since. Times are by the monotonic clock, milliseconds. */
export interface Allowance {
  limit: number;
  /** The API did not say: it is at least this. */
  isGuess?: boolean;
  /** Calls left when it was said. */
  remaining: number;
  /** When more is to be had; undefined where the API does not say. */
  resetAt: number | undefined;
  /** Calls begun since, and those that were in flight then. */
  outstanding: number;
  /** When it was said: an answer to a call begun before knows less. */
  heardAt: number;
}
