import http from 'node:http';
import https from 'node:https';

/** Agents by protocol, as got takes them. */
export interface AgentPair {
  http: http.Agent;
  https: https.Agent;
}

/** The connections of one client. */
export interface Agents {
  /** Kept open from one request to the next. */
  pooled: AgentPair;
  /** Each for one request. */
  fresh: AgentPair;
  close: () => void;
}

/** @param concurrency the most connections that are kept */
export function openAgents(concurrency: number): Agents {
  const keepAlive = { keepAlive: true, maxSockets: concurrency };
  const pooled = { http: new http.Agent(keepAlive), https: new https.Agent(keepAlive) };
  const fresh = { http: new http.Agent(), https: new https.Agent() };
  return {
    pooled,
    fresh,
    close: () => [pooled, fresh].forEach((pair) => [pair.http, pair.https].forEach((agent) => agent.destroy())),
  };
}
