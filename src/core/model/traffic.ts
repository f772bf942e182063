/** The kinds of calls that are counted. */
export const CALL_KINDS = ['schema', 'tags', 'me', 'list', 'get', 'patch'] as const;
export type CallKind = (typeof CALL_KINDS)[number];

/** What the API was asked, for the summary. Every request counts, retries and refused ones as well. */
export interface Traffic {
  calls: Record<CallKind, number>;
  retries: number;
  /** Answers 429. */
  rateLimited: number;
}

export function noTraffic(): Traffic {
  return { calls: { schema: 0, tags: 0, me: 0, list: 0, get: 0, patch: 0 }, retries: 0, rateLimited: 0 };
}
