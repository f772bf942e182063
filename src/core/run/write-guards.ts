import { z } from 'zod';
import type { Limit } from '../plan/plan-guards.js';

/** What is watched while a run writes, as its summary has it: whatever continues the run keeps to it. */
export interface WriteGuards {
  /** No more rows are sent once the API has refused more of those sent. */
  max_failures: Limit;
  /** So many planned rows are written first, and the rest only if these are kept; 0: none. */
  canary: number;
  /** How long they are left alone before they are read again, seconds. */
  canary_wait: number;
  /** ISO time at which all of them were seen to be kept; null: not yet. */
  canary_kept_at: string | null;
  /** So many rows are written at a time; 0: all. */
  limit: number;
}

/** How a run is to be watched while it writes; what is left out is as the run has it, or as `WRITE_GUARDS` says. */
export interface WriteGuardOptions {
  maxFailures?: Limit | undefined;
  /** Rows; 0: none. */
  canary?: number | undefined;
  /** Milliseconds. */
  canaryWait?: number | undefined;
  /** Rows; 0: all. */
  limit?: number | undefined;
}

export const DEFAULT_MAX_FAILURES = { percent: 20 };

/** Where neither the caller nor the run says otherwise. */
export const WRITE_GUARDS: WriteGuards = {
  max_failures: DEFAULT_MAX_FAILURES,
  canary: 0,
  canary_wait: 0,
  canary_kept_at: null,
  limit: 0,
};

/** The form of these guards in files. */
export const writeGuardsShape = z.object({
  max_failures: z.union([z.object({ count: z.number().min(0) }), z.object({ percent: z.number().min(0) })]),
  canary: z.int().min(0),
  canary_wait: z.number().min(0),
  canary_kept_at: z.string().nullable(),
  limit: z.int().min(0),
});

/**
 * How a run is watched from now on. Another number of canary rows makes another canary, which nobody has checked.
 * @param known as the run has it; undefined where it is new, or of an earlier version
 */
export function settleWriteGuards(given: WriteGuardOptions, known: WriteGuards = WRITE_GUARDS): WriteGuards {
  const { maxFailures, canary = known.canary, canaryWait, limit } = given;
  return {
    max_failures: maxFailures ?? known.max_failures,
    canary,
    canary_wait: canaryWait === undefined ? known.canary_wait : canaryWait / 1000,
    canary_kept_at: canary === known.canary ? known.canary_kept_at : null,
    limit: limit ?? known.limit,
  };
}
