import { DateTime } from 'luxon';
import type { DeadlineReason } from '../model/error-facts.js';
import { SyncError } from '../model/errors.js';
import { LONGEST_TIMER_MS } from '../model/sleep.js';

/** When a run is to have ended, epoch milliseconds, and which limit says so. */
export interface Deadline {
  at: number;
  reason: DeadlineReason;
}

export interface DeadlineLimits {
  /** Milliseconds. */
  maxDuration: number | undefined;
  /** `HH:MM`, local time. */
  stopAt: string | undefined;
}

/**
 * The next moment at which clocks show a time, such as 05:00 local time. Where that hour does not exist (summer time
 * begins), the clocks show the same minute of the next hour; where it comes twice, the first counts.
 * @param time `HH:MM`
 * @returns epoch milliseconds, after `now`
 */
export function nextTimeOfDay(time: string, now: number, zone = 'local'): number {
  const [hour, minute] = time.split(':').map(Number);
  const today = DateTime.fromMillis(now, { zone });
  const at = today.set({ hour: hour!, minute: minute!, second: 0, millisecond: 0 });
  if (at.toMillis() > now) return at.toMillis();
  return today.plus({ days: 1 }).set({ hour: hour!, minute: minute!, second: 0, millisecond: 0 }).toMillis();
}

/** When a run is to have ended: the earlier of the two limits. */
export function findDeadline({ maxDuration, stopAt }: DeadlineLimits, now: number): Deadline | undefined {
  const ends = [
    ...(maxDuration === undefined ? [] : [{ at: now + maxDuration, reason: { limit: 'max_duration' as const } }]),
    ...(stopAt === undefined
      ? []
      : [{ at: nextTimeOfDay(stopAt, now), reason: { limit: 'stop_at' as const, time: stopAt } }]),
  ];
  return ends.sort((a, b) => a.at - b.at)[0];
}

/**
 * From now on the deadline ends every wait, whatever it is for: the lock, standard input, the API.
 * @returns it, if there is one
 */
export function startDeadline(limits: DeadlineLimits, stop: AbortController): Deadline | undefined {
  const now = Date.now();
  const deadline = findDeadline(limits, now);
  if (!deadline || deadline.at - now > LONGEST_TIMER_MS) return deadline;
  const end = (): void => stop.abort(new SyncError('deadline', deadline.reason));
  const timer = setTimeout(end, deadline.at - now).unref();
  stop.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return deadline;
}
