import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { accessCheck } from './access.js';
import { detailAnswer, emptyAnswer, sendAnswer, withHeaders, type Answer } from './answer.js';
import { answerToError } from './errors.js';
import { actOf, LATE_MS, type FaultAct } from './fault-acts.js';
import type { FaultPicker, FaultyRequest } from './faults.js';
import type { SandboxSettings } from './options.js';
import { readJsonBody } from './read-body.js';
import type { LogEntry, RequestKind, RequestLog } from './request-log.js';
import type { FindRoute, Match, Route } from './router.js';

/** What every request is handled with. */
export interface HandlingContext {
  settings: SandboxSettings;
  log: RequestLog;
  findRoute: FindRoute;
  /** Called for each request, so that faults can change while the server runs. */
  pickFault: FaultPicker;
  /** Aborted when the server closes: requests that still wait are dropped. */
  closing: AbortSignal;
}

/** A request on its way to an answer. */
interface Exchange extends Match {
  request: IncomingMessage;
  response: ServerResponse;
  /** This request in the log. */
  entry: LogEntry;
}

/** What the client gets: an answer, a cut connection, or nothing. */
type Reply = Answer | 'cut' | 'hang';

/** Every request passes, in this order: the log, Host, key, rate limit, its body, latency and faults, its route. */
export function requestListener(context: HandlingContext): RequestListener {
  const refuse = accessCheck(context.settings);
  return (request, response) => {
    const exchange = beginExchange(request, response, context);
    const refusal = refuse(request, response);
    if (refusal) finish(exchange, refusal, context.log);
    else void replyTo(exchange, context).then((reply) => finish(exchange, reply, context.log));
  };
}

function beginExchange(
  request: IncomingMessage,
  response: ServerResponse,
  { findRoute, log }: HandlingContext,
): Exchange {
  const { method = '', url: path = '' } = request;
  const match = findRoute(method, path);
  const kind = match.route?.kind ?? 'other';
  const entry = log.begin({ kind, method, path, contactId: match.params['id'] }, new Date());
  // Without an answer (the client gave up, or the sandbox closed) the request ends with its connection.
  response.once('close', () => log.end(entry, null));
  return { ...match, request, response, entry };
}

async function replyTo(exchange: Exchange, context: HandlingContext): Promise<Reply> {
  const { request, response, entry, route } = exchange;
  try {
    if (!route) return noRoute(exchange);
    const body = route.method === 'GET' ? undefined : await readJsonBody(request);
    context.log.noteBody(entry, body);
    const act = await drawFault(entry, context);
    switch (act?.does) {
      case 'answer':
        if (act.bare) for (const name of response.getHeaderNames()) response.removeHeader(name);
        return act.answer;
      case 'cut':
      case 'hang':
        if (act.when === 'before') return act.does;
        if (act.when === 'late') await cutEarly(request, context.closing);
        carryOut(route, exchange, body);
        return act.does;
      case 'halve':
        return halved(carryOut(route, exchange, body));
      case undefined:
        return carryOut(route, exchange, body);
    }
  } catch (error) {
    return context.closing.aborted ? 'cut' : answerToError(error);
  }
}

function noRoute({ request, allowed }: Exchange): Answer {
  const methods = allowed();
  if (methods.length === 0) return detailAnswer(404, 'Not Found');
  const headers = { Allow: [...methods, 'OPTIONS'].join(', ') };
  if (request.method === 'OPTIONS') return emptyAnswer(200, headers);
  return withHeaders(detailAnswer(405, 'Method Not Allowed'), headers);
}

/** Waits for the latency, and decides the fault of a request to contacts. Throws when the server closes meanwhile. */
async function drawFault(entry: LogEntry, context: HandlingContext): Promise<FaultAct | undefined> {
  if (!isFaulty(entry.kind)) return undefined;
  // Drawn before the wait: the order of arrival decides, not that of the timers.
  const fault = context.pickFault(entry.kind, Object.keys(entry.body ?? {}));
  const { latencyMs } = context.settings;
  if (latencyMs > 0) await wait(latencyMs, undefined, { signal: context.closing });
  if (!fault) return undefined;
  entry.fault = fault.kind;
  return actOf(fault);
}

function isFaulty(kind: RequestKind): kind is FaultyRequest {
  return kind === 'patch' || kind === 'get' || kind === 'list';
}

async function cutEarly(request: IncomingMessage, closing: AbortSignal): Promise<void> {
  request.socket.destroy();
  await wait(LATE_MS, undefined, { signal: closing });
}

/** The answer of a route; a refusal is an answer too. */
function carryOut(route: Route, { request, params, search, entry }: Exchange, body: unknown): Answer {
  try {
    return route.handle({ params, search, body, host: request.headers.host, entry });
  } catch (error) {
    return answerToError(error);
  }
}

function halved(answer: Answer): Answer {
  return { ...answer, payload: answer.payload.slice(0, Math.floor(answer.payload.length / 2)) };
}

function finish({ request, response, entry }: Exchange, reply: Reply, log: RequestLog): void {
  if (reply === 'cut') request.socket.destroy();
  const answer = typeof reply === 'string' || request.socket.destroyed ? undefined : reply;
  log.end(entry, answer?.status ?? null);
  if (answer) sendAnswer(response, answer);
}
