import type { FastifyReply } from 'fastify';
import type { FaultKind } from './faults.js';

const MESSAGES: Record<number, [code: string, message: string]> = {
  429: ['rate_limited', 'Too many requests'],
  500: ['internal_error', 'Something went wrong'],
  502: ['bad_gateway', 'Bad gateway'],
  503: ['unavailable', 'Service unavailable, try again later'],
  504: ['gateway_timeout', 'The upstream did not answer in time'],
};
const HTML = '<!doctype html><html><head><title>Gateway</title></head><body><h1>Please stand by</h1></body></html>\n';
const RATE_HEADERS = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];

/** How long a request goes on behind a `reset-late`: less than any time-out. */
export const LATE_MS = 100;

/** What is left of a request after a fault: it goes on, it was answered, or it never will be. */
export type AfterFault = 'goes-on' | 'answered' | 'lost';

/** Faults that come before anything is written. Those that come later let the request go on. */
export function actBefore(kind: FaultKind, reply: FastifyReply): AfterFault {
  switch (kind) {
    case '500':
    case '502':
    case '503':
    case '504':
      return fail(reply, Number(kind));
    case '429':
      return fail(reply.header('Retry-After', '1'), 429);
    case '429-bare':
      for (const name of RATE_HEADERS) void reply.removeHeader(name);
      return fail(reply, 429);
    case 'html-502':
      return html(reply, 502);
    case 'not-json':
      return html(reply, 200);
    case 'reset':
      reply.hijack();
      reply.raw.socket?.destroy();
      return 'lost';
    case 'hang':
      reply.hijack();
      return 'lost';
    case 'reset-late':
      reply.raw.socket?.destroy();
      return 'goes-on';
    case 'reset-after':
    case 'hang-after':
    case 'cut':
      return 'goes-on';
  }
}

/** Whether this fault keeps the finished answer from the client; if it cuts the connection, it is cut here. */
export function losesAnswer(kind: FaultKind | undefined, reply: FastifyReply): boolean {
  if (kind === 'reset-after') reply.raw.socket?.destroy();
  return kind === 'reset-after' || kind === 'hang-after';
}

/** Half of a body. Its length is told rightly, so the client sees complete HTTP and broken JSON. */
export function cutBody(payload: string): string {
  return payload.slice(0, Math.floor(payload.length / 2));
}

function fail(reply: FastifyReply, status: number): AfterFault {
  const [code, message] = MESSAGES[status] ?? ['error', 'Error'];
  void reply.code(status).send({ error: { code, message } });
  return 'answered';
}

function html(reply: FastifyReply, status: number): AfterFault {
  void reply.code(status).type('text/html; charset=utf-8').send(HTML);
  return 'answered';
}
