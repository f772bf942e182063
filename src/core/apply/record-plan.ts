import { closingAll, type Closable } from '../disk/close-all.js';
import type { Outcome } from '../model/outcome.js';
import type { PlanLine } from '../model/plan-line.js';
import { PlanFile } from '../run/plan-file.js';
import type { Session } from '../run/session.js';

/** Ends every row as the plan has it. @param hold the outcome of planned rows, where a guard refused the plan */
export async function recordPlan(session: Session, hold?: Outcome): Promise<void> {
  session.emit({ type: 'results_began' });
  const recorder = await session.openRecorder('recording', session.summary.input, 'w');
  const open: Closable[] = [recorder];
  await closingAll(open, async () => {
    const plan = await PlanFile.open(session.folder.file('plan'), session.summary.plan);
    open.unshift(plan);
    for await (const line of plan.lines()) {
      session.stop.signal.throwIfAborted();
      await recorder.end(line, hold && line.status === 'planned' ? hold : plannedOutcome(line), false);
    }
  });
}

/** The outcome that the plan already holds. */
export function plannedOutcome({ status, error, warnings }: PlanLine): Outcome {
  return { status, ...(error ? { error } : {}), ...(warnings ? { warnings } : {}) };
}
