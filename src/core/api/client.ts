import http from 'node:http';
import https from 'node:https';
import got, { RequestError, type Got } from 'got';
import { isSyncError, SyncError } from '../model/errors.js';
import type { OnEvent } from '../model/events.js';
import { redactDeep, redactor, type Redact } from '../model/redact.js';
import { LONGEST_TIMER_MS, sleep } from '../model/sleep.js';
import { backoffDelay } from './backoff.js';
import { boundAnswer, MAX_ANSWER_BYTES } from './bound-answer.js';
import { classifyStatus } from './classify.js';
import { WALL_CLOCK, type Clock } from '../model/clock.js';
import { Gate, type Budget, type CallEnd } from '../budget/gate.js';
import { LateError, type Call, type Reply } from './call.js';
import { judge, shown, type Attempt } from './judge.js';
import { parseAnswer } from './parse-answer.js';
import { readRateLimit } from '../budget/rate-limit.js';
import { watchSending, type Sending } from './watch-sending.js';

export interface ClientOptions {
  baseUrl: string;
  key: string;
  /** Tries after the first, for answers that may heal. */
  retries: number;
  timeoutMs: number;
  budget: Budget;
  /** Ends waits; requests in flight are left to end. */
  stop: AbortController;
  onEvent: OnEvent;
  /** Default: the machine's. */
  clock?: Clock;
  /** Larger answers are cut off. Default: `MAX_ANSWER_BYTES`. */
  maxAnswerBytes?: number;
}

/** A wait for the rate limit is no try, but a call that meets nothing else can wait on another day. */
const MOST_REFUSALS = 30;

const SHORTEST_TIMEOUT_MS = 1000;

/** Makes calls with retry and backoff. Every request of it passes one gate. */
export class ApiClient {
  readonly gate: Gate;
  readonly #got: Got;
  readonly #agents: { http: http.Agent; https: https.Agent };
  readonly #clock: Clock;
  readonly #redact: Redact;

  constructor(private readonly options: ClientOptions) {
    const { onEvent, key, stop, budget, clock = WALL_CLOCK } = options;
    this.#clock = clock;
    this.#redact = redactor(key);
    this.gate = new Gate(budget, { stop, onEvent, clock, probe: () => this.#probe() });
    const keepAlive = { keepAlive: true, maxSockets: budget.concurrency };
    this.#agents = { http: new http.Agent(keepAlive), https: new https.Agent(keepAlive) };
    this.#got = got.extend({
      agent: this.#agents,
      headers: { authorization: `Bearer ${key}`, accept: 'application/json', 'user-agent': 'contact-sync' },
      // Retries are decided below, since each must pass the gate and a rate-limit wait must not count as a try.
      retry: { limit: 0 },
      throwHttpErrors: false,
      // A redirect could carry the key to another host.
      followRedirect: false,
    });
  }

  /**
   * Makes the call until it has an answer that stands, or its retries are used up.
   * @throws SyncError `key_refused` on 401
   * @throws LateError where it would begin later than it may
   * @throws the signal's reason where the run was stopped while this call was waiting
   */
  async call<T>(call: Call<T>): Promise<Reply<T>> {
    const { onEvent, retries, stop } = this.options;
    const { kind } = call;
    const path = shown(call);
    const { earlier = { attempts: 0, retried: 0 } } = call;
    let { retried, lostAt } = earlier;
    let refused = 0;
    for (let attempts = earlier.attempts + 1; ; attempts++) {
      // What settles how a row ended goes before what begins others. While a plan is made, reads are all there is.
      const begunAt = await this.gate.pass(call.kind !== 'patch', call.until ?? Infinity);
      if (begunAt === 'late') throw new LateError({ attempts: attempts - 1, retried, lostAt });
      await this.#begin(call, begunAt, lostAt !== undefined);
      const attempt = await this.#attempt(call, attempts);
      const reply = judge(call, this.#clean(attempt), attempts);
      this.gate.end(begunAt, endOf(attempt, reply));
      if (isSyncError(reply)) {
        // No other call can fare better.
        stop.abort(reply);
        throw reply;
      }
      if (reply === 'rate_limited') {
        refused++;
        onEvent({ type: 'rate_limited', kind, path, refused });
        if (refused < MOST_REFUSALS) continue;
        stop.abort(new SyncError('api_rate_limited', { attempts: refused }));
        throw stop.signal.reason;
      }
      refused = 0;
      if (reply.kind === 'unanswered' && call.method === 'PATCH') lostAt = attempt.sentAt ?? lostAt;
      if (lostAt !== undefined) reply.lostAt = lostAt;
      if (reply.kind !== 'unanswered' || reply.isFinal) return reply;
      // What fails in an outage says nothing of this call: it waits at the gate until the API is back.
      const counts = !this.gate.isOutage;
      if (counts && retried === retries) return reply;
      if (counts) retried++;
      const { code, status } = reply;
      onEvent({ type: 'retry', kind, path, code, ...(status === undefined ? {} : { status }), retried });
      await sleep(backoffDelay(Math.max(1, retried), Math.random()), stop.signal);
    }
  }

  async #begin({ onBegin }: Call<unknown>, begunAt: number, lost: boolean): Promise<void> {
    try {
      await onBegin?.(lost);
    } catch (error) {
      this.gate.end(begunAt, { kind: 'lost' });
      throw error;
    }
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  /** The API's words go to files and terminals: one that echoes the key must not put it there. */
  #clean(attempt: Attempt): Attempt {
    if (attempt.kind === 'answered') {
      if (classifyStatus(attempt.status) === 'ok') return attempt;
      const { text, cutAs } = attempt;
      return { ...attempt, words: cutAs ?? describeError(text, this.#redact) };
    }
    return { ...attempt, message: this.#redact(attempt.message) };
  }

  /** Whether the API is there at all: any answer of its own below 500 says so. */
  async #probe(): Promise<boolean> {
    const attempt = await this.#attempt({ kind: 'me', method: 'GET', path: '/v1/me', parse: () => undefined }, 1);
    // A page for people in place of the API's answer says that it is not there.
    return (
      attempt.kind === 'answered' &&
      attempt.status < 500 &&
      (attempt.status !== 200 || parseJson(attempt.text) !== undefined)
    );
  }

  /** A call that hangs must not outlast the run's deadline. */
  #timeoutMs(): number {
    const { timeoutMs, budget } = this.options;
    const left = (budget.deadline?.at ?? Infinity) - this.#clock.now();
    return Math.min(timeoutMs, Math.max(left, SHORTEST_TIMEOUT_MS), LONGEST_TIMER_MS);
  }

  async #attempt(call: Call<unknown>, number: number): Promise<Attempt> {
    const { kind } = call;
    const path = shown(call);
    const begunAt = this.#clock.now();
    this.options.onEvent({ type: 'request', kind, path });
    const attempt = await this.#send(call);
    const status = attempt.kind === 'answered' ? { status: attempt.status } : {};
    const ms = this.#clock.now() - begunAt;
    this.options.onEvent({ type: 'response', kind, path, attempt: number, ...status, ms });
    return attempt;
  }

