import type { Clock } from '../model/clock.js';
import { SyncError } from '../model/errors.js';
import type { OnEvent } from '../model/events.js';
import { LONGEST_TIMER_MS } from '../model/sleep.js';
import type { Budget, CallEnd, Estimate, Slot, SlotRequest } from './budget.js';
import { Concurrency } from './concurrency.js';
import { Pacer } from './pacer.js';
import type { Rate, Reserve } from './rate.js';

export interface Pace {
  /** Spent until the API reports a limit; undefined: no limit of our own. */
  rate: Rate | undefined;
  reserve: Reserve;
  /** The most requests in flight. */
  concurrency: number;
}

export interface PaceDeps {
  clock: Clock;
  onEvent: OnEvent;
  /** From 0 to 1. Default: Math.random. */
  random?: () => number;
}

interface Waiter {
  call: SlotRequest;
  resolve: (slot: Slot | 'late') => void;
  reject: (reason: unknown) => void;
  /** Looks again when the caller gives up. */
  onAbort: () => void;
}

/** Waits shorter than this are not worth a line in the log. */
const TOLD_WAIT_MS = 1000;
/** Waits shorter than this that follow one another closely are told once in a while. */
const TOLD_ALWAYS_MS = 10_000;
const TOLD_EVERY_MS = 60_000;

/** The budget of one process, paced by what the API's answers say of the allowance. */
export function byHeaders(pace: Pace, deps: PaceDeps): Budget {
  return new PacedBudget(pace, deps);
}

class PacedBudget implements Budget {
  readonly #pacer: Pacer;
  readonly #concurrency: Concurrency;
  #waiters: Waiter[] = [];
  #timer: unknown;
  #closedSince: number | undefined;
  #toldAt = -Infinity;
  #begun = 0;

  constructor(
    { rate, reserve, concurrency }: Pace,
    private readonly deps: PaceDeps,
  ) {
    this.#pacer = new Pacer(rate, reserve);
    this.#concurrency = new Concurrency(concurrency);
  }

  estimate(calls: number): Promise<Estimate> {
    const now = this.#now();
    const at = this.#pacer.nextAt(now, Infinity);
    // What an answer decides may be at once.
    const firstMs = at === Infinity ? 0 : Math.max(0, at - now);
    const lastMs = Math.max(firstMs, this.#pacer.estimateMs(calls, this.#begun, now));
    return Promise.resolve({ firstMs, lastMs, left: this.#pacer.left });
  }

  acquire(call: SlotRequest): Promise<Slot | 'late'> {
    return new Promise((resolve, reject) => {
      const waiter = { call, resolve, reject, onAbort: () => this.#pump() };
      call.signal.addEventListener('abort', waiter.onAbort, { once: true });
      if (call.first) this.#waiters.unshift(waiter);
      else this.#waiters.push(waiter);
      this.#pump();
    });
  }

  #now(): number {
    return this.deps.clock.monotonic();
  }

  /** Lets calls begin as long as they may, and otherwise looks again when the next one may. */
  #pump(): void {
    this.deps.clock.clearTimeout(this.#timer);
    this.#dropAborted();
    while (this.#waiters.length > 0) {
      if (this.#pacer.leavesNothing()) return this.#refuse(new SyncError('reserve', {}));
      const now = this.#now();
      const at = this.#pacer.nextAt(now, this.#concurrency.allowed);
      if (at > now) return this.#close(at, now);
      this.#reopen(now);
      const { call, resolve, onAbort } = this.#waiters.shift()!;
      call.signal.removeEventListener('abort', onAbort);
      resolve(this.deps.clock.now() < (call.until ?? Infinity) ? this.#begin(now) : 'late');
    }
    this.#reopen(this.#now());
  }

  #dropAborted(): void {
    for (const { call, reject } of this.#waiters.filter(({ call }) => call.signal.aborted)) reject(call.signal.reason);
    this.#waiters = this.#waiters.filter(({ call }) => !call.signal.aborted);
  }

  #refuse(error: SyncError): void {
    this.#reopen(this.#now());
    for (const { call, reject, onAbort } of this.#waiters.splice(0)) {
      call.signal.removeEventListener('abort', onAbort);
      reject(error);
    }
  }

  #begin(startedAt: number): Slot {
    this.#begun++;
    this.#pacer.begin(startedAt);
    return {
      startedAt,
      end: (how) => {
        this.#learn(how, startedAt, this.#now());
        this.#pump();
        return undefined;
      },
    };
  }

  #learn(how: CallEnd, startedAt: number, now: number): void {
    switch (how.kind) {
      case 'answered':
        this.#pacer.answered(how.info, startedAt, now);
        return this.#concurrency.succeeded(now - startedAt);
      case 'refused':
        this.#pacer.refused(how.info, startedAt, now, (this.deps.random ?? Math.random)());
        return this.#concurrency.failed();
      case 'failed':
        this.#pacer.answered(how.info, startedAt, now);
        return this.#concurrency.failed();
      case 'lost':
        this.#pacer.lost(startedAt, now);
        return this.#concurrency.failed();
      case 'unused':
        this.#begun--;
        return this.#pacer.unused();
    }
  }

  /** Stands still until a time, or until an answer if that is what the next call waits for (Infinity). */
  #close(at: number, now: number): void {
    if (at === Infinity) return;
    const { clock, onEvent } = this.deps;
    const isNews = at - now >= TOLD_ALWAYS_MS || now - this.#toldAt >= TOLD_EVERY_MS;
    if (this.#closedSince === undefined && at - now >= TOLD_WAIT_MS && isNews) {
      this.#toldAt = now;
      onEvent({ type: 'waiting', for: 'rate_limit', ms: at - now });
    }
    this.#closedSince ??= now;
    this.#timer = clock.setTimeout(() => this.#pump(), Math.min(at - now, LONGEST_TIMER_MS));
  }

  #reopen(now: number): void {
    if (this.#closedSince === undefined) return;
    this.deps.onEvent({ type: 'waited', ms: now - this.#closedSince });
    this.#closedSince = undefined;
  }
}
