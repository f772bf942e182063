import type { ServerResponse } from 'node:http';

/** An answer to a request, as a value until it is sent. */
export interface Answer {
  status: number;
  /** Without Content-Length. */
  headers: Readonly<Record<string, string>>;
  /** The body; empty for none. */
  payload: string;
}

/** An answer with a JSON body. Throws where `body` cannot be JSON. */
export function jsonAnswer(status: number, body: unknown): Answer {
  return { status, headers: { 'Content-Type': 'application/json; charset=utf-8' }, payload: JSON.stringify(body) };
}

/** An error in the API's first form: `{"error": {code, message}}`. */
export function errorAnswer(status: number, code: string, message: string): Answer {
  return jsonAnswer(status, { error: { code, message } });
}

/** An error in the API's second form: `{"detail": …}`. */
export function detailAnswer(status: number, detail: string): Answer {
  return jsonAnswer(status, { detail });
}

/** An answer with a page of HTML, as a gateway gives it. */
export function htmlAnswer(status: number, html: string): Answer {
  return { status, headers: { 'Content-Type': 'text/html; charset=utf-8' }, payload: html };
}

/** An answer without a body. */
export function emptyAnswer(status: number, headers: Readonly<Record<string, string>>): Answer {
  return { status, headers, payload: '' };
}

/** The same answer with more headers. */
export function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

/** Sends an answer, with the headers that are already set on the response. */
export function sendAnswer(response: ServerResponse, { status, headers, payload }: Answer): void {
  response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(payload) });
  response.end(payload);
}