  async #send(call: Call<unknown>): Promise<Attempt> {
    const url = this.options.baseUrl.replace(/\/+$/, '') + call.path;
    const begunAt = Date.now();
    const sending: Sending = { at: undefined };
    const { maxAnswerBytes = MAX_ANSWER_BYTES } = this.options;
    let cutOff: ReturnType<typeof boundAnswer> | undefined;
    try {
      const answer = this.#got(url, {
        method: call.method,
        responseType: 'text',
        timeout: { request: this.#timeoutMs() },
        ...(call.json === undefined ? {} : { json: call.json }),
      });
      void answer.on('request', (request) => watchSending(request, sending));
      cutOff = boundAnswer(answer, maxAnswerBytes);
      const { headers, statusCode: status, body: text } = await answer;
      const word = readRateLimit(headers, this.#clock.now());
      return { kind: 'answered', status, text, word, sentAt: sending.at ?? begunAt };
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      const head = cutOff?.();
      if (head === undefined) return { kind: 'broken', code: error.code, message: error.message, sentAt: sending.at };
      const word = readRateLimit(head.headers, this.#clock.now());
      const cutAs = `(larger than ${sizeOf(maxAnswerBytes)})`;
      return { kind: 'answered', status: head.status, text: '', cutAs, word, sentAt: sending.at ?? begunAt };
    }
  }
}

/** `64 MB`. */
function sizeOf(bytes: number): string {
  return bytes < 1024 * 1024 ? `${bytes} bytes` : `${Math.floor(bytes / 1024 / 1024)} MB`;
}

/** @returns undefined where it is not JSON, or too deep */
function parseJson(text: string): unknown {
  try {
    return parseAnswer(text);
  } catch {
    return undefined;
  }
}

/** What the gate is told of it. */
function endOf(attempt: Attempt, reply: ReturnType<typeof judge>): CallEnd {
  if (attempt.kind === 'broken') return { kind: 'lost' };
  const { word } = attempt;
  if (reply === 'rate_limited') return { kind: 'refused', word };
  // An answer that cannot be used is no outage.
  const isFailure = 'kind' in reply && reply.kind === 'unanswered' && !reply.isFinal;
  return { kind: isFailure ? 'failed' : 'answered', word };
}

/** So much of the API's own words is kept: a page of them in each result would fill the disk. */
const MAX_WORDS = 400;

/** The API's own words: `{"error": {"code", "message"}}`, `{"detail": …}`, or whatever came; redacted before it is cut. */
function describeError(text: string, clean: Redact): string {
  const body = redactDeep(parseJson(text), clean);
  if (body === undefined) return text.trimStart().startsWith('<') ? '(an HTML page)' : clean(text).slice(0, 200);
  const { error, detail } = (body ?? {}) as { error?: { code?: unknown; message?: unknown }; detail?: unknown };
  if (error && typeof error === 'object') {
    return [error.code, error.message].filter(Boolean).join(': ').slice(0, MAX_WORDS);
  }
  if (detail === undefined) return clean(text).slice(0, 200);
  return (typeof detail === 'string' ? detail : JSON.stringify(detail)).slice(0, MAX_WORDS);
}
