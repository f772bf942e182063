import type { Clock } from '../../../src/core/model/clock.js';
import { newBudget, type BudgetOptions } from '../../../src/core/budget/new-budget.js';
import type { RateLimitInfo } from '../../../src/core/budget/rate-limit.js';
import { BUDGET } from '../../support/api.js';
import type { SimulatedServer } from './simulated-servers.js';

/** What became of one client's calls. Times are milliseconds. */
export interface Told {
  taken: number;
  /** Refused calls, by the time at which they were refused. */
  refusedAt: number[];
  /** Calls that were taken while no more than the reserve was left, by what was left. */
  intoReserve: number[];
  /** When the last call was answered. */
  endedAt: number;
}

export interface World {
  server: SimulatedServer;
  /** When our clients begin. */
  startsAt: number;
  endsAt: number;
  /** The budgets of our own clients. */
  clients: readonly Partial<BudgetOptions>[];
  /** How many calls each of them has to make. */
  work: number;
  /** The reserve in calls, for `intoReserve`. */
  reserve: number;
  /** How long a call is under way, drawn for each. */
  latencyMs: () => number;
  /** When other integrations call next, and how often at once; Infinity: never. */
  others: () => { afterMs: number; calls: number };
  random: () => number;
}

interface Timed {
  at: number;
  then: () => void;
  /** Someone may wait for what comes of it. */
  wakes: boolean;
}

/** Looked up once: in Jest's contexts a global is slow to find, and simulated time has millions of turns. */
const { max } = Math;
const turnOver = Promise.resolve();

/** Time that passes from one event to the next, as fast as they can be worked off. */
class SimulatedClock implements Clock {
  #now = 0;
  #events: Timed[] = [];

  now = (): number => this.#now;

  monotonic = (): number => this.#now;

  setTimeout = (then: () => void, ms: number): unknown => this.schedule(then, ms, true);

  schedule(then: () => void, ms: number, wakes: boolean): unknown {
    const event = { at: this.#now + max(0, ms), then, wakes };
    const after = this.#events.findLastIndex((other) => other.at <= event.at);
    this.#events.splice(after + 1, 0, event);
    return event;
  }

  clearTimeout = (event: unknown): void => {
    const at = this.#events.indexOf(event as Timed);
    if (at !== -1) this.#events.splice(at, 1);
  };

  async run(until: number): Promise<void> {
    for (let wakes = true; ;) {
      // Whoever waited for what has just happened continues before time does.
      if (wakes) for (let turn = 0; turn < 10; turn++) await turnOver;
      const next = this.#events[0];
      if (!next || next.at >= until) break;
      this.#events.shift();
      this.#now = next.at;
      next.then();
      ({ wakes } = next);
    }
    this.#now = until;
  }
}

/** Runs our clients, each behind a gate of its own, and other integrations against a server for so long. */
export async function simulate(world: World): Promise<{ clients: Told[]; others: number }> {
  const clock = new SimulatedClock();
  const { server, others, startsAt, endsAt } = world;
  let taken = 0;
  const spend = (): void => {
    const { afterMs, calls } = others();
    if (afterMs === Infinity) return;
    const take = (): void => {
      for (let call = 0; call < calls; call++)
        if (server.take(clock.now()).accepted && clock.now() >= startsAt) taken++;
      spend();
    };
    clock.schedule(take, afterMs, false);
  };
  spend();
  await clock.run(startsAt);
  const clients = world.clients.map((budget) => startClient(clock, world, { ...BUDGET, ...budget }));
  await clock.run(endsAt);
  return { clients, others: taken };
}

function startClient(clock: SimulatedClock, world: World, options: BudgetOptions): Told {
  const { server, latencyMs, random } = world;
  const told: Told = { taken: 0, refusedAt: [], intoReserve: [], endedAt: 0 };
  let inFlight = 0;
  const { signal } = new AbortController();
  const deps = { clock, random, onEvent: () => undefined, probe: () => Promise.resolve(true) };
  const budget = newBudget(options, deps);
  const work = async (): Promise<void> => {
    if (told.taken + inFlight >= world.work) return;
    inFlight++;
    const slot = await budget.acquire({ kind: 'patch', signal });
    if (slot === 'late') throw new Error('a call without an end is late');
    const latency = latencyMs();
    const arrive = (): void => {
      const left = server.remaining(clock.now());
      const takenAt = clock.now();
      const { accepted, info } = server.take(takenAt);
      if (!accepted) told.refusedAt.push(clock.now());
      else if (++told.taken && left < world.reserve + 1) told.intoReserve.push(left);
      clock.setTimeout(() => {
        inFlight--;
        told.endedAt = clock.now();
        slot.end({ kind: accepted ? 'answered' : 'refused', info: later(info, clock.now() - takenAt) });
        void work();
      }, latency / 2);
    };
    clock.schedule(arrive, latency / 2, false);
  };
  for (let worker = 0; worker < options.concurrency; worker++) void work();
  return told;
}

/** What was said some time ago. */
function later({ resetMs, retryMs, ...info }: RateLimitInfo, ms: number): RateLimitInfo {
  return {
    ...info,
    ...(resetMs === undefined ? {} : { resetMs: resetMs - ms }),
    ...(retryMs === undefined ? {} : { retryMs: retryMs - ms }),
  };
}
