import type { OnEvent } from '../model/events.js';
import type { RateLimitWord } from './rate-limit.js';
import { SyncError } from '../model/errors.js';
import { LONGEST_TIMER_MS } from '../model/sleep.js';
import { Breaker } from './breaker.js';
import { WALL_CLOCK, type Clock } from '../model/clock.js';
import { Concurrency } from './concurrency.js';
import type { Deadline } from './deadline.js';
import { estimateMs } from './estimate.js';
import { Pacer } from './pacer.js';
import type { Rate, Reserve } from './rate.js';

/** What a run may spend. Durations are milliseconds, times epoch milliseconds. */
export interface Budget {
  /** Spent until the API says better; undefined: no limit of our own. */
  rate: Rate | undefined;
  reserve: Reserve;
  concurrency: number;
  maxRequests: number | undefined;
  /** When the run is to have ended. */
  deadline: Deadline | undefined;
  outageLimit: number;
}

/** How a call ended, as far as the budget is concerned. */
export type CallEnd =
  | { kind: 'answered'; word: RateLimitWord }
  /** 429. */
  | { kind: 'refused'; word: RateLimitWord }
  /** 5xx, which the server counted. */
  | { kind: 'failed'; word: RateLimitWord }
  /** No answer at all. */
  | { kind: 'lost' };

export interface GateDeps {
  /** Aborted by the gate when the budget is used up; when it is aborted, all who wait are let go with its reason. */
  stop: AbortController;
  onEvent: OnEvent;
  /** Asks the API whether it is there, with a single call past the gate. */
  probe: () => Promise<boolean>;
  /** Default: the machine's. */
  clock?: Clock;
  /** From 0 to 1. Default: Math.random. */
  random?: () => number;
}

interface Waiter {
  /** From then on the call is not to be made. Epoch milliseconds. */
  until: number;
  resolve: (begunAt: number | 'late') => void;
  reject: (reason: unknown) => void;
}

/** Waits shorter than this are not worth a line in the log. */
const TOLD_WAIT_MS = 1000;
/** Shorter ones than this that follow one another closely are told once in a while. */
const TOLD_ALWAYS_MS = 10_000;
const TOLD_EVERY_MS = 60_000;

/**
 * The one gate that every call passes: reads, writes and retries alike. It asks the pacer, the concurrency bound and the
 * breaker, which decide without a clock, and keeps those who wait in a queue of its own.
 */
export class Gate {
  readonly #pacer: Pacer;
  readonly #concurrency: Concurrency;
  readonly #breaker = new Breaker();
  readonly #waiters: Waiter[] = [];
  readonly #clock: Clock;
  #timer: unknown;
  #closedSince: number | undefined;
  #toldAt = -Infinity;
  #begun = 0;
  #slowestMs = 0;
  #everAnswered = false;
  #probing = false;

