import type { ServerResponse } from 'node:http';

/** What a request is answered with, as a value until it is sent. */
export interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  payload: string;
}

export function jsonAnswer(status: number, body: unknown): Answer {
  return { status, headers: { 'Content-Type': 'application/json; charset=utf-8' }, payload: JSON.stringify(body) };
}

/** One of the two forms that the API gives its errors. */
export function errorAnswer(status: number, code: string, message: string): Answer {
  return jsonAnswer(status, { error: { code, message } });
}

/** The other one. */
export function detailAnswer(status: number, detail: string): Answer {
  return jsonAnswer(status, { detail });
}

export function htmlAnswer(status: number, html: string): Answer {
  return { status, headers: { 'Content-Type': 'text/html; charset=utf-8' }, payload: html };
}

export function emptyAnswer(status: number, headers: Readonly<Record<string, string>>): Answer {
  return { status, headers, payload: '' };
}

export function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

/** Sends an answer with the headers that are set on the response already. */
export function sendAnswer(response: ServerResponse, { status, headers, payload }: Answer): void {
  response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(payload) });
  response.end(payload);
}
