import { isIP, isIPv4, isIPv6 } from 'node:net';

/**
 * Whether a Host header is one to answer: a name of this machine, or the address that the sandbox was told to listen
 * at. Else a web page could read the contacts by pointing its own domain to this machine (DNS rebinding).
 */
export type HostCheck = (header: string | undefined) => boolean;

export function hostCheck(listensAt: string): HostCheck {
  const own = hostnameOf(listensAt);
  return (header) => {
    // Only HTTP/1.0 may leave it out, and no browser speaks that.
    if (header === undefined) return true;
    if (!/^(\[[\da-f:.]+\]|[\w.-]+)(:\d+)?$/i.test(header)) return false;
    const name = hostnameOf(header);
    if (name === own || isLoopbackName(name)) return true;
    // Where it listens at every address, each may stand here: a page's domain is a name.
    return isWildcardName(own) && isIP(name.replace(/[[\]]/g, '')) !== 0;
  };
}

/** Whether nobody but this machine reaches an address. */
export function isLoopback(host: string): boolean {
  return isLoopbackName(hostnameOf(host));
}

/** `http://host:port`, IPv6 in brackets. */
export function originOf(host: string, port: number | string): string {
  return `http://${hostnameOf(host)}:${port}`;
}

/** An address at which this machine reaches a server that listens at `host`: every address is none to connect to. */
export function reachableHost(host: string): string {
  const name = hostnameOf(host);
  if (!isWildcardName(name)) return host;
  return name === '[::]' ? '::1' : '127.0.0.1';
}

function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || (isIPv4(name) && name.startsWith('127.'));
}

/** Whether it means every address of this machine. */
function isWildcardName(name: string): boolean {
  return name === '0.0.0.0' || name === '[::]';
}

/** In the one form that URLs have, without a port, IPv6 in brackets; what cannot stand in a URL as it is. */
function hostnameOf(host: string): string {
  const url = `http://${isIPv6(host) ? `[${host}]` : host}`;
  return URL.canParse(url) ? new URL(url).hostname : host;
}
