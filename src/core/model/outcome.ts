import type { Changes } from './plan-line.js';
import { isRejected, type Problem, type Status } from './problem.js';

/** How a row ended. */
export interface Outcome {
  status: Status;
  error?: Problem;
  warnings?: Problem[];
  /** Requests made for the row. */
  attempts?: number;
  http_status?: number;
  duration_ms?: number;
}

/** One line of results.ndjson. */
export interface ResultLine extends Outcome {
  row: number;
  line: number;
  contact_id: string | null;
  changes?: Changes;
  at: string;
}

/** Whether the contact does not hold what the row says. */
export function isBroken({ status, warnings = [] }: Outcome): boolean {
  return isRejected(status) || warnings.some((warning) => warning.code === 'not_kept' && !('form' in warning));
}
