import type { CallKind } from '../model/calls.js';

export interface Call<T> {
  kind: CallKind;
  method: 'GET' | 'POST' | 'PATCH';
  /** From the base URL on, with its slash and query. */
  path: string;
  /** The path as logs and messages may show it, where `path` itself names a person. */
  shownPath?: string;
  json?: object;
  /** Takes the parsed body apart; throws where it is not the answer that was asked for. */
  parse: (body: unknown) => T;
  /** Told, and waited for, before each request is made. @param lost whether one before it may have been carried out */
  onBegin?: (lost: boolean) => Promise<void>;
  /** What was made of the same call before. */
  earlier?: Earlier;
  /** Fewer retries than others have: another way is there. */
  mostRetries?: number;
}

/** A call that is not made if it could begin only when what it rests on no longer holds. */
export interface TimedCall<T> extends Call<T> {
  /** What it rests on holds until then, epoch milliseconds. */
  until: number;
}

/** Requests that were made for a call, without an answer that stands. */
export interface Earlier {
  attempts: number;
  /** Of these, those that count as retries. */
  retried: number;
  /**
   * When the last one was sent that may have been carried out though no answer said so, and may still be: by the
   * monotonic clock, milliseconds. Undefined: none was.
   */
  lostAt?: number | undefined;
}

/** How a call ended that would have begun too late, and was not made. */
export interface LateReply {
  kind: 'late';
  /** What was made of it before. */
  earlier: Earlier;
}

/** What the API said, in three ways. */
export interface Said {
  /** For the results of a row: the request, its status and the API's own words, without the key. */
  message: string;
  /** The request and its status: for logs and messages, as it holds nothing of the API's own. */
  answer: string;
  /** The API's own words, without the key. They may quote a contact: for files of a run alone. */
  words: string;
}

/** How a call ended. */
export type Reply<T> = (
  | { kind: 'ok'; value: T; status: number }
  | ({
      kind: 'refused';
      verdict: 'forbidden' | 'not_found' | 'conflict' | 'refused';
      status: number;
    } & Said)
  /**
   * Given up. What was asked was surely not done without `lostAt`, and may or may not have been with it. `isFinal`: the
   * API did answer, with what nobody can use, and would do so again.
   */
  | ({ kind: 'unanswered'; code: string; status?: number; isFinal?: true } & Said)
) & {
  /** The requests that were made for it. */
  attempts: number;
  /** As in `Earlier`: a request of this call may still be carried out. */
  lostAt?: number;
};
