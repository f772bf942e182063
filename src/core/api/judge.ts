import { SyncError } from '../model/errors.js';
import type { RateLimitInfo } from '../budget/rate-limit.js';
import type { Call, Reply, Said } from './call.js';
import { classifyStatus } from './classify.js';
import { parseAnswer, TooDeepError } from './parse-answer.js';

/** What came of one request. `sentAt`: when it may have been sent, by the monotonic clock; milliseconds. */
export type Attempt =
  | {
      kind: 'answered';
      status: number;
      text: string;
      /** What is wrong with the body, where it was cut off. */
      cutAs?: string;
      words?: string;
      info: RateLimitInfo;
      /** Of a redirect, as it was sent. */
      redirectsTo?: string;
      /** By the server's clock, as it was sent. */
      date?: string;
      sentAt: number;
    }
  | { kind: 'broken'; code: string; message: string; sentAt: number | undefined };

/** An attempt to what it makes of the call; `unanswered` is worth another try, unless it is final. Pure. */
export function judge<T>(call: Call<T>, attempt: Attempt, attempts: number): Reply<T> | 'rate_limited' | SyncError {
  if (attempt.kind === 'broken') {
    return { kind: 'unanswered', code: attempt.code, ...said(call, attempt.message), attempts };
  }
  const { status, words = '' } = attempt;
  const verdict = classifyStatus(status);
  const told = said(call, String(status), words);
  switch (verdict) {
    case 'rate_limited':
      return 'rate_limited';
    case 'key_refused':
      return new SyncError('key_refused', { answer: told.answer, words });
    case 'retry':
      return { kind: 'unanswered', code: `http_${status}`, ...told, status, attempts };
    case 'ok':
      return read(call, attempt, attempts);
    case 'forbidden':
    case 'not_found':
    case 'conflict':
    case 'refused':
      return { kind: 'refused', verdict, status, ...told, attempts };
  }
}

/** What a call takes from the body of an answer to it. */
function read<T>(call: Call<T>, attempt: Attempt & { kind: 'answered' }, attempts: number): Reply<T> {
  const { status, text, cutAs } = attempt;
  const bad = (why: string): Extract<Reply<T>, { kind: 'unanswered' }> => {
    return { kind: 'unanswered', code: 'bad_answer', ...said(call, `${status}, but ${why}`), status, attempts };
  };
  if (cutAs !== undefined) return { ...bad(`the body cannot be used ${cutAs}`), isFinal: true };
  try {
    return { kind: 'ok', value: call.parse(parseAnswer(text)), status, attempts };
  } catch (error) {
    if (error instanceof TooDeepError) return { ...bad(`the body is JSON ${error.message}`), isFinal: true };
    return bad('the body is not the JSON that was expected');
  }
}

/** The path of a call as logs and messages may show it. */
export function shown({ path, shownPath }: Call<unknown>): string {
  return shownPath ?? path;
}

function said(call: Call<unknown>, status: string, words = ''): Said {
  const message = `[${call.method}] ${call.path}: ${status} ${words}`.trimEnd();
  return { message, answer: `[${call.method}] ${shown(call)}: ${status}`, words };
}
