import { SHORTEST_KEY } from '../model/redact.js';

/** A proxy that all requests go through. */
export interface Proxy {
  /** Such as `http://proxy.example.com:3128`: the origin alone, without credentials. */
  url: string;
  /** `user:password`, where the proxy asks for them. */
  credentials?: string;
  /** What people call the setting that names it, for messages. */
  setting: string;
}

/** The header that lets requests through, where the proxy asks for credentials. */
export function proxyHeaders({ credentials }: Proxy): Record<string, string> {
  if (credentials === undefined) return {};
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/** What of a proxy no message, log or file may show. A short password stands in other words by chance. */
export function secretsOf(proxy: Proxy | undefined): readonly string[] {
  if (proxy?.credentials === undefined) return [];
  const password = proxy.credentials.slice(proxy.credentials.indexOf(':') + 1);
  return password.length < SHORTEST_KEY ? [proxy.credentials] : [proxy.credentials, password];
}
