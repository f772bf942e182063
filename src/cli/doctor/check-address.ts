import { lookup } from 'node:dns/promises';
import { accessSync, constants } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';
import { connectionError } from '../../core/api/connection.js';
import { hasCode } from '../../core/model/errors.js';
import type { Env } from '../output/io.js';
import { isLoopback } from '../settings/address.js';
import type { Settings } from '../settings/schemas.js';
import { CONNECTION_ADVICE } from './connection-advice.js';
import { fail, ok, warn, type Finding } from './finding.js';

const DAY_MS = 86_400_000;
/** A certificate that ends sooner should have been renewed by now. */
const RENEWAL_DAYS = 14;

/** Whether the host has an address, and a certificate that this machine trusts. The key goes nowhere. */
export async function checkAddress(settings: Settings, env: Env): Promise<readonly Finding[]> {
  const findings = [await checkDns(settings.baseUrl)];
  if (findings[0]?.level === 'ok') findings.push(await checkTls(settings));
  return [...findings, ...checkProxies(env), ...checkAuthorities(env)];
}

async function checkDns(baseUrl: string): Promise<Finding> {
  const host = new URL(baseUrl).hostname.replace(/^\[|\]$/g, '');
  try {
    const addresses = await lookup(host, { all: true });
    return ok('dns', `${host} is ${addresses.map(({ address }) => address).join(', ')}`);
  } catch (error) {
    return failed('dns', error, baseUrl);
  }
}

async function checkTls({ baseUrl, timeout }: Settings): Promise<Finding> {
  const url = new URL(baseUrl);
  if (url.protocol === 'http:') {
    if (isLoopback(baseUrl)) return ok('tls', 'plain http, to this machine');
    return warn('tls', 'plain http: everyone on the way can read the API key and the contacts', 'Use https');
  }
  try {
    const { protocol, validTo } = await handshake(url, timeout);
    const daysLeft = Math.floor((Date.parse(validTo) - Date.now()) / DAY_MS);
    const text = `${protocol}, the certificate is valid until ${validTo}`;
    return daysLeft < RENEWAL_DAYS ? warn('tls', text, 'The server needs a new certificate soon') : ok('tls', text);
  } catch (error) {
    return failed('tls', error, baseUrl);
  }
}

/** @throws what Node says where there is no connection, or none that can be trusted */
function handshake({ hostname, port }: URL, timeout: number): Promise<{ protocol: string; validTo: string }> {
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const isName = /[a-z]/i.test(host) && !host.includes(':');
    const socket: TLSSocket = connect(
      { host, port: port === '' ? 443 : Number(port), ...(isName ? { servername: host } : {}), timeout },
      () => {
        const { valid_to: validTo } = socket.getPeerCertificate();
        socket.end();
        resolve({ protocol: socket.getProtocol() ?? 'TLS', validTo });
      },
    );
    socket.once('timeout', () => socket.destroy(new Error('no answer in time')));
    socket.once('error', reject);
  });
}

function failed(check: string, error: unknown, baseUrl: string): Finding {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const known = connectionError({ kind: 'broken', code, message, sentAt: undefined }, baseUrl, (text) => text);
  if (known === undefined || !hasCode(known, 'connection_impossible')) {
    return fail(
      check,

      `cannot connect to ${baseUrl}: ${code || message}`,
      'Check the network and the address',
    );
  }
  return fail(check, known.message, CONNECTION_ADVICE[known.facts.cause]);
}

function checkProxies(env: Env): readonly Finding[] {
  const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
  const set = names.filter((name) => (env[name] ?? '') !== '');
  if (set.length === 0) return [];
  const text = `${set.join(', ')} ${set.length === 1 ? 'is' : 'are'} set and not used: contact-sync connects directly`;
  return [warn('proxy', text, 'If this network lets nothing out but through the proxy, run contact-sync elsewhere')];
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
