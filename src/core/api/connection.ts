import type { ConnectionCause } from '../model/error-facts.js';
import { SyncError } from '../model/errors.js';
import type { Redact } from '../model/redact.js';
import type { Attempt } from './judge.js';
import type { Proxy } from './proxy.js';
import type { Sending } from './watch-sending.js';

/** How the codes of attempts begin that a proxy refused; its status follows. */
export const PROXY_REFUSED = 'PROXY_';

/** What the operating system, Node's TLS and its HTTP parser say of a connection that cannot succeed as it is set up. */
const CAUSES: Readonly<Record<string, ConnectionCause>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate_untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate_untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate_untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate_untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate_untrusted',
  CERT_UNTRUSTED: 'certificate_untrusted',
  CERT_HAS_EXPIRED: 'certificate_expired',
  CERT_NOT_YET_VALID: 'certificate_expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate_name',
  ENOTFOUND: 'host_unknown',
  EAI_AGAIN: 'host_unknown',
  ECONNREFUSED: 'nothing_listens',
  HPE_INVALID_CONSTANT: 'not_http',
  HPE_INVALID_VERSION: 'not_http',
};

/** Of a proxy, these are no outage of the API's either. */
const UNREACHABLE: ReadonlySet<string> = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']);

/** The body of a 400 from nginx, Apache, Go and others to plain http on a TLS port. */
const TLS_WANTED =
  /plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server|speaking plain HTTP to an SSL/i;

/** Why a request can never be answered at this address, and what was seen, in a few words. */
export interface ConnectionProblem {
  cause: ConnectionCause;
  /** The origin that a redirect leads to, or an error's code. */
  detail: string;
}

/**
 * Whether an attempt failed for what no retry mends: a wrong address, protocol or certificate. That is so only as long
 * as nothing was ever answered: later, the same errors are an outage. Pure.
 */
export function findConnectionProblem(attempt: Attempt): ConnectionProblem | undefined {
  if (attempt.kind === 'answered') {
    const { status, redirectsTo, text } = attempt;
    if (status >= 300 && status < 400) return { cause: 'redirect', detail: originOf(redirectsTo) };
    return status === 400 && TLS_WANTED.test(text) ? { cause: 'not_http', detail: '400' } : undefined;
  }
  const { code, message } = attempt;
  if (attempt.isOfProxy === true) return findProxyProblem(code);
  if (isTlsFailure(code)) {
    return {
      cause: /wrong version number/i.test(message) ? 'not_tls' : 'tls_failed',
      detail: tlsReason(code, message),
    };
  }
  const cause = CAUSES[code];
  return cause === undefined ? undefined : { cause, detail: code };
}

function findProxyProblem(code: string): ConnectionProblem | undefined {
  if (code.startsWith(PROXY_REFUSED)) return { cause: 'proxy_refused', detail: code.slice(PROXY_REFUSED.length) };
  const isOne = CAUSES[code] !== undefined || UNREACHABLE.has(code) || isTlsFailure(code);
  return isOne ? { cause: 'proxy_unreachable', detail: code } : undefined;
}

/** An answer that is the proxy's and not the API's: to CONNECT, or a demand for credentials. */
export function proxyRefusal({ refusedByProxy, at }: Sending, status: number, proxy?: Proxy): Attempt | undefined {
  const refused = refusedByProxy ?? (proxy !== undefined && status === 407 ? status : undefined);
  if (refused === undefined) return undefined;
  const message = `the proxy refused the connection (${refused})`;
  return { kind: 'broken', code: `${PROXY_REFUSED}${refused}`, message, sentAt: at, isOfProxy: true };
}

/** The error that ends a job for what `findConnectionProblem` finds, with the address and, if it is at fault, the proxy. */
export function connectionError(
  attempt: Attempt,
  { baseUrl, proxy }: { baseUrl: string; proxy?: Proxy | undefined },
  clean: Redact,
): SyncError | undefined {
  const problem = findConnectionProblem(attempt);
  if (problem === undefined) return undefined;
  if (proxy !== undefined && attempt.kind === 'broken' && attempt.isOfProxy === true) {
    const { host } = new URL(proxy.url);
    return new SyncError('connection_impossible', { ...problem, baseUrl, host, proxySetting: proxy.setting });
  }
  const { host } = new URL(baseUrl);
  // A server chooses where it redirects to.
  return new SyncError('connection_impossible', { ...problem, detail: clean(problem.detail), baseUrl, host });
}

/** An error's message without the file names and numbers of OpenSSL. */
export function plainMessage(code: string, message: string): string {
  return isTlsFailure(code) ? `TLS failed: ${tlsReason(code, message)}` : message;
}

function isTlsFailure(code: string): boolean {
  return code === 'EPROTO' || code.startsWith('ERR_SSL_');
}

/** `wrong version number`, of `…:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:…`. */
function tlsReason(code: string, message: string): string {
  return /SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? code;
}

function originOf(address: string | undefined): string {
  if (address === undefined) return '';
  try {
    return new URL(address).origin;
  } catch {
    // A path on the same host.
    return '';
  }
}
