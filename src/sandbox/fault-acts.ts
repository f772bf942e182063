import { detailAnswer, errorAnswer, htmlAnswer, withHeaders, type Answer } from './answer.js';
import type { Fault, FaultKind } from './faults.js';

const HTML = '<!doctype html><html><head><title>Gateway</title></head><body><h1>Please stand by</h1></body></html>\n';

/** How long after cutting the connection `reset-late` writes, in milliseconds: less than any timeout. */
export const LATE_MS = 100;

/** What a fault does to a request. */
export type FaultAct =
  /** An answer in place of the API's; nothing is written. `bare` removes the rate limit's headers. */
  | { does: 'answer'; answer: Answer; bare?: true }
  /**
   * No answer: the connection is cut or left open. `before`: nothing is written; `after`: the request was carried out;
   * `late`: the connection is cut first, and the request is carried out `LATE_MS` later.
   */
  | { does: 'cut'; when: 'before' | 'after' | 'late' }
  | { does: 'hang'; when: 'before' | 'after' }
  /** Half of the API's answer with a matching Content-Length: the client sees complete HTTP and broken JSON. */
  | { does: 'halve' };

const FAULT_ACTS: Record<FaultKind, FaultAct> = {
  403: { does: 'answer', answer: detailAnswer(403, 'The key has no access to this contact') },
  409: fail(409, 'conflict', 'The values conflict with another contact'),
  422: fail(422, 'validation_error', 'The body was refused'),
  500: fail(500, 'internal_error', 'Something went wrong'),
  502: fail(502, 'bad_gateway', 'Bad gateway'),
  503: fail(503, 'unavailable', 'Service unavailable, try again later'),
  504: fail(504, 'gateway_timeout', 'The upstream did not answer in time'),
  429: { does: 'answer', answer: withHeaders(tooMany(), { 'Retry-After': '1' }) },
  '429-bare': { does: 'answer', answer: tooMany(), bare: true },
  'html-502': { does: 'answer', answer: htmlAnswer(502, HTML) },
  'not-json': { does: 'answer', answer: htmlAnswer(200, HTML) },
  reset: { does: 'cut', when: 'before' },
  'reset-after': { does: 'cut', when: 'after' },
  'reset-late': { does: 'cut', when: 'late' },
  hang: { does: 'hang', when: 'before' },
  'hang-after': { does: 'hang', when: 'after' },
  cut: { does: 'halve' },
};

/** What refusals say of one field. */
const FIELD_REFUSALS: Partial<Record<FaultKind, { code: string; message: string }>> = {
  403: { code: 'forbidden', message: 'the key cannot write this field' },
  409: { code: 'conflict', message: 'another contact already has this value' },
  422: { code: 'validation_error', message: 'the value was refused' },
};

/** What a fault does. */
export function actOf({ kind, field }: Pick<Fault, 'kind' | 'field'>): FaultAct {
  const refusal = field === undefined ? undefined : FIELD_REFUSALS[kind];
  return refusal ? fail(Number(kind), refusal.code, `${field}: ${refusal.message}`) : FAULT_ACTS[kind];
}

function fail(status: number, code: string, message: string): FaultAct {
  return { does: 'answer', answer: errorAnswer(status, code, message) };
}

function tooMany(): Answer {
  return errorAnswer(429, 'rate_limited', 'Too many requests');
}
