import type { CallKind } from './traffic.js';

export interface Call<T> {
  kind: CallKind;
  method: 'GET' | 'POST' | 'PATCH';
  /** From the base URL on, with its slash and query. */
  path: string;
  json?: object;
  /** Takes the parsed body apart; throws where it is not the answer that was asked for. */
  parse: (body: unknown) => T;
  /** What the call rests on holds until then, epoch milliseconds. By default for ever. */
  until?: number;
  /** Told, and waited for, before the first request is made. */
  onBegin?: () => Promise<void>;
  /** What was made of the same call before. */
  earlier?: Earlier;
}

/** Requests that were made for a call, without an answer that stands. */
export interface Earlier {
  attempts: number;
  /** Of these, those that count as retries. */
  retried: number;
  /** One of them was never answered, and may have been carried out. */
  lost: boolean;
}

/** A call that could begin only when what it rests on no longer held, and was not made. */
export class LateError extends Error {
  override name = 'LateError';
  constructor(readonly earlier: Earlier) {
    super('the call waited for too long');
  }
}

/** How a call ended. `attempts` counts the requests that were made for it. */
export type Reply<T> =
  | { kind: 'ok'; value: T; status: number; attempts: number }
  | {
      kind: 'refused';
      verdict: 'forbidden' | 'not_found' | 'conflict' | 'refused';
      status: number;
      message: string;
      attempts: number;
      /** An earlier attempt was never answered, and may have been carried out. */
      afterLoss?: true;
    }
  /** Given up. What was asked may or may not have been done. */
  | { kind: 'unanswered'; code: string; message: string; status?: number; attempts: number };
