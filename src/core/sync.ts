import type { Readable } from 'node:stream';
import path from 'node:path';
import { carryOut } from './apply/apply-plan.js';
import type { RunEnd, SyncContext } from './context.js';
import { PLAN_DEFAULTS } from './defaults.js';
import { isPipe, isStandardInput, openSource } from './input/standard-input.js';
import { hasCode } from './model/errors.js';
import type { Problem } from './model/problem.js';
import { planCsv } from './plan-csv.js';
import { newJob } from './new-job.js';
import { runJob } from './run-job.js';
import { assertMaySend } from './run/approval.js';
import type { PlanOptions } from './run/summary.js';

export interface SyncOptions extends SyncContext {
  /** A CSV's path; `-` reads `stdin`. */
  csv: string;
  /** Opened only where it is read. */
  stdin?: () => Readable;
  options?: Partial<PlanOptions>;
  /** Named in the summary. */
  command?: string;
}

/** A run that is planned. */
export interface Planned extends RunEnd {
  /** What the guards say against the plan; none: `applyPlan` applies it. */
  refusals: readonly Problem[];
}

/**
 * Plans a CSV in a new run: plan.ndjson and results.ndjson say of each row what would happen, and nothing is sent.
 * `applyPlan` applies it.
 * @throws SyncError where the file cannot be planned, or something else ends the run
 */
export async function planSync(request: SyncOptions): Promise<Planned> {
  let end: RunEnd | undefined;
  const onEnd: SyncOptions['onEnd'] = (ended) => {
    end = ended;
    return request.onEnd?.(ended);
  };
  try {
    return { ...(await startSync({ command: 'plan', ...request, onEnd }, true)), refusals: [] };
  } catch (error) {
    if (!end || !hasCode(error, 'plan_refused')) throw error;
    return { ...end, refusals: error.facts.refusals };
  }
}

/**
 * The main job: a plan on disk, the guards, then the writes.
 * @throws SyncError where a guard refuses the plan, plans must be approved, or the job as a whole cannot continue; rows' own failures are in the results
 */
export function syncCsv(options: SyncOptions): Promise<RunEnd> {
  return startSync({ command: 'sync', ...options }, false);
}

function startSync(request: SyncOptions & { command: string }, dryRun: boolean): Promise<RunEnd> {
  const { csv, command, stdin, approval } = request;
  if (!dryRun) assertMaySend('sync', null, approval);
  const options = { ...PLAN_DEFAULTS, ...request.options };
  const file = isStandardInput(csv) || isPipe(csv) ? '-' : path.resolve(csv);
  const job = newJob(request, command, { path: file, options, dryRun });
  return runJob(request, job, async (session) => {
    const source = await openSource(csv, session.folder.file('input'), stdin, session.stop.signal);
    await carryOut(session, options, await planCsv(session, source, options));
  });
}
