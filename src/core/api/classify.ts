/**
 * What each answer means for the call that got it. The whole classification is this table.
 *
 * Repeating is safe for every call that this tool makes: GET and the list POST read, and a PATCH carries absolute
 * values, so the second one makes what the first one made. A repeat is therefore only a matter of cost.
 */
export type Verdict =
  /** Read the body. */
  | 'ok'
  /** Worth another try after a backoff. The call may have been carried out. */
  | 'retry'
  /** Wait, for as long as the API says where it does, then try again. Never counts as a try. */
  | 'rate_limited'
  /** The key itself is refused: everything stops. */
  | 'key_refused'
  /** 403: the key, an allowance that is used up, or this contact alone. */
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  /** The API understood the request and will not do it; repeating does not help. */
  | 'refused';

const BY_STATUS: Record<number, Verdict> = {
  401: 'key_refused',
  403: 'forbidden',
  404: 'not_found',
  408: 'retry', // Request timeout: the server saw only part of it.
  409: 'conflict',
  410: 'not_found',
  425: 'retry', // Too early.
  429: 'rate_limited',
  501: 'refused', // Not implemented: no more so the next time.
  505: 'refused',
};

export function classifyStatus(status: number): Verdict {
  if (status >= 200 && status < 300) return 'ok';
  // 3xx is refused too: the key never follows a redirect.
  return BY_STATUS[status] ?? (status >= 500 ? 'retry' : 'refused');
}
