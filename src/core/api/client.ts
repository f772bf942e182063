import got, { RequestError, type Got } from 'got';
import type { Budget, Slot } from '../budget/budget.js';
import { nextDeadline } from '../budget/deadline.js';
import { readRateLimit } from '../budget/rate-limit.js';
import { MACHINE_CLOCK, type Clock } from '../model/clock.js';
import { isSyncError, SyncError } from '../model/errors.js';
import type { OnEvent } from '../model/events.js';
import { redactor, type Redact } from '../model/redact.js';
import { LONGEST_TIMER_MS, sleep } from '../model/sleep.js';
import { openAgents, type Agents } from './agents.js';
import { describeError, parseJson } from './answer-text.js';
import { backoffDelay } from './backoff.js';
import { boundAnswer, MAX_ANSWER_BYTES, sizeOf } from './bound-answer.js';
import type { Call, LateReply, Reply, TimedCall } from './call.js';
import { connectionError, plainMessage, proxyRefusal } from './connection.js';
import { endOf, judge, mayBeDone, shown, type Attempt } from './judge.js';
import { secretsOf } from './proxy.js';
import type { TransportOptions } from './transport-options.js';
import { watchSending, type Sending } from './watch-sending.js';

const SHORTEST_TIMEOUT_MS = 1000;
/** How a connection fails that the server closed while it was idle. */
const STALE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

/** Makes single requests, without a budget and without retries. */
export class Transport {
  readonly #got: Got;
  readonly #agents: Promise<Agents>;
  readonly #clock: Clock;
  readonly #redact: Redact;

