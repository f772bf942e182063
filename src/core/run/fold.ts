import type { SyncEvent } from '../model/events.js';
import { isBroken, type Outcome } from '../model/outcome.js';
import { isRejected } from '../model/problem.js';
import { changeKind } from '../model/plan-line.js';
import { digestOf } from './approval.js';
import { noCounts, noPlan, type Summary } from './summary.js';

/** Brings a summary up to date with one event, in place. The one thing that changes it during a run. */
export function fold(summary: Summary, event: SyncEvent): void {
  switch (event.type) {
    case 'surveyed':
      summary.input = { path: summary.input.path, ...event.input };
      break;
    case 'plan_began':
      beginPlan(summary, event.at);
      break;
    case 'row_planned':
      countPlanned(summary, event);
      break;
    case 'plan_ready': {
      const { choice, rows, sha256, estimate, readAgain, labels } = event;
      Object.assign(summary, { reads: choice, estimate, labels: { ...summary.labels, ...labels } });
      summary.input.rows = rows;
      summary.plan = { rows, planned: summary.writes_planned, sha256 };
      if (readAgain) summary.planned_at = null;
      summary.digest = digestOf(summary);
      break;
    }
    case 'writes_begin':
      summary.estimate = event.estimate;
      break;
    case 'canary_kept':
      summary.write_guards = { ...summary.write_guards, canary_kept_at: event.at };
      break;
    case 'results_began':
      Object.assign(summary, { counts: noCounts(), not_kept: 0 });
      break;
    case 'row_ended':
      countEnded(summary, event.outcome);
      break;
    case 'request':
      summary.calls[event.kind]++;
      summary.calls.total++;
      break;
    case 'response':
      if (event.status === 429) summary.rate_limited++;
      break;
    case 'retry':
      summary.retries++;
      break;
    case 'waited':
      summary.waited_seconds = Math.round((summary.waited_seconds + event.ms / 1000) * 10) / 10;
      break;
    default:
      break;
  }
}

function beginPlan(summary: Summary, planned_at: string): void {
  const nothing = { changes: {}, kinds: {}, equivalent: {}, empty_cells_left: 0 };
  const none = { writes_planned: 0, clears_planned: 0, rejected_planned: 0 };
  Object.assign(summary, nothing, none, { plan: noPlan(), digest: null, planned_at });
}

function countPlanned(summary: Summary, { line, equivalent, emptyLeft }: SyncEvent & { type: 'row_planned' }): void {
  summary.empty_cells_left += emptyLeft;
  if (line.status === 'planned') summary.writes_planned++;
  else if (isRejected(line.status)) summary.rejected_planned++;
  for (const [key, change] of Object.entries(line.changes ?? {})) {
    const kind = changeKind(change);
    if (kind === 'cleared') summary.clears_planned++;
    count(summary.changes, key);
    count(summary.kinds, `${key} ${kind}`);
  }
  for (const key of equivalent) count(summary.equivalent, key);
}

function countEnded(summary: Summary, outcome: Outcome): void {
  summary.counts[outcome.status]++;
  if (!isRejected(outcome.status) && isBroken(outcome)) summary.not_kept++;
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
