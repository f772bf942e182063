import { isIP, isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Whether a request with this Host header may be answered. */
export type HostCheck = (header: string | undefined) => boolean;

/**
 * The check for a sandbox that listens on `host`: loopback names and `host` itself pass. Anything else is refused, as a
 * web page could otherwise read the contacts by pointing its own domain at this machine (DNS rebinding).
 */
export function hostCheck(host: string): HostCheck {
  const own = hostnameOf(host);
  return (header) => {
    // Only HTTP/1.0 may omit it, and browsers do not use that.
    if (header === undefined) return true;
    if (!/^(\[[\da-f:.]+\]|[\w.-]+)(:\d+)?$/i.test(header)) return false;
    const name = hostnameOf(header);
    if (name === own || isLoopbackName(name)) return true;
    // A sandbox on all addresses accepts any IP address: the page of a rebound domain sends a name.
    return isWildcardName(own) && isIP(name.replace(/[[\]]/g, '')) !== 0;
  };
}

/** Whether a server that listens on `host` can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return isLoopbackName(hostnameOf(host));
}

/**
 * The URLs (`http://host:port`) of a server that listens on `host`. The first works on this machine; the others, for a
 * server on all addresses, are for other machines.
 */
export function urlsOf(host: string, port: number, interfaces = networkInterfaces()): [string, ...string[]] {
  const name = hostnameOf(host);
  if (!isWildcardName(name)) return [originOf(name, port)];
  const takesIPv6 = name === '[::]';
  const outside = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    // A link-local IPv6 address needs a zone, which a URL cannot have.
    .filter(({ internal, family, scopeid = 0 }) => !internal && (family === 'IPv4' || (takesIPv6 && scopeid === 0)));
  return [
    originOf(takesIPv6 ? '[::1]' : '127.0.0.1', port),
    ...outside.map(({ address }) => originOf(hostnameOf(address), port)),
  ];
}

function originOf(name: string, port: number): string {
  return `http://${name}:${port}`;
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || (isIPv4(name) && name.startsWith('127.'));
}

/** Whether it stands for all addresses of this machine. */
function isWildcardName(name: string): boolean {
  return name === '0.0.0.0' || name === '[::]';
}

/** The hostname in the form that URLs use: lower case, no port, IPv6 in brackets. Anything else is returned as it is. */
function hostnameOf(host: string): string {
  const url = `http://${isIPv6(host) ? `[${host}]` : host}`;
  return URL.canParse(url) ? new URL(url).hostname : host;
}
