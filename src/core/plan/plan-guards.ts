import type { Problem } from '../model/problem.js';

/** A guard's limit: so many, or so many percent of the file's rows. */
export type Limit = { count: number } | { percent: number };

export interface GuardOptions {
  /** Rows that may be changed. */
  maxChanges: Limit | undefined;
  /** Values that may be cleared. */
  maxClears: Limit | undefined;
  /** Nothing is sent unless every row is planned or unchanged. */
  strict: boolean;
}

/** What the guards look at: the plan as a whole. */
export interface PlanTotals {
  rows: number;
  writes_planned: number;
  clears_planned: number;
  /** Rows that are neither planned nor unchanged. */
  rejected_planned: number;
  /** Changes by kind, such as `title replaced`. */
  kinds: Readonly<Record<string, number>>;
}

/** Why a plan is not to be applied. */
export interface Refusal extends Problem {
  code: 'max_changes' | 'max_clears' | 'strict';
  /** The count that its limit would have to allow for the plan to be applied; absent where there is nothing to apply. */
  needs?: number;
}

/** Holds the whole plan against its limits. Pure. @returns every limit that is exceeded */
export function findRefusals(totals: PlanTotals, guards: GuardOptions): Refusal[] {
  const { rows, writes_planned, clears_planned, rejected_planned } = totals;
  const refusals: Refusal[] = [];
  if (exceeds(writes_planned, rows, guards.maxChanges)) {
    const message = `${ofRows(writes_planned, rows)} would be changed; the limit is ${limitOf(guards.maxChanges)}`;
    refusals.push({ code: 'max_changes', message, needs: writes_planned });
  }
  if (exceeds(clears_planned, rows, guards.maxClears)) {
    const message = `${clears_planned} values in ${rows} rows would be cleared; the limit is ${limitOf(guards.maxClears)}`;
    refusals.push({ code: 'max_clears', message, needs: clears_planned });
  }
  if (guards.strict && rows === 0) {
    const message = 'the plan has 0 rows; a strict plan requires at least one';
    refusals.push({ code: 'strict', hint: 'strict_empty', message });
  }
  if (guards.strict && rejected_planned > 0) {
    const message = `${ofRows(rejected_planned, rows)} cannot be applied; a strict plan requires every row`;
    refusals.push({ code: 'strict', message, ...(writes_planned > 0 ? { needs: rejected_planned } : {}) });
  }
  return refusals;
}

/**
 * `title replaced 812, notes cleared 90, tags replaced 40`: the largest kinds of change.
 * @param labels what people call fields, by key
 */
export function largestKinds(kinds: PlanTotals['kinds'], labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(kinds).sort(([, a], [, b]) => b - a);
  return sorted
    .slice(0, 3)
    .map(([kind, count]) => `${kind.replace(/^\S+/, (key) => labels[key] ?? key)} ${count}`)
    .join(', ');
}

function exceeds(count: number, rows: number, limit: Limit | undefined): boolean {
  if (!limit) return false;
  return 'count' in limit ? count > limit.count : count > (rows * limit.percent) / 100;
}

function ofRows(count: number, rows: number): string {
  const percent = rows === 0 ? 0 : Math.round((count / rows) * 1000) / 10;
  return `${count} of ${rows} rows (${percent}%)`;
}

function limitOf(limit: Limit | undefined): string {
  if (!limit) return 'none';
  return 'count' in limit ? `${limit.count}` : `${limit.percent}% of the rows`;
}
