import { EventEmitter, once } from 'node:events';
import type { Clock } from '../model/clock.js';
import { SyncError } from '../model/errors.js';
import type { OnEvent } from '../model/events.js';
import { LONGEST_TIMER_MS } from '../model/sleep.js';
import { Breaker } from './breaker.js';
import type { Budget, CallEnd, Estimate, Slot, SlotRequest } from './budget.js';

export interface OutageDeps {
  /** Asks the API whether it is there, with a single call past the budget. Never rejects. */
  probe: () => Promise<boolean>;
  /** For how long the API may be down until the run ends, milliseconds. */
  outageLimit: number;
  clock: Clock;
  onEvent: OnEvent;
}

/** Holds calls back while the API is down, asks now and then whether it is back, and gives up after a while. */
export function withOutage(inner: Budget, deps: OutageDeps): Budget {
  return new OutageBudget(inner, deps);
}

class OutageBudget implements Budget {
  readonly #breaker = new Breaker();
  /** Says `look` to those that are held back: one of them may be let in, or all. */
  readonly #held = new EventEmitter().setMaxListeners(0);
  #timer: unknown;
  #everAnswered = false;
  #probing = false;
  /** A call is on trial. */
  #trying = false;

  constructor(
    private readonly inner: Budget,
    private readonly deps: OutageDeps,
  ) {}

  estimate(calls: number): Promise<Estimate> {
    return this.inner.estimate(calls);
  }

  async acquire(call: SlotRequest): Promise<Slot | 'late'> {
    for (;;) {
      const onTrial = await this.#pass(call.signal);
      let slot: Slot | 'late' | undefined;
      try {
        slot = await this.inner.acquire(call);
        if (slot === 'late') return slot;
        const { state } = this.#breaker;
        if (state === 'closed' || (onTrial && state === 'trial')) return this.#watch(slot, onTrial);
        // The API went down while this call waited for its turn.
        slot.end({ kind: 'unused' });
        slot = undefined;
      } finally {
        if (onTrial && typeof slot !== 'object') {
          this.#trying = false;
          this.#changed();
        }
      }
    }
  }

  /**
   * Waits while the API is down.
   * @returns whether the call is the one that is tried
   */
  async #pass(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      signal.throwIfAborted();
      const { state, downSince } = this.#breaker;
      if (state === 'closed') return false;
      if (state === 'trial' && !this.#trying) return (this.#trying = true);
      const downMs = this.#now() - downSince;
      if (state === 'asked' && downMs >= this.deps.outageLimit) {
        throw new SyncError('outage', { seconds: Math.round(downMs / 1000) });
      }
      const look = once(this.#held, 'look', { signal });
      this.#schedule();
      await look.catch(() => {
        if (this.#held.listenerCount('look') === 0) this.deps.clock.clearTimeout(this.#timer);
        signal.throwIfAborted();
      });
    }
  }

  #watch(slot: Slot, onTrial: boolean): Slot {
    return {
      startedAt: slot.startedAt,
      end: (how) => {
        this.#judge(how);
        slot.end(how);
        if (onTrial) this.#trying = false;
        this.#changed();
        // The API answers again where a call is tried: what fails then is the call's own failure.
        return this.#breaker.state === 'asked' && !onTrial ? 'outage' : undefined;
      },
    };
  }

  #judge({ kind }: CallEnd): void {
    if (kind === 'answered') this.#breaker.succeeded();
    if (kind === 'answered' || kind === 'refused') this.#everAnswered = true;
    // An API that never answered is no outage to wait for: its address may be wrong.
    else if (kind !== 'unused' && this.#everAnswered) this.#breaker.failed(this.#now());
  }

  /** Those that are held back look again, and see to it that the API is asked if they go on waiting. */
  #changed(): void {
    this.deps.clock.clearTimeout(this.#timer);
    this.#held.emit('look');
  }

  #now(): number {
    return this.deps.clock.monotonic();
  }

  /** Sees to it that the API is asked, as long as calls are held back. */
  #schedule(): void {
    const { clock, outageLimit } = this.deps;
    const { state, downSince, asksAt } = this.#breaker;
    clock.clearTimeout(this.#timer);
    if (this.#probing || state === 'trial') return;
    const now = this.#now();
    const last = downSince + outageLimit;
    const at = now < last ? Math.min(asksAt, last) : asksAt;
    this.#timer = clock.setTimeout(() => void this.#ask(), Math.min(Math.max(0, at - now), LONGEST_TIMER_MS));
  }

  /** One call asks whether the API is back, and everyone waits for what it says. */
  async #ask(): Promise<void> {
    this.#probing = true;
    const { onEvent, probe } = this.deps;
    onEvent({ type: 'waiting', for: 'outage', ms: this.#now() - this.#breaker.downSince });
    const isUp = await probe();
    this.#probing = false;
    this.#breaker.asked(isUp, this.#now());
    if (isUp) onEvent({ type: 'info', code: 'api_back', facts: {} });
    this.#changed();
  }
}
