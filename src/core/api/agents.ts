import { setMaxListeners } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { OptionsInit } from 'got';
import { proxyHeaders, type Proxy } from './proxy.js';

/** By what connections requests go, as got takes it. */
export type Connections = Required<Pick<OptionsInit, 'agent'>> & Pick<OptionsInit, 'request'>;

/** The connections of one client. */
export interface Agents {
  /** Kept open from one request to the next. */
  pooled: Connections;
  /** Each for one request. */
  fresh: Connections;
  close: () => void;
}

interface AgentPair {
  http: http.Agent;
  https: https.Agent;
}

/** Makes the agents of one pair. */
type MakePair = (options: http.AgentOptions) => AgentPair;

/**
 * @param concurrency the most connections that are kept
 * @param proxy that all of them go through: https by a tunnel (CONNECT), plain http as a request to the proxy itself
 */
export async function openAgents(concurrency: number, proxy?: Proxy): Promise<Agents> {
  const closing = new AbortController();
  const makePair = proxy === undefined ? directPair : await proxiedPair(proxy, closing.signal);
  const pooled = makePair({ keepAlive: true, maxSockets: concurrency });
  const fresh = makePair({});
  const request = proxy === undefined ? {} : { request: askProxy(proxy) };
  return {
    pooled: { agent: pooled, ...request },
    fresh: { agent: fresh, ...request },
    close: () => {
      [pooled, fresh].forEach((pair) => [pair.http, pair.https].forEach((agent) => agent.destroy()));
      closing.abort();
    },
  };
}

const directPair: MakePair = (options) => ({ http: new http.Agent(options), https: new https.Agent(options) });

/** @param signal ends connections that the proxy has not put through yet, which no agent knows of */
async function proxiedPair(proxy: Proxy, signal: AbortSignal): Promise<MakePair> {
  // One listener a connection to the proxy.
  setMaxListeners(0, signal);
  // Most users have no proxy.
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  // A header and not in the URL, which that package prints where DEBUG asks it to.
  const headers = proxyHeaders(proxy);
  const Plain = isTls(proxy) ? https.Agent : http.Agent;
  return (options) => ({
    http: new Plain(options),
    https: new HttpsProxyAgent(proxy.url, { ...options, headers, signal }),
  });
}

/** Requests for plain http go to the proxy, with the whole address in place of the path. */
function askProxy(proxy: Proxy): NonNullable<OptionsInit['request']> {
  const { protocol, hostname, port } = new URL(proxy.url);
  const to = { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port };
  const { request } = isTls(proxy) ? https : http;
  return (url, options, callback) => {
    if (url.protocol === 'https:') return https.request(url, options, callback);
    const headers = { ...options.headers, host: url.host, ...proxyHeaders(proxy) };
    return request({ ...options, ...to, path: url.href, headers }, callback);
  };
}

function isTls({ url }: Proxy): boolean {
  return url.startsWith('https:');
}
