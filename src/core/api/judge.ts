import { SyncError } from '../model/errors.js';
import type { CallEnd } from '../budget/budget.js';
import type { RateLimitInfo } from '../budget/rate-limit.js';
import type { Call, Reply, Said } from './call.js';
import { classifyStatus, type Verdict } from './classify.js';
import { OtherAnswerError, parseAnswer, TooDeepError } from './parse-answer.js';

/** What came of one request. `sentAt`: when it may have been sent, by the monotonic clock; milliseconds. */
export type Attempt =
  | {
      kind: 'answered';
      status: number;
      text: string;
      /** What is wrong with the body, where it was cut off. */
      cutAs?: string;
      /** The API's own words, without the key. */
      words?: () => string;
      info: RateLimitInfo;
      /** Of a redirect, as it was sent. */
      redirectsTo?: string;
      /** By the server's clock, as it was sent. */
      date?: string;
      sentAt: number;
    }
  | {
      kind: 'broken';
      code: string;
      message: string;
      sentAt: number | undefined;
      /** The connection was open before, and was closed before an answer began. */
      wasStale?: boolean;
      /** It failed at the proxy: nothing was put through to the API. */
      isOfProxy?: boolean;
    };

/** What a 403 says where it is the allowance that is used up. */
const QUOTA = /quota|rate[ _-]?limit|limit[ _-]?exceeded|too many requests|throttl/i;

/** An attempt to what it makes of the call; `unanswered` is worth another try, unless it is final. Pure. */
export function judge<T>(call: Call<T>, attempt: Attempt, attempts: number): Reply<T> | 'rate_limited' | SyncError {
  if (attempt.kind === 'broken') {
    return { kind: 'unanswered', code: attempt.code, ...said(call, attempt.message), attempts };
  }
  const { status, redirectsTo } = attempt;
  const verdict = verdictOf(attempt);
  if (verdict === 'ok') return read(call, attempt, attempts);
  const words = [redirectsTo === undefined ? '' : `redirects to ${redirectsTo}`, attempt.words?.() ?? '']
    .join(' ')
    .trim();
  const told = said(call, String(status), words);
  switch (verdict) {
    case 'rate_limited':
      return 'rate_limited';
    case 'key_refused':
      return new SyncError('key_refused', { answer: told.answer, words });
    case 'retry':
      return { kind: 'unanswered', code: `http_${status}`, ...told, status, attempts };
    case 'forbidden':
    case 'not_found':
    case 'conflict':
    case 'refused':
      return { kind: 'refused', verdict, status, ...told, attempts };
  }
}

/** A time that an answer names to wait until, or an allowance that is used up, says more than its status. */
function verdictOf({ status, info, words }: Attempt & { kind: 'answered' }): Verdict {
  const verdict = classifyStatus(status);
  if (verdict !== 'retry' && verdict !== 'forbidden') return verdict;
  if (info.retryMs !== undefined && info.retryMs > 0) return 'rate_limited';
  if (verdict === 'retry') return verdict;
  return info.remaining === 0 || QUOTA.test(words?.() ?? '') ? 'rate_limited' : verdict;
}

/**
 * What a call takes from the body of an answer to it. An answer that is not understood is an answer: the same request
 * would get it again, and what became of a write a read tells. Only a page in place of a read's answer, as gateways
 * give it, may be gone the next time.
 */
function read<T>(call: Call<T>, attempt: Attempt & { kind: 'answered' }, attempts: number): Reply<T> {
  const { status, text, cutAs } = attempt;
  const bad = (why: string, words = ''): Extract<Reply<T>, { kind: 'unanswered' }> => ({
    ...{ kind: 'unanswered', code: 'bad_answer', status, attempts, isFinal: true },
    ...said(call, `${status}, but ${why}`, words),
  });
  if (cutAs !== undefined) return bad(`the body cannot be used ${cutAs}`);
  try {
    return { kind: 'ok', value: call.parse(parseAnswer(text)), status, attempts };
  } catch (error) {
    if (error instanceof TooDeepError) return bad(`the body is JSON ${error.message}`);
    if (error instanceof OtherAnswerError) return bad(error.message);
    const reply = bad('the body is not the JSON that was expected', attempt.words?.());
    if (error instanceof SyntaxError && call.method !== 'PATCH') delete reply.isFinal;
    return reply;
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

/** Whether a write may still be carried out. 202: accepted; a 5xx and no answer say nothing. Any other answer ends it. */
export function mayBeDone({ method }: Call<unknown>, attempt: Attempt): boolean {
  if (method !== 'PATCH') return false;
  return attempt.kind === 'broken' || attempt.status === 202 || attempt.status === 408 || attempt.status >= 500;
}

/** What the budget is told of it. */
export function endOf(attempt: Attempt, reply: ReturnType<typeof judge>): CallEnd {
  if (attempt.kind === 'broken') return { kind: 'lost' };
  const { info } = attempt;
  if (reply === 'rate_limited') return { kind: 'refused', info };
  // An answer that cannot be used is no outage.
  const isFailure = 'kind' in reply && reply.kind === 'unanswered' && !reply.isFinal;
  return { kind: isFailure ? 'failed' : 'answered', info };
}
