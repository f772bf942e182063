import { lookup } from 'node:dns/promises';
import { accessSync, constants } from 'node:fs';
import type { Socket } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { connectionError, PROXY_REFUSED } from '../../core/api/connection.js';
import type { Proxy } from '../../core/api/proxy.js';
import { hasCode } from '../../core/model/errors.js';
import type { Env } from '../output/io.js';
import { isLoopback } from '../settings/address.js';
import type { Route } from '../settings/proxy.js';
import type { Settings } from '../settings/schemas.js';
import { connectThrough, ProxyRefusal, tellUnused } from './check-proxy.js';
import { CONNECTION_ADVICE } from './connection-advice.js';
import { fail, ok, warn, type Finding } from './finding.js';

const DAY_MS = 86_400_000;
/** A certificate that ends sooner should have been renewed by now. */
const RENEWAL_DAYS = 14;

/**
 * Whether the host has an address, or the proxy puts connections to it through, and whether it has a certificate that this
 * machine trusts. The key goes nowhere.
 */
export async function checkAddress(settings: Settings, route: Route, env: Env): Promise<readonly Finding[]> {
  const { baseUrl, timeout } = settings;
  if (route.proxy !== undefined) return [...(await checkProxied(route.proxy, settings)), ...checkAuthorities(env)];
  const findings = [await checkDns(baseUrl)];
  const url = new URL(baseUrl);
  if (findings[0]?.level === 'ok') {
    findings.push(await checkTls(settings, () => handshake(url, { ...addressOf(url), timeout })));
  }
  return [...findings, ...tellUnused(route, baseUrl, env), ...checkAuthorities(env)];
}

/** The host's name is the proxy's to look up. */
async function checkProxied(proxy: Proxy, settings: Settings): Promise<readonly Finding[]> {
  const { baseUrl, timeout } = settings;
  const url = new URL(baseUrl);
  let socket: Socket;
  try {
    socket = await connectThrough(proxy, url, timeout);
  } catch (error) {
    return [failed('proxy', error, { baseUrl, proxy })];
  }
  try {
    const as = proxy.credentials === undefined ? '' : ', with a user name and password';
    const { host } = new URL(proxy.url);
    return [
      ok('proxy', `${proxy.setting}: ${host} answers${as}`),
      await checkTls(settings, () => handshake(url, { socket, timeout })),
    ];
  } finally {
    socket.destroy();
  }
}

async function checkDns(baseUrl: string): Promise<Finding> {
  const host = new URL(baseUrl).hostname.replace(/^\[|\]$/g, '');
  try {
    const addresses = await lookup(host, { all: true });
    return ok('dns', `${host} is ${addresses.map(({ address }) => address).join(', ')}`);
  } catch (error) {
    return failed('dns', error, { baseUrl });
  }
}

async function checkTls({ baseUrl }: Settings, shake: () => Promise<Certificate>): Promise<Finding> {
  if (baseUrl.startsWith('http:')) {
    if (isLoopback(baseUrl)) return ok('tls', 'plain http, to this machine');
    return warn('tls', 'plain http: everyone on the way can read the API key and the contacts', 'Use https');
  }
  try {
    const { protocol, validTo } = await shake();
    const daysLeft = Math.floor((Date.parse(validTo) - Date.now()) / DAY_MS);
    const text = `${protocol}, the certificate is valid until ${validTo}`;
    return daysLeft < RENEWAL_DAYS ? warn('tls', text, 'The server needs a new certificate soon') : ok('tls', text);
  } catch (error) {
    return failed('tls', error, { baseUrl });
  }
}

interface Certificate {
  protocol: string;
  validTo: string;
}

function addressOf({ hostname, port }: URL): { host: string; port: number } {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 443 : Number(port) };
}

/** @param over a host and port, or a connection that is open @throws what Node says where there is no connection, or none that can be trusted */
function handshake(url: URL, over: ConnectionOptions): Promise<Certificate> {
  const { host } = addressOf(url);
  return new Promise((resolve, reject) => {
    const isName = /[a-z]/i.test(host) && !host.includes(':');
    const socket: TLSSocket = connect({ ...over, ...(isName ? { servername: host } : {}) }, () => {
      const { valid_to: validTo } = socket.getPeerCertificate();
      socket.end();
      resolve({ protocol: socket.getProtocol() ?? 'TLS', validTo });
    });
    socket.once('timeout', () => socket.destroy(new Error('no answer in time')));
    socket.once('error', reject);
  });
}

function failed(check: string, error: unknown, at: { baseUrl: string; proxy?: Proxy }): Finding {
  const { code: ownCode = '', message } = error as NodeJS.ErrnoException;
  const code = error instanceof ProxyRefusal ? `${PROXY_REFUSED}${error.status}` : ownCode;
  const isOfProxy = at.proxy !== undefined;
  const known = connectionError({ kind: 'broken', code, message, sentAt: undefined, isOfProxy }, at, (text) => text);
  if (known === undefined || !hasCode(known, 'connection_impossible')) {
    return fail(check, `cannot connect to ${at.baseUrl}: ${code || message}`, 'Check the network and the address');
  }
  const from = at.proxy === undefined ? '' : `${at.proxy.setting}: `;
  return fail(check, `${from}${known.message}`, CONNECTION_ADVICE[known.facts.cause]);
}

function checkAuthorities(env: Env): readonly Finding[] {
  const file = env['NODE_EXTRA_CA_CERTS'] ?? '';
  if (file === '') return [];
  try {
    accessSync(file, constants.R_OK);
    return [ok('authorities', `NODE_EXTRA_CA_CERTS adds ${file}`)];
  } catch {
    return [warn('authorities', `NODE_EXTRA_CA_CERTS names ${file}, which cannot be read`, 'Correct the path')];
  }
}
