import { DateTime } from 'luxon';
import { MACHINE_CLOCK, type Clock } from '../model/clock.js';
import type { DeadlineReason } from '../model/error-facts.js';
import { SyncError } from '../model/errors.js';

/** When a run is to have ended, and which limit says so. */
export interface Deadline {
  /** Milliseconds: since the epoch for `stop_at`, by the monotonic clock for `max_duration`. */
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

/** How long until a deadline, milliseconds. A time of day follows the wall clock if that is set; a duration does not. */
export function timeLeft({ at, reason }: Deadline, clock: Clock): number {
  return at - (reason.limit === 'stop_at' ? clock.now() : clock.monotonic());
}

/** When a run is to have ended, by each of the limits that are set. */
export function deadlinesOf({ maxDuration, stopAt }: DeadlineLimits, clock: Clock): Deadline[] {
  const ends: Deadline[] = [];
  if (maxDuration !== undefined) {
    ends.push({ at: clock.monotonic() + maxDuration, reason: { limit: 'max_duration' } });
  }
  if (stopAt !== undefined) {
    ends.push({ at: nextTimeOfDay(stopAt, clock.now()), reason: { limit: 'stop_at', time: stopAt } });
  }
  return ends;
}

/**
 * The deadline that comes first, as the clocks stand: a time of day follows the wall clock if that is set, a duration does
 * not.
 * @returns milliseconds until then, Infinity if there is none
 */
export function nextDeadline(
  deadlines: readonly Deadline[],
  clock: Clock,
): { leftMs: number; reason: DeadlineReason | undefined } {
  const left = deadlines.map(({ at, reason }) => ({
    leftMs: at - (reason.limit === 'stop_at' ? clock.now() : clock.monotonic()),
    reason,
  }));
  return left.sort((a, b) => a.leftMs - b.leftMs)[0] ?? { leftMs: Infinity, reason: undefined };
}

/** The wall clock may be set: so often it is looked at. */
const LOOK_EVERY_MS = 60_000;

/**
 * From now on the deadlines end every wait, whatever it is for: the lock, standard input, the API.
 * @param clock default: the machine's
 */
export function startDeadlines(
  limits: DeadlineLimits,
  stop: AbortController,
  clock: Clock = MACHINE_CLOCK,
): readonly Deadline[] {
  const deadlines = deadlinesOf(limits, clock);
  let timer: unknown;
  const look = (): void => {
    const { leftMs, reason } = nextDeadline(deadlines, clock);
    if (reason === undefined) return;
    if (leftMs <= 0) return stop.abort(new SyncError('deadline', reason));
    timer = clock.setTimeout(look, Math.min(Math.ceil(leftMs), LOOK_EVERY_MS));
  };
  look();
  stop.signal.addEventListener('abort', () => clock.clearTimeout(timer), { once: true });
  return deadlines;
}