  constructor(private readonly options: TransportOptions) {
    const { key, concurrency, proxy, clock = MACHINE_CLOCK } = options;
    this.#clock = clock;
    this.#redact = redactor(key, ...secretsOf(proxy));
    this.#agents = openAgents(concurrency, proxy);
    this.#got = got.extend({
      headers: { authorization: `Bearer ${key}`, accept: 'application/json', 'user-agent': 'contact-sync' },
      // The client decides on retries: each must take a slot, and a wait for the rate limit must not count as a try.
      retry: { limit: 0 },
      throwHttpErrors: false,
      // A redirect could carry the key to another host.
      followRedirect: false,
    });
  }

  /** Why no request can succeed, if an attempt shows that. */
  connectionError(attempt: Attempt): SyncError | undefined {
    return connectionError(attempt, this.options, this.#redact);
  }

  close(): void {
    void this.#agents.then((agents) => agents.close());
  }

  /** Whether the API is there at all: any answer of its own below 500 says so. */
  async probe(): Promise<boolean> {
    const attempt = await this.attempt({ kind: 'me', method: 'GET', path: '/v1/me', parse: () => undefined }, 1);
    // A page for people in place of the API's answer says that it is not there.
    return (
      attempt.kind === 'answered' &&
      attempt.status < 500 &&
      (attempt.status !== 200 || parseJson(attempt.text) !== undefined)
    );
  }

  /** @param number of the attempt, from 1 @param isFresh over a connection of its own */
  async attempt(call: Call<unknown>, number: number, isFresh = false): Promise<Attempt> {
    const { kind } = call;
    const path = shown(call);
    const begunAt = this.#clock.monotonic();
    this.options.onEvent({ type: 'request', kind, path });
    const attempt = await this.#send(call, isFresh);
    const status = attempt.kind === 'answered' ? { status: attempt.status } : {};
    const ms = Math.round(this.#clock.monotonic() - begunAt);
    this.options.onEvent({ type: 'response', kind, path, attempt: number, ...status, ms });
    return attempt;
  }

  async #send(call: Call<unknown>, isFresh: boolean): Promise<Attempt> {
    const { baseUrl, maxAnswerBytes = MAX_ANSWER_BYTES } = this.options;
    const { pooled, fresh } = await this.#agents;
    const begunAt = MACHINE_CLOCK.monotonic();
    const sending: Sending = { at: undefined };
    let cutOff: ReturnType<typeof boundAnswer> | undefined;
    try {
      const answer = this.#got(baseUrl.replace(/\/+$/, '') + call.path, {
        method: call.method,
        responseType: 'text',
        timeout: { request: this.#timeoutMs() },
        ...(isFresh ? fresh : pooled),
        ...(call.json === undefined ? {} : { json: call.json }),
      });
      void answer.on('request', (request) => watchSending(request, sending));
      cutOff = boundAnswer(answer, maxAnswerBytes);
      const { headers, statusCode: status, body: text } = await answer;
      const refused = proxyRefusal(sending, status, this.options.proxy);
      if (refused !== undefined) return refused;
      const info = readRateLimit(headers, this.#clock.now());
      // The API's words go to files and terminals: one that echoes the key must not put it there.
      const words = (): string => describeError(text, this.#redact);
      const { location, date } = headers;
      const redirectsTo = status >= 300 && status < 400 && location !== undefined ? this.#redact(location) : undefined;
      const said = { ...(redirectsTo === undefined ? {} : { redirectsTo }), ...(date === undefined ? {} : { date }) };
      return { kind: 'answered', status, text, words, info, ...said, sentAt: sending.at ?? begunAt };
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      const head = cutOff?.();
      const message = this.#redact(plainMessage(error.code, error.message));
      if (head === undefined) {
        const wasStale = sending.isReused === true && STALE.has(error.code);
        const isOfProxy = this.options.proxy !== undefined && sending.at === undefined && !sending.reachedProxy;
        return { kind: 'broken', code: error.code, message, sentAt: sending.at, wasStale, isOfProxy };
      }
      const info = readRateLimit(head.headers, this.#clock.now());
      const cutAs = `(larger than ${sizeOf(maxAnswerBytes)})`;
      const cut = { text: '', words: () => cutAs, cutAs };
      return { kind: 'answered', status: head.status, ...cut, info, sentAt: sending.at ?? begunAt };
    }
  }

  /** A request that hangs must not outlast the run's deadline. */
  #timeoutMs(): number {
    const { timeoutMs, deadlines } = this.options;
    const { leftMs } = nextDeadline(deadlines, this.#clock);
    return Math.min(timeoutMs, Math.max(Math.ceil(leftMs), SHORTEST_TIMEOUT_MS), LONGEST_TIMER_MS);
  }
}

export interface ClientOptions {
  /** Retries for transient errors. */
  retries: number;
  /** Ends waits; requests in flight are left to end. Aborted when no further request can be sent. */
  stop: AbortController;
  onEvent: OnEvent;
}

/** A wait for the rate limit is not a retry, but a call that meets nothing else can wait for another day. */
const MOST_REFUSALS = 30;

/** Makes calls with retry and backoff. Every request takes a slot of the budget. */
export class ApiClient {
  /** A request may have reached the API: from then on, what goes wrong with connections is an outage. */
  #everReached = false;

  constructor(
    private readonly transport: Transport,
    private readonly budget: Budget,
    private readonly options: ClientOptions,
  ) {}

  /**
   * Makes the call until it has an answer that stands, or its retries are used up.
   * @throws SyncError `key_refused` on 401, `connection_impossible` where no call can succeed, or what the budget says when it is used up; the signal's reason if the run was
   * stopped while this call was waiting
   */
  call<T>(call: TimedCall<T>): Promise<Reply<T> | LateReply>;
  call<T>(call: Call<T>): Promise<Reply<T>>;
  async call<T>(call: Call<T> & Partial<TimedCall<T>>): Promise<Reply<T> | LateReply> {
    const { onEvent, retries, stop } = this.options;
    const { kind } = call;
    const path = shown(call);
    const { earlier = { attempts: 0, retried: 0 } } = call;
    const most = Math.min(retries, call.mostRetries ?? retries);
    let { retried, lostAt } = earlier;
    let refused = 0;
    let isFresh = false;
    for (let attempts = earlier.attempts + 1; ; attempts++) {
      const slot = await this.#acquire(call);
      if (slot === 'late') return { kind: 'late', earlier: { attempts: attempts - 1, retried, lostAt } };
      await this.#begin(call, slot, lostAt !== undefined);
      const attempt = await this.transport.attempt(call, attempts, isFresh);
      isFresh = attempt.kind === 'broken' && attempt.wasStale === true;
      if (isFresh) {
        // The server closed it while it was idle: that says nothing of the API.
        slot.end({ kind: 'unused' });
        if (mayBeDone(call, attempt)) lostAt = attempt.sentAt ?? lostAt;
        continue;
      }
      const reply = this.#connectionError(attempt) ?? judge(call, attempt, attempts);
      const ended = slot.end(endOf(attempt, reply));
      if (isSyncError(reply)) {
        // No other call can fare better.
        stop.abort(reply);
        throw reply;
      }
      if (reply === 'rate_limited') {
        if (mayBeDone(call, attempt)) lostAt = attempt.sentAt;
        onEvent({ type: 'rate_limited', kind, path, refused: ++refused });
        if (refused < MOST_REFUSALS) continue;
        stop.abort(new SyncError('api_rate_limited', { attempts: refused }));
        throw stop.signal.reason;
      }
      refused = 0;
      if (reply.kind === 'unanswered' && mayBeDone(call, attempt)) lostAt = attempt.sentAt ?? lostAt;
      if (lostAt !== undefined) reply.lostAt = lostAt;
      if (reply.kind !== 'unanswered' || reply.isFinal) return reply;
      // What fails in an outage says nothing of this call: it waits until the API is back.
      const counts = ended !== 'outage';
      if (counts && retried >= most) return reply;
      if (counts) retried++;
      const { code, status } = reply;
      onEvent({ type: 'retry', kind, path, code, ...(status === undefined ? {} : { status }), retried });
      await sleep(backoffDelay(Math.max(1, retried), Math.random()), stop.signal);
    }
  }

  #connectionError(attempt: Attempt): SyncError | undefined {
    const error = this.#everReached ? undefined : this.transport.connectionError(attempt);
    if (error === undefined && attempt.sentAt !== undefined) this.#everReached = true;
    return error;
  }

  close(): void {
    this.transport.close();
  }

  /** @throws what ends the run, which then ends for every call */
  async #acquire({ kind, until = Infinity }: Pick<Call<unknown>, 'kind'> & { until?: number }): Promise<Slot | 'late'> {
    const { stop, onEvent } = this.options;
    try {
      // What settles how a row ended goes before what begins others. While a plan is made, reads are all there is.
      return await this.budget.acquire({ kind, first: kind !== 'patch', until, signal: stop.signal });
    } catch (error) {
      if (!stop.signal.aborted && isSyncError(error)) {
        onEvent({ type: 'warning', code: 'budget_spent', facts: { why: error.code, ...error.facts } });
      }
      stop.abort(error);
      throw stop.signal.reason;
    }
  }

  async #begin({ onBegin }: Call<unknown>, slot: Slot, lost: boolean): Promise<void> {
    try {
      await onBegin?.(lost);
    } catch (error) {
      slot.end({ kind: 'unused' });
      throw error;
    }
  }
}
