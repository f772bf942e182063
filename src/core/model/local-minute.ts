/** A moment as clocks here show it: `2026-11-23 02:00`. */
export function localMinute(time: Date): string {
  return time.toLocaleString('sv').slice(0, 16);
}
