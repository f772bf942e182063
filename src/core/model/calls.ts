/** The kinds of calls that are counted. */
export const CALL_KINDS = ['schema', 'tags', 'me', 'list', 'get', 'patch'] as const;
export type CallKind = (typeof CALL_KINDS)[number];

/** Requests by kind: every one counts, retries and refused ones as well. */
export type Calls = Record<CallKind, number> & { total: number };

export function noCalls(): Calls {
  return { schema: 0, tags: 0, me: 0, list: 0, get: 0, patch: 0, total: 0 };
}
