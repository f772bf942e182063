import type { Changes } from '../model/plan-line.js';
import type { Problem } from '../model/problem.js';

const OPTED_OUT = 'do_not_contact';

/** A change that lets a person be contacted again who has opted out: a row with it is held, unless that is allowed. */
export function findOptIn(changes: Changes): Problem | undefined {
  const change = changes[OPTED_OUT];
  if (change?.from !== true || change.to === true) return undefined;
  return { code: 'opt_in', field: OPTED_OUT, message: 'the contact has opted out of outreach' };
}
