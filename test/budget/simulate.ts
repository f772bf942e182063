import type { RateLimitWord } from '../../src/api/rate-limit.js';
import { Concurrency } from '../../src/budget/concurrency.js';
import { Pacer } from '../../src/budget/pacer.js';
import type { Reserve } from '../../src/budget/rate.js';

/** A rate limit as a server may keep it. Times are milliseconds. */
export interface SimulatedServer {
  /** Takes a call if there is room; says what the headers would. */
  take(now: number): { accepted: boolean; word: RateLimitWord };
  remaining(now: number): number;
}

export type ServerKind = 'fixed' | 'sliding' | 'bucket';

/** How the server writes times: to the millisecond, or in whole seconds, rounded up. */
export type Precision = 'exact' | 'seconds';

export function makeServer(kind: ServerKind, limit: number, windowMs: number, precision: Precision): SimulatedServer {
  const write = (time: number): number => (precision === 'exact' ? time : Math.ceil(time / 1000) * 1000);
  const room = { fixed: fixedWindow, sliding: slidingWindow, bucket: tokenBucket }[kind](limit, windowMs);
  return {
    remaining: (now) => room.left(now),
    take(now) {
      const accepted = room.left(now) >= 1;
      if (accepted) room.spend(now);
      const resetAt = write(room.resetAt(now));
      const word = { limit, remaining: Math.floor(room.left(now)), resetAt };
      return { accepted, word: accepted ? word : { ...word, retryAt: resetAt } };
    },
  };
}

interface Room {
  left(now: number): number;
  spend(now: number): void;
  resetAt(now: number): number;
}

function fixedWindow(limit: number, windowMs: number): Room {
  let window = -1;
  let used = 0;
  const turn = (now: number): void => {
    if (Math.floor(now / windowMs) === window) return;
    window = Math.floor(now / windowMs);
    used = 0;
  };
  return {
    left: (now) => (turn(now), limit - used),
    spend: () => used++,
    resetAt: () => (window + 1) * windowMs,
  };
}

function slidingWindow(limit: number, windowMs: number): Room {
  const taken: number[] = [];
  const drop = (now: number): void => {
    while (taken.length > 0 && taken[0]! <= now - windowMs) taken.shift();
  };
  return {
    left: (now) => (drop(now), limit - taken.length),
    spend: (now) => taken.push(now),
    resetAt: (now) => (taken[0] ?? now) + windowMs,
  };
}

function tokenBucket(limit: number, windowMs: number): Room {
  let [tokens, at] = [limit, 0];
  const fill = (now: number): void => {
    tokens = Math.min(limit, tokens + ((now - at) * limit) / windowMs);
    at = now;
  };
  return {
    left: (now) => (fill(now), tokens),
    spend: () => tokens--,
    resetAt: (now) => now + ((limit - tokens) * windowMs) / limit,
  };
}

export interface Told {
  /** Calls that the server took, ours and the other client's. */
  ours: number;
  theirs: number;
  /** Our refused calls, by the time at which they were refused. */
  refusedAt: number[];
  /** Our calls that were taken while no more than the reserve was left. */
  intoReserve: number;
}

/** Runs one client with endless work, and another that spends at random, for so long. */
export function simulate(options: {
  server: SimulatedServer;
  durationMs: number;
  concurrency: number;
  reserve: Reserve;
  reserveCalls: number;
  /** How long a call is under way, drawn for each. */
  latencyMs: () => number;
  /** When the other client calls next after a call; Infinity: never. */
  nextOther: () => number;
  /** The server says nothing but 429, and no rate is configured. */
  bare?: boolean;
}): Told {
  const { server, durationMs, latencyMs, nextOther, reserveCalls } = options;
  const pacer = new Pacer(options.bare ? undefined : { calls: 1000, perMs: 3_600_000 }, options.reserve);
  const concurrency = new Concurrency(options.concurrency);
  const told: Told = { ours: 0, theirs: 0, refusedAt: [], intoReserve: 0 };
  const arrivals: { at: number; begunAt: number; latency: number }[] = [];
  const answers: { at: number; begunAt: number; latency: number; accepted: boolean; word: RateLimitWord }[] = [];
  let otherAt = nextOther();
  for (let now = 0; now < durationMs;) {
    const may = pacer.nextAt(now, concurrency.allowed);
    if (may <= now) {
      pacer.begin(now);
      const latency = latencyMs();
      insert(arrivals, { at: now + latency / 2, begunAt: now, latency });
      continue;
    }
    now = Math.min(may, arrivals[0]?.at ?? Infinity, answers[0]?.at ?? Infinity, otherAt);
    if (now >= durationMs) break;
    if (otherAt <= now) {
      if (server.take(now).accepted) told.theirs++;
      otherAt = now + nextOther();
    } else if (arrivals[0] && arrivals[0].at <= now) {
      const call = arrivals.shift()!;
      if (server.remaining(now) >= 1 && server.remaining(now) <= reserveCalls) told.intoReserve++;
      const { accepted, word: said } = server.take(now);
      const word = options.bare ? {} : said;
      if (accepted) told.ours++;
      else told.refusedAt.push(now);
      insert(answers, { ...call, at: now + call.latency / 2, accepted, word });
    } else if (answers[0] && answers[0].at <= now) {
      const { begunAt, latency, accepted, word } = answers.shift()!;
      if (accepted) {
        pacer.answered(word, begunAt, now);
        concurrency.succeeded(latency);
      } else {
        pacer.refused(word, now, 0.5);
        concurrency.failed();
      }
    }
  }
  return told;
}

function insert<T extends { at: number }>(queue: T[], item: T): void {
  const after = queue.findIndex((other) => other.at > item.at);
  if (after === -1) queue.push(item);
  else queue.splice(after, 0, item);
}
