import http from 'node:http';
import https from 'node:https';
import { connect, type Socket } from 'node:net';
import { proxyHeaders, type Proxy } from '../../core/api/proxy.js';
import type { Env } from '../output/io.js';
import type { Route } from '../settings/proxy.js';
import { ok, warn, type Finding } from './finding.js';

/** What is set and not used, so that nobody waits for it to have an effect. */
export function tellUnused({ setting, exempt }: Route, baseUrl: string, env: Env): readonly Finding[] {
  if (exempt !== undefined) {
    const why = exempt === 'NO_PROXY' ? 'NO_PROXY exempts it' : 'it is this machine';
    return [ok('proxy', `${setting} is not used for ${new URL(baseUrl).host}: ${why}`)];
  }
  const all = ['all_proxy', 'ALL_PROXY'].find((name) => (env[name] ?? '') !== '');
  if (all === undefined) return [];
  return [warn('proxy', `${all} is not used: contact-sync connects directly`, 'Set HTTPS_PROXY to use a proxy')];
}

/**
 * A connection through a proxy, as requests to an address get one: a tunnel for https, for plain http the proxy itself.
 * @throws what Node says where the proxy cannot be reached, or a `ProxyRefusal`
 */
export async function connectThrough(
  proxy: Proxy,
  { hostname, port, protocol }: URL,
  timeout: number,
): Promise<Socket> {
  const { hostname: host, port: proxyPort, protocol: proxyProtocol } = new URL(proxy.url);
  const isSecured = proxyProtocol === 'https:';
  const to = { host: host.replace(/^\[|\]$/g, ''), port: Number(proxyPort || (isSecured ? 443 : 80)) };
  return new Promise((resolve, reject) => {
    const late = (): void => reject(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
    if (protocol === 'http:') {
      const socket = connect({ ...to, timeout }, () => resolve(socket));
      socket.once('timeout', () => (socket.destroy(), late())).once('error', reject);
      return;
    }
    const target = `${hostname}:${port || 443}`;
    const headers = { host: target, ...proxyHeaders(proxy) };
    const request = (isSecured ? https : http).request({ ...to, method: 'CONNECT', path: target, headers, timeout });
    const refuse = (status = 0): void => reject(new ProxyRefusal(status));
    request.once('connect', ({ statusCode }, socket: Socket) => {
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      refuse(statusCode);
    });
    request.once('response', (response) => (request.destroy(), refuse(response.statusCode)));
    request.once('timeout', () => (request.destroy(), late())).once('error', reject);
    request.end();
  });
}

/** The proxy answers, and does not put a connection through. */
export class ProxyRefusal extends Error {
  constructor(readonly status: number) {
    super(`refused with ${status}`);
  }
}
