import type { Estimate } from '../../core/model/events.js';
import { localMinute } from '../../core/model/local-minute.js';
import type { ReadChoice } from '../../core/model/read-choice.js';
import { duration } from './duration.js';
import { plural } from '../../core/report/format.js';

/** What reading is about to cost; undefined where it costs nothing, or has been spent to learn it. */
export function renderReading({ way, costs }: ReadChoice): string | undefined {
  const calls = way === 'mirror' ? undefined : costs[way];
  return calls === undefined || calls === 0 ? undefined : `reading by ${way}: ${plural(calls, 'call')}`;
}

/** How current values are read, and what the other ways would cost. */
export function sayReads({ way, why, costs }: ReadChoice): string {
  const others = Object.entries(costs).flatMap(([other, cost]) =>
    other === way ? [] : [`${other} would take ${plural(cost, 'call')}`],
  );
  return `by ${way}: ${why}${others.length > 0 ? ` (${others.join(', ')})` : ''}`;
}

/** What writing is about to cost. */
export function sayWrites(writes: number, estimate: Estimate): string {
  const { rereads } = estimate;
  const again = rereads > 0 ? `, and ${plural(rereads, 'call')} to read them again first` : '';
  const calls = plural(writes, 'update') + again;
  if (estimate.seconds === null || estimate.ends_at === null)
    return `${calls}, but the reserve leaves no requests for them`;
  if (estimate.seconds === 0) return `${calls}, within the current allowance`;
  return `${calls}, about ${duration(estimate.seconds)} at the rate limit: until ${localMinute(new Date(estimate.ends_at))}`;
}
