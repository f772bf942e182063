import type { RateLimitInfo } from '../../../src/core/budget/rate-limit.js';

/** A rate limit as a server may keep it, and as its headers tell of it. Times are milliseconds. */
export interface SimulatedServer {
  /** Takes a call if there is room; says what the headers would, from this moment on. */
  take(now: number): { accepted: boolean; info: RateLimitInfo };
  remaining(now: number): number;
}

/** So many calls in a window. */
export interface Limit {
  calls: number;
  windowMs: number;
}

/**
 * How calls are counted, and what the reset is. `fixed`: windows by the clock. `first`: a window begins with the first
 * call after the last one. `sliding`: any stretch of the window's length; the reset is when its oldest call leaves it.
 * `cleared`: the same, but the reset is when the newest one has left as well. `bucket`: refills call by call; the reset
 * is when it is full. `drip`: the same, but the reset is when the next call comes.
 */
export type ServerKind = 'fixed' | 'first' | 'sliding' | 'cleared' | 'bucket' | 'drip';

/** How the server writes times: to the millisecond, in whole seconds rounded up or down, or in whole seconds from now. */
export type Precision = 'exact' | 'up' | 'down' | 'from now';

const WRITERS: Record<Precision, (time: number, now: number) => number> = {
  exact: (time) => time,
  up: (time) => Math.ceil(time / 1000) * 1000,
  down: (time) => Math.floor(time / 1000) * 1000,
  'from now': (time, now) => now + Math.ceil((time - now) / 1000) * 1000,
};

export function makeServer(kind: ServerKind, { calls: limit, windowMs }: Limit, precision: Precision): SimulatedServer {
  const room = ROOMS[kind](limit, windowMs);
  return {
    remaining: (now) => room.left(now),
    take(now) {
      const accepted = room.left(now) >= 1;
      if (accepted) room.spend(now);
      const resetMs = WRITERS[precision](room.resetAt(now), now) - now;
      const info = { limit, remaining: Math.max(0, Math.floor(room.left(now))), resetMs };
      return { accepted, info: accepted ? info : { ...info, retryMs: resetMs } };
    },
  };
}

interface Room {
  left(now: number): number;
  spend(now: number): void;
  resetAt(now: number): number;
}

const ROOMS: Record<ServerKind, (limit: number, windowMs: number) => Room> = {
  fixed: (limit, windowMs) => fixedWindow(limit, (now) => (Math.floor(now / windowMs) + 1) * windowMs),
  first: (limit, windowMs) => fixedWindow(limit, (now) => now + windowMs),
  sliding: (limit, windowMs) => slidingWindow(limit, windowMs, (taken) => taken[0]),
  cleared: (limit, windowMs) => slidingWindow(limit, windowMs, (taken) => taken.at(-1)),
  bucket: (limit, windowMs) => tokenBucket(limit, windowMs, (tokens) => limit - tokens),
  drip: (limit, windowMs) => tokenBucket(limit, windowMs, (tokens) => 1 - (tokens % 1)),
};

function fixedWindow(limit: number, endOf: (now: number) => number): Room {
  let endsAt = -Infinity;
  let used = 0;
  const turn = (now: number): void => {
    if (now < endsAt) return;
    endsAt = -Infinity;
    used = 0;
  };
  return {
    left: (now) => (turn(now), limit - used),
    spend(now) {
      if (used === 0) endsAt = endOf(now);
      used++;
    },
    resetAt: (now) => (endsAt === -Infinity ? now : endsAt),
  };
}

function slidingWindow(limit: number, windowMs: number, told: (taken: readonly number[]) => number | undefined): Room {
  const taken: number[] = [];
  const drop = (now: number): void => {
    while (taken.length > 0 && taken[0]! <= now - windowMs) taken.shift();
  };
  return {
    left: (now) => (drop(now), limit - taken.length),
    spend: (now) => taken.push(now),
    resetAt: (now) => (told(taken) ?? now) + windowMs,
  };
}

/** @param missing calls to wait for, of what there is */
function tokenBucket(limit: number, windowMs: number, missing: (tokens: number) => number): Room {
  let [tokens, at] = [limit, 0];
  const fill = (now: number): void => {
    tokens = Math.min(limit, tokens + ((now - at) * limit) / windowMs);
    at = now;
  };
  return {
    left: (now) => (fill(now), tokens),
    spend: () => tokens--,
    resetAt: (now) => now + (missing(tokens) * windowMs) / limit,
  };
}
