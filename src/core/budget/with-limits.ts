import type { Clock } from '../model/clock.js';
import type { DeadlineReason } from '../model/error-facts.js';
import { SyncError } from '../model/errors.js';
import type { Budget, Estimate, Slot, SlotRequest } from './budget.js';
import { nextDeadline, type Deadline } from './deadline.js';

export interface Limits {
  maxRequests: number | undefined;
  deadlines: readonly Deadline[];
}

/** What is in flight must end before the deadline, and may take so many times as long as the slowest request until now. */
const SLOWEST_TIMES = 2;

/** Ends the run when it has sent as many requests as it may, or when its time is up. */
export function withLimits(inner: Budget, limits: Limits, clock: Clock): LimitedBudget {
  return new LimitedBudget(inner, limits, clock);
}

export class LimitedBudget implements Budget {
  #begun = 0;
  #slowestMs = 0;
  /** Those that wait for a slot. */
  readonly #waiting = new Set<AbortController>();

  constructor(
    private readonly inner: Budget,
    private readonly limits: Limits,
    private readonly clock: Clock,
  ) {}

  estimate(calls: number): Promise<Estimate> {
    return this.inner.estimate(calls);
  }

  get #isUnlimited(): boolean {
    return this.limits.maxRequests === undefined && this.limits.deadlines.length === 0;
  }

  /** Counts a request that took no slot. */
  count(): void {
    this.#begun++;
    const over = this.#whatIsOver();
    if (over) this.#refuse(over);
  }

  async acquire(call: SlotRequest): Promise<Slot | 'late'> {
    call.signal.throwIfAborted();
    const over = this.#whatIsOver();
    if (over) throw over;
    // Where nothing can run out, there is nothing to wait with.
    const slot = await (this.#isUnlimited ? this.inner.acquire(call) : this.#wait(call));
    if (slot === 'late') return slot;
    // Others may have taken the last ones meanwhile.
    const end = call.signal.aborted ? (call.signal.reason as Error) : this.#whatIsOver();
    if (end) {
      slot.end({ kind: 'unused' });
      throw end;
    }
    this.#begun++;
    return { startedAt: slot.startedAt, end: (how) => this.#end(slot, how) };
  }

  /** Waits for a slot, unless there can be none in time. */
  async #wait(call: SlotRequest): Promise<Slot | 'late'> {
    const waiter = new AbortController();
    const giveUp = (): void => waiter.abort(call.signal.reason);
    call.signal.addEventListener('abort', giveUp, { once: true });
    this.#waiting.add(waiter);
    try {
      const slot = this.inner.acquire({ ...call, signal: waiter.signal });
      void this.#look();
      return await slot;
    } finally {
      this.#waiting.delete(waiter);
      call.signal.removeEventListener('abort', giveUp);
    }
  }

  #end(slot: Slot, how: Parameters<Slot['end']>[0]): ReturnType<Slot['end']> {
    if (how.kind === 'answered') {
      this.#slowestMs = Math.max(this.#slowestMs, this.clock.monotonic() - slot.startedAt);
    }
    if (how.kind === 'unused') this.#begun--;
    const ended = slot.end(how);
    void this.#look();
    return ended;
  }

  /** What of the budget is used up, if anything is. */
  #whatIsOver(): SyncError | undefined {
    const { maxRequests, deadlines } = this.limits;
    if (maxRequests !== undefined && this.#begun >= maxRequests) {
      return new SyncError('max_requests', { limit: maxRequests });
    }
    const { leftMs, reason } = nextDeadline(deadlines, this.clock);
    return reason && leftMs <= SLOWEST_TIMES * this.#slowestMs ? new SyncError('deadline', reason) : undefined;
  }

  /** Those that wait need not wait for an allowance that opens again only after the deadline. */
  async #look(): Promise<void> {
    if (this.limits.deadlines.length === 0 || this.#waiting.size === 0) return;
    const { firstMs } = await this.inner.estimate(1);
    const { leftMs, reason } = nextDeadline(this.limits.deadlines, this.clock);
    if (firstMs >= leftMs) this.#refuse(new SyncError('deadline_before_allowance', reason as DeadlineReason));
  }

  #refuse(error: SyncError): void {
    for (const waiter of this.#waiting) waiter.abort(error);
  }
}
