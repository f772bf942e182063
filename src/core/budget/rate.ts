/** So many calls in so much time. */
export interface Rate {
  calls: number;
  perMs: number;
}

const UNITS_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000 };

/** `1000/h`, `100/m`, `40/2s`. @returns undefined where the text is no rate */
export function parseRate(text: string): Rate | undefined {
  const found = /^(\d+)\s*\/\s*(\d*)\s*(s|m|h)$/i.exec(text.trim());
  if (!found) return undefined;
  const [calls, times] = [Number(found[1]), Number(found[2] === '' ? 1 : found[2])];
  return calls > 0 && times > 0 ? { calls, perMs: times * UNITS_MS[found[3]!.toLowerCase()]! } : undefined;
}

/** A share of the allowance that is left to the organisation's other integrations. */
export type Reserve = { count: number } | { percent: number };

export const NO_RESERVE: Reserve = { count: 0 };

/** The reserve in calls, of an allowance of `limit`. */
export function reserveOf(reserve: Reserve, limit: number): number {
  return 'count' in reserve ? reserve.count : Math.ceil((limit * reserve.percent) / 100);
}

/** What the API's limits are said to be. */
const PUBLISHED: readonly Rate[] = [
  { calls: 100, perMs: 60_000 },
  { calls: 1000, perMs: 3_600_000 },
];

/** How long the window of a limit is by the configured rate or, if that is another, by what is published. Milliseconds. */
export function windowOf(limit: number, configured: Rate | undefined): number | undefined {
  if (configured?.calls === limit) return configured.perMs;
  return PUBLISHED.find(({ calls }) => calls === limit)?.perMs;
}