  constructor(
    private readonly budget: Budget,
    private readonly deps: GateDeps,
  ) {
    this.#clock = deps.clock ?? WALL_CLOCK;
    this.#pacer = new Pacer(budget.rate, budget.reserve);
    this.#concurrency = new Concurrency(budget.concurrency);
    deps.stop.signal.addEventListener('abort', () => this.#letGo());
  }

  /** How long so many calls will take, milliseconds, as things stand. */
  estimateMs(calls: number): number {
    const allowance = this.#pacer.allowance(this.#begun);
    return allowance ? estimateMs(calls, allowance, this.budget.reserve, this.#clock.now()) : 0;
  }

  /** The API is down for every call: what fails now says nothing of the single one. */
  get isOutage(): boolean {
    return this.#breaker.isConfirmed;
  }

  /**
   * @param first before those that wait
   * @param until a call that could begin only later is not to be made
   * @returns when the call began, to be handed to `end`; `late` where it did not
   * @throws the stop signal's reason
   */
  pass(first?: boolean): Promise<number>;
  pass(first: boolean, until: number): Promise<number | 'late'>;
  pass(first = false, until = Infinity): Promise<number | 'late'> {
    return new Promise((resolve, reject) => {
      const waiter = { until, resolve, reject };
      if (first) this.#waiters.unshift(waiter);
      else this.#waiters.push(waiter);
      this.#pump();
    });
  }

  /** Every call that passed ends here, once. */
  end(begunAt: number, end: CallEnd): void {
    const now = this.#clock.now();
    switch (end.kind) {
      case 'answered':
        this.#slowestMs = Math.max(this.#slowestMs, now - begunAt);
        this.#everAnswered = true;
        this.#pacer.answered(end.word, begunAt, now);
        this.#concurrency.succeeded(now - begunAt);
        this.#breaker.succeeded();
        break;
      case 'refused':
        this.#everAnswered = true;
        this.#pacer.refused(end.word, begunAt, now, (this.deps.random ?? Math.random)());
        this.#concurrency.failed();
        break;
      case 'failed':
        this.#pacer.answered(end.word, begunAt, now);
        this.#failed(now);
        break;
      case 'lost':
        this.#pacer.lost(begunAt, now);
        this.#failed(now);
        break;
    }
    this.#pump();
  }

  #failed(now: number): void {
    this.#concurrency.failed();
    // An API that never answered is no outage to wait for: its address may be wrong.
    if (this.#everAnswered) this.#breaker.failed(now);
  }

  /** Lets calls begin as long as they may, and otherwise looks again when the next one may. */
  #pump(): void {
    this.#clock.clearTimeout(this.#timer);
    while (this.#waiters.length > 0) {
      if (this.deps.stop.signal.aborted) return this.#letGo();
      const now = this.#clock.now();
      const over = this.#whatIsOver(now);
      if (over !== undefined) return this.#stop(over);
      const { downSince, asksAt, isOnTrial } = this.#breaker;
      if (downSince !== undefined && !isOnTrial) {
        const last = downSince + this.budget.outageLimit;
        return this.#await(now < last ? Math.min(asksAt, last) : asksAt, () => void this.#ask());
      }
      const at = this.#pacer.nextAt(now, isOnTrial ? 1 : this.#concurrency.allowed);
      if (at > now) return this.#close(at, now);
      this.#reopen(now);
      const { until, resolve } = this.#waiters.shift()!;
      resolve(now < until ? this.#begin(now) : 'late');
    }
  }

  #begin(now: number): number {
    this.#begun++;
    this.#pacer.begin(now);
    return now;
  }

  /** What of the budget is used up, if anything is. */
  #whatIsOver(now: number): SyncError | undefined {
    const { maxRequests, deadline, outageLimit } = this.budget;
    if (maxRequests !== undefined && this.#begun >= maxRequests) {
      return new SyncError('max_requests', { limit: maxRequests });
    }
    // What is in flight must end before the deadline, so nothing begins just before it.
    if (deadline && now + 2 * this.#slowestMs >= deadline.at) return new SyncError('deadline', deadline.reason);
    if (this.#pacer.leavesNothing()) return new SyncError('reserve', {});
    const { downSince: down, wasAsked, isOnTrial } = this.#breaker;
    // A call on trial may wait for the rate limit, which is an answer.
    if (down !== undefined && wasAsked && !isOnTrial && now - down >= outageLimit) {
      return new SyncError('outage', { seconds: Math.round((now - down) / 1000) });
    }
    return undefined;
  }

  /** Stands still until a time, or until an answer where that is what the next call waits for (Infinity). */
  #close(at: number, now: number): void {
    if (at === Infinity) return;
    const { deadline } = this.budget;
    if (deadline && at >= deadline.at) {
      return this.#stop(new SyncError('deadline_before_allowance', deadline.reason));
    }
    const isNews = at - now >= TOLD_ALWAYS_MS || now - this.#toldAt >= TOLD_EVERY_MS;
    if (this.#closedSince === undefined && at - now >= TOLD_WAIT_MS && isNews) {
      this.#toldAt = now;
      this.deps.onEvent({ type: 'waiting', for: 'rate_limit', ms: at - now });
    }
    this.#closedSince ??= now;
    this.#await(at, () => this.#pump());
  }

  #reopen(now: number): void {
    if (this.#closedSince === undefined) return;
    this.deps.onEvent({ type: 'waited', ms: now - this.#closedSince });
    this.#closedSince = undefined;
  }

  #await(at: number, then: () => void): void {
    this.#timer = this.#clock.setTimeout(then, Math.min(Math.max(0, at - this.#clock.now()), LONGEST_TIMER_MS));
  }

  /** The API is down: one call asks whether it is back, and everyone waits for what it says. */
  async #ask(): Promise<void> {
    if (this.#probing) return;
    this.#probing = true;
    const ms = this.#clock.now() - (this.#breaker.downSince ?? 0);
    this.deps.onEvent({ type: 'waiting', for: 'outage', ms });
    this.#begun++;
    const isUp = await this.deps.probe();
    this.#probing = false;
    this.#breaker.asked(isUp, this.#clock.now());
    if (isUp) this.deps.onEvent({ type: 'info', code: 'api_back', facts: {} });
    this.#pump();
  }

  #stop(reason: SyncError): void {
    this.deps.onEvent({ type: 'warning', code: 'budget_spent', facts: { why: reason.code, ...reason.facts } });
    this.deps.stop.abort(reason);
  }

  #letGo(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#reopen(this.#clock.now());
    for (const { reject } of this.#waiters.splice(0)) reject(this.deps.stop.signal.reason);
  }
}
