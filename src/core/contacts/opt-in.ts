import type { Changes } from '../model/plan-line.js';
import type { Contact } from './types.js';
import type { Problem } from '../model/problem.js';

const OPTED_OUT = 'do_not_contact';

/** A change that lets a person be contacted again who has opted out: a row with it is held, unless that is allowed. */
export function findOptIn(changes: Changes, contact: Contact): Problem | undefined {
  const change = changes[OPTED_OUT];
  if (change === undefined || change.to === true) return undefined;
  // Of whom the API says it otherwise, or not at all, nobody knows.
  const isFree = change.from === false || (change.from === null && Object.hasOwn(contact, OPTED_OUT));
  if (isFree) return undefined;
  return { code: 'opt_in', field: OPTED_OUT, message: 'the contact has opted out of outreach' };
}
