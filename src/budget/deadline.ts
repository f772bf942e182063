import { DateTime } from 'luxon';

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

/** When a run is to have ended: the earlier of the two limits, with the flag that sets it. */
export function findDeadline(
  limits: { maxDuration: number | undefined; stopAt: string | undefined },
  now: number,
): { at: number; name: string } | undefined {
  const { maxDuration, stopAt } = limits;
  const ends = [
    ...(maxDuration === undefined ? [] : [{ at: now + maxDuration, name: '--max-duration' }]),
    ...(stopAt === undefined ? [] : [{ at: nextTimeOfDay(stopAt, now), name: `--stop-at ${stopAt}` }]),
  ];
  return ends.sort((a, b) => a.at - b.at)[0];
}
