import type { IncomingMessage, ServerResponse } from 'node:http';
import { detailAnswer, errorAnswer, type Answer } from './answer.js';
import { hostCheck } from './hosts.js';
import type { SandboxSettings } from './options.js';
import { rateLimitHeaders, SlidingWindow } from './rate-limit.js';

/** What refuses a request before anyone looks at what it wants; undefined where it may pass. */
export type AccessCheck = (request: IncomingMessage, response: ServerResponse) => Answer | undefined;

/** The host, the key, the rate limit, in this order: who has no key neither counts nor learns what is left. */
export function accessCheck({ host, key, rateLimit }: SandboxSettings): AccessCheck {
  const isOwnHost = hostCheck(host);
  const window = rateLimit && new SlidingWindow(rateLimit);
  return ({ headers }, response) => {
    if (!isOwnHost(headers.host)) return detailAnswer(403, 'The Host header names another machine');
    if (headers.authorization !== `Bearer ${key}`) return detailAnswer(401, 'No key found');
    return window && count(window, response);
  };
}

function count(window: SlidingWindow, response: ServerResponse): Answer | undefined {
  const now = Date.now();
  const admission = window.admit(now);
  const headers = rateLimitHeaders(admission, now, window.rate.resetIn);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  return admission.admitted ? undefined : errorAnswer(429, 'rate_limited', 'Rate limit exceeded');
}
