import type { ConnectionCause } from '../../core/model/error-facts.js';
import type { SyncError } from '../../core/model/errors.js';
import { nameOrigin, type Origin } from '../settings/origin.js';

export const CONNECTION_ADVICE: Readonly<Record<ConnectionCause, string>> = {
  certificate_untrusted:
    'If your company signs its own certificates, set NODE_EXTRA_CA_CERTS to the file of its root certificate (PEM)',
  certificate_expired: "Check this machine's clock; if it is right, the server needs a new certificate",
  certificate_name: 'Check the spelling of the host; a certificate is for names, not for other addresses of the server',
  not_tls: 'Check the port, or use http:// in place of https://, which sends the key unencrypted',
  tls_failed: 'Check the port, and whether the server requires a client certificate or an older TLS version',
  not_http: 'Use https:// in place of http://, or check the port',
  host_unknown: 'Check the spelling, the DNS of this machine, and whether this network needs a proxy',
  nothing_listens: 'Check the host and the port, whether the server runs, and whether this network needs a proxy',
  redirect: 'Use the address that it leads to, if that is the API: often https:// in place of http://, or another host',
  proxy_unreachable: 'Check its host and port, and whether it runs; NO_PROXY exempts addresses that need no proxy',
  proxy_refused:
    'If that is 407, check the user name and password in its URL; if not, ask who runs it to allow the address',
};

/**
 * What to do about an address at which no request can succeed.
 * @param origin where the base URL was set, where that is known
 */
export function adviseConnection(
  { facts: { cause, baseUrl, proxySetting }, message }: SyncError<'connection_impossible'>,
  origin: Origin | undefined,
): readonly string[] {
  const proxy = proxySetting === undefined ? [] : [`The proxy comes from ${proxySetting} in the environment.`];
  const from = origin === undefined ? [] : [`The address comes from ${originOf(origin)}.`];
  return [
    message,
    [...(proxySetting === undefined ? from : proxy), `${CONNECTION_ADVICE[cause]}.`].join(' '),
    `Nothing was sent. To check the connection, run: ${doctor(origin, baseUrl)}`,
  ];
}

function originOf(origin: Origin): string {
  return origin.kind === 'default' ? `the default of ${origin.name}` : nameOrigin(origin);
}

/** With the settings that a command line or job file alone had. */
function doctor(origin: Origin | undefined, baseUrl: string): string {
  if (origin?.kind === 'flag') return `contact-sync doctor --base-url ${baseUrl}`;
  return origin?.kind === 'job' ? `contact-sync doctor --job ${origin.file}` : 'contact-sync doctor';
}
