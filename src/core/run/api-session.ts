import { ApiClient, Transport } from '../api/client.js';
import type { Proxy } from '../api/proxy.js';
import type { Budget } from '../budget/budget.js';
import { ContactsApi } from '../contacts/contacts-api.js';
import { Vocabulary } from '../contacts/vocabulary.js';
import type { Deadline } from '../budget/deadline.js';
import { newBudget } from '../budget/new-budget.js';
import type { Rate, Reserve } from '../budget/rate.js';
import type { SharedAllowance } from '../budget/shared-allowance.js';
import { MACHINE_CLOCK } from '../model/clock.js';
import type { OnEvent, Phase } from '../model/events.js';
import type { ReadWay } from '../model/read-choice.js';
import { sleepUntil } from '../model/sleep.js';

/** What is to be known of the API, checked and with defaults applied. Durations are milliseconds. */
export interface ApiOptions {
  baseUrl: string;
  apiPrefix: string;
  key: string;
  /** That all requests go through; by default they go directly. */
  proxy?: Proxy | undefined;
  concurrency: number;
  rate: Rate | undefined;
  reserve: Reserve;
  maxRequests: number | undefined;
  deadlines: readonly Deadline[];
  outageLimit: number;
  retries: number;
  timeout: number;
  reads: 'auto' | ReadWay;
  /** Where the organisation's mirror is, once the run is claimed, and how old it may grow, if one is to be kept. */
  mirror: { dir: () => Promise<string>; maxAge: number } | undefined;
  /** Values read longer ago than this are read again before they are written over. */
  planMaxAge: number;
}

export interface ApiSessionDeps {
  /** Aborted when the job is to end: no row is begun any more, waits end, requests in flight are left to end. */
  stop: AbortController;
  emit: OnEvent;
}

/** One process's dealings with the API, and what is known of it. */
export class ApiSession {
  readonly stop: AbortController;
  /** Tells all who listen of an event. */
  readonly emit: OnEvent;
  readonly api: ContactsApi;
  readonly vocabulary: Vocabulary;
  protected readonly budget: Budget;
  protected readonly client: ApiClient;
  #toldOfLost = false;
  #shared: SharedAllowance | undefined;

  constructor(
    readonly options: ApiOptions,
    { stop, emit }: ApiSessionDeps,
  ) {
    this.stop = stop;
    this.emit = emit;
    const transport = new Transport({ ...options, timeoutMs: options.timeout, onEvent: emit });
    this.budget = newBudget(options, {
      probe: () => transport.probe(),
      onEvent: emit,
      shared: () => this.#shared,
    });
    this.client = new ApiClient(transport, this.budget, { retries: options.retries, stop, onEvent: emit });
    this.api = new ContactsApi(this.client, options.apiPrefix);
    this.vocabulary = new Vocabulary(this.api);
  }

  /** @param total 0 where it is not known */
  progress(phase: Phase, done: number, total: number): void {
    this.emit({ type: 'phase', phase, done, total });
  }

  /**
   * Waits until a request that was never answered is taken to be over, carried out or not: until its time-out has passed
   * since it was sent. What is read of its contact before that says nothing.
   * @param sentAt by the monotonic clock, milliseconds
   * @throws the stop signal's reason
   */
  async outlast(sentAt: number): Promise<void> {
    const over = sentAt + this.options.timeout;
    const ms = over - MACHINE_CLOCK.monotonic();
    if (ms <= 0) return;
    if (!this.#toldOfLost) this.emit({ type: 'waiting', for: 'unanswered', ms });
    this.#toldOfLost = true;
    await sleepUntil(over, this.stop.signal);
  }

  /**
   * Waits until nothing was written for so long.
   * @param writtenAt when something was written last, epoch milliseconds
   * @throws the stop signal's reason
   */
  async leaveAlone(writtenAt: number, ms: number): Promise<void> {
    // A clock that was set back must not make anyone wait longer.
    const left = Math.min(ms, writtenAt + ms - Date.now());
    if (left <= 0) return;
    this.emit({ type: 'waiting', for: 'canary', ms: left });
    await sleepUntil(MACHINE_CLOCK.monotonic() + left, this.stop.signal);
  }

  /** As `outlast`, for a request of an earlier process. @param sentAt epoch milliseconds */
  outlastPast(sentAt: number): Promise<void> {
    return this.outlast(MACHINE_CLOCK.monotonic() - Math.max(0, Date.now() - sentAt));
  }

  /** From now on, calls are leased of what the organisation's runs share. */
  share(allowance: SharedAllowance): void {
    this.#shared = allowance;
  }

  async close(): Promise<void> {
    this.client.close();
    await this.#shared?.leave();
  }
}
