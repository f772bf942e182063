import type { IncomingMessage, ServerResponse } from 'node:http';
import { detailAnswer, errorAnswer, type Answer } from './answer.js';
import { hostCheck } from './hosts.js';
import type { SandboxSettings } from './options.js';
import { rateLimitHeaders, SlidingWindow } from './rate-limit.js';

/** The answer that refuses a request, whatever it asks for; undefined where it may pass. Sets rate limit headers. */
export type AccessCheck = (request: IncomingMessage, response: ServerResponse) => Answer | undefined;

/** Checks the Host header, the key and the rate limit, in this order: requests without a key do not count. */
export function accessCheck({ host, key, rateLimit }: SandboxSettings): AccessCheck {
  const isOwnHost = hostCheck(host);
  const window = rateLimit && new SlidingWindow(rateLimit);
  return ({ headers }, response) => {
    if (!isOwnHost(headers.host)) return detailAnswer(403, FOREIGN_HOST);
    if (headers.authorization !== `Bearer ${key}`) return detailAnswer(401, 'No key found');
    return window && count(window, response);
  };
}

const FOREIGN_HOST = 'The Host header is neither a loopback address nor the host that the sandbox listens on';

function count(window: SlidingWindow, response: ServerResponse): Answer | undefined {
  const now = Date.now();
  const admission = window.admit(now);
  const headers = rateLimitHeaders(admission, now, window.rate.resetIn);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  return admission.admitted ? undefined : errorAnswer(429, 'rate_limited', 'Rate limit exceeded');
}
