import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { actBefore, cutBody, LATE_MS, losesAnswer } from './fault-acts.js';
import type { FaultKind, FaultyRequest } from './faults.js';
import { rateLimitHeaders, SlidingWindow } from './rate-limit.js';
import type { LogEntry, RequestKind, RequestLog } from './request-log.js';
import type { SandboxSettings } from './options.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route is for; `other` where a route does not say. */
    kind?: RequestKind;
  }
  interface FastifyRequest {
    /** This request in the log. Set by the first hook, before any handler runs. */
    logged: LogEntry | null;
    fault: FaultKind | null;
  }
}

/** What the hooks share with the rest of the server. */
export interface HookContext {
  settings: SandboxSettings;
  log: RequestLog;
  /** Asked at each request, so that faults can be changed while the server runs. */
  pickFault: (request: FaultyRequest) => FaultKind | undefined;
}

/** What every request passes, in this order: the log, the key, the rate limit, latency and faults; then the log again. */
export function addHooks(app: FastifyInstance, context: HookContext): void {
  app.decorateRequest('logged', null);
  app.decorateRequest('fault', null);
  addLogging(app, context.log);
  addKeyCheck(app, context.settings.key);
  if (context.settings.rateLimit) addRateLimit(app, new SlidingWindow(context.settings.rateLimit));
  addFaults(app, context);
  addAnswerLogging(app, context.log);
}

function addLogging(app: FastifyInstance, log: RequestLog): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { id } = (request.params ?? {}) as { id?: string };
    const entry = log.begin(
      { kind: kindOf(request), method: request.method, path: request.url, contactId: id },
      new Date(),
    );
    request.logged = entry;
    // Without an answer (the client gave up, or close() came) the request ends with its connection.
    reply.raw.once('close', () => log.end(entry, null));
    done();
  });
}

function addKeyCheck(app: FastifyInstance, key: string): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (request.headers.authorization === `Bearer ${key}`) done();
    else void reply.code(401).send({ detail: 'No key found' });
  });
}

function addRateLimit(app: FastifyInstance, window: SlidingWindow): void {
  app.addHook('onRequest', (_request, reply, done) => {
    const now = Date.now();
    const admission = window.admit(now);
    reply.headers(rateLimitHeaders(admission, now, window.rate.resetIn));
    if (admission.admitted) done();
    else void reply.code(429).send({ error: { code: 'rate_limited', message: 'Rate limit exceeded' } });
  });
}

function addFaults(app: FastifyInstance, { settings, log, pickFault }: HookContext): void {
  app.addHook('preValidation', async (request, reply) => {
    if (request.logged) log.noteBody(request.logged, request.body);
    const kind = kindOf(request);
    if (!isFaulty(kind)) return;
    // Drawn before the wait: the order of arrival decides, not that of the timers.
    const fault = pickFault(kind);
    // Not counted as a reason to live: a closed sandbox must not hold its process until the wait is over.
    if (settings.latencyMs > 0) await wait(settings.latencyMs, undefined, { ref: false });
    if (!fault) return;
    const over = befall(fault, request, reply, log);
    if (fault === 'reset-late') await wait(LATE_MS, undefined, { ref: false });
    return over;
  });
}

function befall(fault: FaultKind, request: FastifyRequest, reply: FastifyReply, log: RequestLog): FastifyReply | void {
  request.fault = fault;
  if (request.logged) request.logged.fault = fault;
  const left = actBefore(fault, reply);
  if (left === 'lost' && request.logged) log.end(request.logged, null);
  return left === 'goes-on' ? undefined : reply;
}

function addAnswerLogging(app: FastifyInstance, log: RequestLog): void {
  app.addHook('onSend', (request, reply, payload: unknown, done) => {
    const lost = losesAnswer(request.fault ?? undefined, reply) || reply.raw.socket?.destroyed !== false;
    if (request.logged) log.end(request.logged, lost ? null : reply.statusCode);
    // Never calling done leaves the request without an answer.
    if (lost) return;
    done(null, request.fault === 'cut' && typeof payload === 'string' ? cutBody(payload) : payload);
  });
}

function kindOf(request: FastifyRequest): RequestKind {
  return request.routeOptions.config.kind ?? 'other';
}

function isFaulty(kind: RequestKind): kind is FaultyRequest {
  return kind === 'patch' || kind === 'get' || kind === 'list';
}
