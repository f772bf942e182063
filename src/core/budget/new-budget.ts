import { MACHINE_CLOCK } from '../model/clock.js';
import type { Budget } from './budget.js';
import { byHeaders, type Pace, type PaceDeps } from './by-headers.js';
import { withLimits, type Limits } from './with-limits.js';
import { withShare, type ShareDeps } from './with-share.js';
import { withOutage, type OutageDeps } from './with-outage.js';

/** What a run may spend. Durations are milliseconds. */
export type BudgetOptions = Pace & Limits & Pick<OutageDeps, 'outageLimit'>;

export type BudgetDeps = Omit<PaceDeps, 'clock'> &
  Pick<OutageDeps, 'probe'> &
  Pick<ShareDeps, 'shared'> &
  Partial<Pick<PaceDeps, 'clock'>>;

/** The budget of one process: paced by what the API says, shared where others are, held back in outages, and limited. */
export function newBudget(options: BudgetOptions, { probe, ...others }: BudgetDeps): Budget {
  const deps = { clock: MACHINE_CLOCK, ...others };
  const counted = (): Promise<boolean> => {
    limited.count();
    return probe();
  };
  const paced = withShare(byHeaders(options, deps), options, deps);
  const outage = withOutage(paced, { ...deps, probe: counted, outageLimit: options.outageLimit });
  const limited = withLimits(outage, options, deps.clock);
  return limited;
}
