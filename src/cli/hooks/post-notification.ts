import got, { RequestError } from 'got';
import { openAgents } from '../../core/api/agents.js';
import type { Proxy } from '../../core/api/proxy.js';
import { oneLine } from '../output/neutralise.js';

/** Tries after the first. */
const RETRIES = 2;
const TIMEOUT_MS = 10_000;
const LONGEST_WAIT_MS = 5_000;

/**
 * Posts a notification, with a bound on tries and time: a run is over by then, and nobody should wait long for it. The API
 * key is not sent, and redirects are not followed.
 * @param url often a secret, so that errors show its host alone
 * @param proxy that it goes through
 * @throws Error where it was not accepted
 */
export async function postNotification(url: string, payload: object, proxy?: Proxy): Promise<void> {
  const { host } = new URL(url);
  const where = proxy === undefined ? host : `${host} (through the proxy of ${proxy.setting})`;
  const agents = await openAgents(1, proxy);
  try {
    const { statusCode } = await got.post(url, {
      json: payload,
      ...agents.fresh,
      headers: { 'user-agent': 'contact-sync' },
      timeout: { request: TIMEOUT_MS },
      retry: { limit: RETRIES, methods: ['POST'], maxRetryAfter: LONGEST_WAIT_MS },
      throwHttpErrors: false,
      followRedirect: false,
    });
    if (statusCode >= 200 && statusCode < 300) return;
    throw new Error(`${where} answered ${statusCode}`);
  } catch (error) {
    // The library's own messages show the whole address.
    if (error instanceof RequestError) throw new Error(`${where}: ${oneLine(error.code)}`, { cause: error });
    throw error;
  } finally {
    agents.close();
  }
}
