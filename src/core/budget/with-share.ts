import type { Clock } from '../model/clock.js';
import type { OnEvent } from '../model/events.js';
import type { Budget, Estimate, Slot, SlotRequest } from './budget.js';
import type { Pace } from './by-headers.js';
import { LeaseDesk } from './lease-desk.js';
import type { SharedAllowance } from './shared-allowance.js';

/** How long to wait at most before asking again: another process may have heard that there is more. */
const ASK_EVERY_MS = 1000;
/** Shorter waits are not worth a line in the log. */
const TOLD_WAIT_MS = 1000;

export interface ShareDeps {
  clock: Clock;
  onEvent: OnEvent;
  /** Where the allowance is shared; undefined as long as it is not. */
  shared?: () => SharedAllowance | undefined;
}

/**
 * Lets a call begin once it is leased of what several processes share. Before that it takes a slot of the inner budget, which
 * knows what the API told this process, and gives it back where there is no lease.
 */
export function withShare(inner: Budget, pace: Pick<Pace, 'rate' | 'reserve'>, deps: ShareDeps): Budget {
  return deps.shared ? new ShareBudget(inner, pace, { ...deps, shared: deps.shared }) : inner;
}

class ShareBudget implements Budget {
  #joined: { shared: SharedAllowance; desk: LeaseDesk } | undefined;
  #waitsSince: number | undefined;

  constructor(
    private readonly inner: Budget,
    private readonly pace: Pick<Pace, 'rate' | 'reserve'>,
    private readonly deps: Required<ShareDeps>,
  ) {}

  estimate(calls: number): Promise<Estimate> {
    return this.inner.estimate(calls);
  }

  async acquire(call: SlotRequest): Promise<Slot | 'late'> {
    for (;;) {
      const slot = await this.inner.acquire(call);
      const joined = this.#join();
      if (slot === 'late' || joined === undefined) return slot;
      const { shared, desk } = joined;
      // A run that has lost its lock writes nothing more.
      if (call.kind === 'patch') await shared.settled();
      const verdict = call.signal.aborted ? 0 : await desk.lease();
      if (verdict === 'go') {
        const leased = this.#watch(slot, desk);
        if (!call.signal.aborted) return leased;
        leased.end({ kind: 'unused' });
      } else slot.end({ kind: 'unused' });
      call.signal.throwIfAborted();
      if (verdict !== 'go') await this.#wait(verdict, call.signal);
    }
  }

  #join(): { shared: SharedAllowance; desk: LeaseDesk } | undefined {
    const shared = this.deps.shared();
    if (shared && this.#joined?.shared !== shared) {
      this.#joined = { shared, desk: new LeaseDesk(shared, this.pace, this.deps.clock) };
    }
    return this.#joined;
  }

  #watch(slot: Slot, desk: LeaseDesk): Slot {
    const { clock, onEvent } = this.deps;
    if (this.#waitsSince !== undefined) onEvent({ type: 'waited', ms: clock.monotonic() - this.#waitsSince });
    this.#waitsSince = undefined;
    return {
      startedAt: slot.startedAt,
      end: (how) => {
        desk.ended(how, slot.startedAt);
        return slot.end(how);
      },
    };
  }

  /** @throws the signal's reason */
  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    const { clock, onEvent } = this.deps;
    if (this.#waitsSince === undefined && ms >= TOLD_WAIT_MS) {
      this.#waitsSince = clock.monotonic();
      onEvent({ type: 'waiting', for: 'rate_limit', ms });
    }
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(end, Math.max(1, Math.min(ms, ASK_EVERY_MS)));
      function end(): void {
        clock.clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      }
      signal.addEventListener('abort', end, { once: true });
    });
    signal.throwIfAborted();
  }
}
