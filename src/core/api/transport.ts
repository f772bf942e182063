import http from 'node:http';
import https from 'node:https';
import got, { RequestError, type Got } from 'got';
import { nextDeadline, type Deadline } from '../budget/deadline.js';
import { readRateLimit } from '../budget/rate-limit.js';
import { MACHINE_CLOCK, type Clock } from '../model/clock.js';
import type { OnEvent } from '../model/events.js';
import { redactor, type Redact } from '../model/redact.js';
import { LONGEST_TIMER_MS } from '../model/sleep.js';
import { describeError, parseJson } from './answer-text.js';
import { boundAnswer, MAX_ANSWER_BYTES } from './bound-answer.js';
import type { Call } from './call.js';
import { classifyStatus } from './classify.js';
import { shown, type Attempt } from './judge.js';
import { watchSending, type Sending } from './watch-sending.js';

export interface TransportOptions {
  baseUrl: string;
  key: string;
  timeoutMs: number;
  /** The most connections. */
  concurrency: number;
  deadlines: readonly Deadline[];
  onEvent: OnEvent;
  /** Default: the machine's. */
  clock?: Clock;
  /** Larger answers are cut off. Default: `MAX_ANSWER_BYTES`. */
  maxAnswerBytes?: number;
}

const SHORTEST_TIMEOUT_MS = 1000;

/** Makes single requests, without a budget and without retries. */
export class Transport {
  readonly #got: Got;
  readonly #agents: { http: http.Agent; https: https.Agent };
  readonly #clock: Clock;
  readonly #redact: Redact;

  constructor(private readonly options: TransportOptions) {
    const { key, concurrency, clock = MACHINE_CLOCK } = options;
    this.#clock = clock;
    this.#redact = redactor(key);
    const keepAlive = { keepAlive: true, maxSockets: concurrency };
    this.#agents = { http: new http.Agent(keepAlive), https: new https.Agent(keepAlive) };
    this.#got = got.extend({
      agent: this.#agents,
      headers: { authorization: `Bearer ${key}`, accept: 'application/json', 'user-agent': 'contact-sync' },
      // The client decides on retries: each must take a slot, and a wait for the rate limit must not count as a try.
      retry: { limit: 0 },
      throwHttpErrors: false,
      // A redirect could carry the key to another host.
      followRedirect: false,
    });
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
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

  /** @param number of the attempt, from 1 */
  async attempt(call: Call<unknown>, number: number): Promise<Attempt> {
    const { kind } = call;
    const path = shown(call);
    const begunAt = this.#clock.monotonic();
    this.options.onEvent({ type: 'request', kind, path });
    const attempt = await this.#send(call);
    const status = attempt.kind === 'answered' ? { status: attempt.status } : {};
    const ms = Math.round(this.#clock.monotonic() - begunAt);
    this.options.onEvent({ type: 'response', kind, path, attempt: number, ...status, ms });
    return attempt;
  }

  async #send(call: Call<unknown>): Promise<Attempt> {
    const { baseUrl, maxAnswerBytes = MAX_ANSWER_BYTES } = this.options;
    const begunAt = MACHINE_CLOCK.monotonic();
    const sending: Sending = { at: undefined };
    let cutOff: ReturnType<typeof boundAnswer> | undefined;
    try {
      const answer = this.#got(baseUrl.replace(/\/+$/, '') + call.path, {
        method: call.method,
        responseType: 'text',
        timeout: { request: this.#timeoutMs() },
        ...(call.json === undefined ? {} : { json: call.json }),
      });
      void answer.on('request', (request) => watchSending(request, sending));
      cutOff = boundAnswer(answer, maxAnswerBytes);
      const { headers, statusCode: status, body: text } = await answer;
      const info = readRateLimit(headers, this.#clock.now());
      // The API's words go to files and terminals: one that echoes the key must not put it there.
      const words = classifyStatus(status) === 'ok' ? '' : describeError(text, this.#redact);
      return { kind: 'answered', status, text, words, info, sentAt: sending.at ?? begunAt };
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      const head = cutOff?.();
      const message = this.#redact(error.message);
      if (head === undefined) return { kind: 'broken', code: error.code, message, sentAt: sending.at };
      const info = readRateLimit(head.headers, this.#clock.now());
      const cutAs = `(larger than ${sizeOf(maxAnswerBytes)})`;
      const cut = { text: '', words: cutAs, cutAs };
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

/** `64 MB`. */
function sizeOf(bytes: number): string {
  return bytes < 1024 * 1024 ? `${bytes} bytes` : `${Math.floor(bytes / 1024 / 1024)} MB`;
}
