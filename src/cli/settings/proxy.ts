import { BlockList, isIP, isIPv6 } from 'node:net';
import type { Proxy } from '../../core/api/proxy.js';
import type { Env } from '../output/io.js';
import { isLoopback } from './address.js';
import { UsageError } from './command-error.js';

/** How requests go to an address. */
export interface Route {
  /** The variable that names a proxy for such addresses. */
  setting?: string;
  /** The proxy, where it is used. */
  proxy?: Proxy;
  /** Why it is not used. */
  exempt?: 'this machine' | 'NO_PROXY';
}

/**
 * The proxy for an address, by `HTTPS_PROXY` or `HTTP_PROXY` and `NO_PROXY`. They are taken from the environment alone:
 * a file in the working folder can come from others, and must not choose who sees the traffic. This machine is never
 * reached through a proxy: plain http to it is taken for safe, as it does not leave the machine.
 * @throws UsageError where the variable holds no such URL; its value, which may hold a password, is not shown
 */
export function routeTo(address: string, env: Env): Route {
  const url = new URL(address);
  const found = read(env, url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  if (found === undefined) return {};
  const { setting, value } = found;
  if (isLoopback(address)) return { setting, exempt: 'this machine' };
  if (isExempt(url, read(env, 'NO_PROXY')?.value ?? '')) return { setting, exempt: 'NO_PROXY' };
  return { setting, proxy: parseProxy(value, setting) };
}

/** As `routeTo`, for who needs the proxy alone. */
export function findProxy(address: string, env: Env): Proxy | undefined {
  return routeTo(address, env).proxy;
}

/** The name in lower case goes first, also where it is set to nothing, as for curl. */
function read(env: Env, name: string): { setting: string; value: string } | undefined {
  const lower = name.toLowerCase();
  const setting = env[lower] === undefined ? name : lower;
  const value = env[setting]?.trim() ?? '';
  return value === '' ? undefined : { setting, value };
}

function parseProxy(text: string, setting: string): Proxy {
  // Without a scheme it is plain http, as for curl; "proxy:3128" would be read as a scheme.
  const spelled = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(spelled) ? new URL(spelled) : undefined;
  const refuse = (why = ''): never => {
    throw new UsageError(
      `${setting}: expected the URL of a proxy such as http://proxy.example.com:3128${why}; the value is not shown`,
    );
  };
  if (url === undefined) return refuse();
  const { protocol, origin, pathname, search, hash, username, password } = url;
  if (!/^https?:$/.test(protocol)) return refuse(`, got one that starts with ${protocol}`);
  // What stands behind "#", "?" or "/" in a password that is not percent-encoded.
  if (pathname !== '/' || search !== '' || hash !== '') {
    return refuse(' without a path (are there characters in its password that are not percent-encoded?)');
  }
  if (username === '' && password === '') return { url: origin, setting };
  try {
    return { url: origin, setting, credentials: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` };
  } catch {
    return refuse(' with a percent-encoded user name and password');
  }
}

/** @param list separated by commas or blanks: hosts, which stand for those below them as well, each perhaps with a port; IP addresses, CIDR ranges, or `*` */
function isExempt({ hostname, port, protocol }: URL, list: string): boolean {
  const host = hostname.replace(/^\[|\]$|\.$/g, '');
  const ownPort = port !== '' ? port : protocol === 'https:' ? '443' : '80';
  const entries = list.toLowerCase().split(/[\s,]+/);
  return entries.some((entry) => entry !== '' && matches(entry, host, ownPort));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [range = '', bits] = entry.split('/');
  if (bits !== undefined) return /^\d+$/.test(bits) && isWithin(range.replace(/^\[|\]$/g, ''), Number(bits), host);
  const [, inBrackets, plain = '', only] = isIPv6(entry)
    ? ['', entry]
    : (/^(?:\[(.+)\]|(.*?))(?::(\d+))?$/.exec(entry) ?? []);
  const name = inBrackets ?? plain;
  if (only !== undefined && only !== port) return false;
  if (isIP(name) !== 0) return isWithin(name, isIPv6(name) ? 128 : 32, host);
  const above = name.replace(/^\*?\.|\.$/g, '');
  return above !== '' && (host === above || host.endsWith(`.${above}`));
}

/** Whether a host is an address within a range. One of the other family, and a name, never is. */
function isWithin(range: string, bits: number, host: string): boolean {
  const version = isIP(range);
  if (version === 0 || isIP(host) !== version || bits > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const ranges = new BlockList();
  ranges.addSubnet(range, bits, family);
  return ranges.check(host, family);
}
