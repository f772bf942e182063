import type { RateLimitWord } from '../api/rate-limit.js';
import { Bucket } from './bucket.js';
import { configuredAllowance, type Allowance } from './estimate.js';
import type { Known } from './known.js';
import { PaceGuess } from './pace-guess.js';
import { reserveOf, type Rate, type Reserve } from './rate.js';

/** How long after the reset to ask, as a share of the window: each moment sets more calls free that others may take. */
const [LINGER, LINGER_AMONG_OTHERS] = [0.01, 0.02];
/** Asking again where less than the reserve was left: twice as late each time, up to this share of the window. */
const LONGEST_LINGER = 0.25;
/** The last call of an allowance is held back for so many calls' time, to see whether the allowance refills by itself. */
const [HELD_CALLS, TIMES_HELD] = [3, 3];
/** A closure longer than this is taken for a header misread. */
const LONGEST_CLOSURE_MS = 2 * 60 * 60 * 1000;
/** Calls that are left unspent for others to take, for a window after a 429: one that they want is not there to refuse. */
const SPARE_AFTER_REFUSAL = 4;
/** Resets are named in whole seconds, rounded one way or the other. */
const ROUNDING_MS = 1000;
/** Calls left for each one in flight, as the end of the allowance comes near: others spend of it as well. */
const LEFT_PER_FLIGHT = 4;
/** Such care takes some 13 calls one after another; it may take a tenth of the window, which is so many calls' time. */
const CAREFUL_WINDOW_CALLS = 130;

/**
 * Decides when the next call may begin. No clock and no network inside: every method is told the time (milliseconds).
 *
 * Until the API has said anything, the configured rate is spent as from a full bucket. From then on its word counts:
 * what `Remaining` says is spent but for the reserve, then the pacer waits for `Reset` and asks with a single call. So
 * it is near the best possible for fixed windows, sliding windows and token buckets alike, as each answers that call
 * with what there is now.
 */
export class Pacer {
  #known: Known | undefined;
  #inFlight = 0;
  #closedUntil = 0;
  /** After a closure one call asks how things stand, and the others wait for its answer. */
  #asking = false;
  #refusals = 0;
  /** The longest time to a reset that was ever named: the window, as far as is known. */
  #windowMs = 0;
  /** The reset moves on with time: a sliding window, of which our calls of the last one are known. */
  #slides = false;
  readonly #own: number[] = [];
  /** When it last showed that others spend as well. */
  #othersSeenAt = -Infinity;
  /** Questions, one after another, that found the reserve touched. */
  #vainAsks = 0;
  /** Calls that come back each millisecond, once the allowance was seen to grow before its reset (a token bucket). */
  #refill: number | undefined;
  /** From when on that was measured, and what had begun then. */
  #anchor: (Known & { begun: number }) | undefined;
  #begun = 0;
  #timesHeld = 0;
  /** Where the API says nothing but 429. */
  readonly #guess = new PaceGuess();
  #refusedAt: number | undefined;
  /** How long the last answer took. */
  #latencyMs = 0;
  readonly #bucket: Bucket | undefined;

  constructor(
    private readonly rate: Rate | undefined,
    private readonly reserve: Reserve,
  ) {
    this.#bucket = rate && new Bucket(rate, reserve);
  }

  /** Calls in flight. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * When the next call may begin: `now` or earlier means at once. Infinity: only when an answer has come.
   * @param mostInFlight how many may be under way at a time
   */
  nextAt(now: number, mostInFlight: number): number {
    if (this.#inFlight >= mostInFlight) return Infinity;
    if (now < this.#closedUntil) return this.#closedUntil;
    if (this.#asking) return this.#inFlight === 0 ? now : Infinity;
    const known = this.#known;
    if (!known) return Math.max(this.#bucket?.nextAt(now) ?? now, this.#guess.nextAt());
    const left = this.#left(known);
    if (left > 0 && this.#inFlight >= Math.max(1, Math.floor(left / this.#leftPerFlight()))) return Infinity;
    if (left > 1) return now;
    // Answers that are under way may say that there is more.
    if (this.#inFlight > 0) return Infinity;
    return Math.max(now, left === 1 ? this.#heldUntil(known) : this.#reopensAt(known));
  }

  /** A call begins. */
  begin(now: number): void {
    this.#inFlight++;
    const known = this.#known;
    if (known) {
      if (this.#left(known) <= 0 || now < this.#closedUntil) this.#asking = true;
      known.outstanding++;
    } else this.#bucket?.spend(now);
    this.#guess.begin(now);
    this.#begun++;
    this.#own.push(now);
    while (this.#own[0]! < now - this.#windowMs) this.#own.shift();
  }

  /** A call ended without an answer. */
  lost(begunAt: number): void {
    this.#inFlight--;
    if (begunAt >= this.#closedUntil) this.#asking = false;
  }

  /** An answer that is no 429. @param begunAt when its call began */
  answered(word: RateLimitWord, begunAt: number, now: number): void {
    this.lost(begunAt);
    this.#refusals = 0;
    this.#latencyMs = now - begunAt;
    this.#guess.answered();
    if (word.remaining === undefined) return;
    const known = this.#known;
    const next: Known = {
      limit: word.limit ?? known?.limit ?? word.remaining,
      remaining: word.remaining,
      resetAt: word.resetAt ?? known?.resetAt,
      outstanding: this.#inFlight,
      heardAt: now,
    };
    // An answer to an older call may be older news; it counts where it leaves less.
    if (known && begunAt < known.heardAt && this.#left(next) >= this.#left(known)) return;
    if (known) this.#learn(known, next);
    this.#windowMs = Math.max(this.#windowMs, (next.resetAt ?? now) - now);
    this.#vainAsks = this.#left(next) < 0 ? this.#vainAsks + 1 : 0;
    this.#known = next;
  }

  /** What two answers together tell: whether others spend, and whether the allowance refills by itself. */
  #learn(before: Known, after: Known): void {
    const expected = before.remaining - before.outstanding + this.#inFlight;
    const moved = (after.resetAt ?? 0) - (before.resetAt ?? 0);
    if (moved > ROUNDING_MS && moved < this.#windowMs / 2) this.#slides = true;
    if (after.remaining < expected) this.#othersSeenAt = after.heardAt;
    const alone = before.outstanding === 1 && this.#inFlight === 0;
    if (!alone || before.resetAt === undefined || after.heardAt >= before.resetAt - ROUNDING_MS) return;
    if (after.remaining > expected) this.#anchor ??= { ...before, begun: this.#begun - 1 };
    else if (this.#left(before) <= 0) this.#timesHeld++;
    if (!this.#anchor) return;
    const { remaining, begun, heardAt } = this.#anchor;
    const grown = after.remaining - (remaining - (this.#begun - begun));
    // Whole calls are counted, so that as much as one of them may not be there.
    this.#refill = Math.max(0.5, grown - 1) / (after.heardAt - heardAt);
  }

  /** A 429: nothing begins until the time that the API names, or a growing while where it names none. */
  refused(word: RateLimitWord, now: number, random: number): void {
    this.#inFlight--;
    this.#asking = true;
    if (now >= this.#closedUntil) this.#refusals++;
    const named = word.retryAt ?? word.resetAt;
    const grown =
      now + Math.min(this.#longestBlindMs(), 1000 * 2 ** Math.max(0, this.#refusals - 2)) * (1 + random / 4);
    this.#close(named !== undefined && named > now ? Math.max(named + this.#linger(), this.#ownReturn()) : grown, now);
    this.#refill = undefined;
    this.#anchor = undefined;
    if (named === undefined && !this.#known) this.#guess.refused(now);
    this.#refusedAt = now;
    if (this.#known) Object.assign(this.#known, { remaining: 0, outstanding: this.#inFlight, heardAt: now });
  }

  /** What is known of the allowance, for an estimate; undefined where there is no limit. @param spent calls until now */
  allowance(spent: number): Allowance | undefined {
    const known = this.#known;
    if (!known) return this.rate && configuredAllowance(this.rate, this.reserve, spent);
    const { limit, resetAt } = known;
    const windowMs = this.rate?.calls === limit ? this.rate.perMs : this.#windowMs;
    return { limit, remaining: Math.max(0, this.#left(known)), resetAt, windowMs };
  }

  /** Whether the reserve is as large as the whole allowance, so that no call may ever begin. */
  leavesNothing(): boolean {
    const limit = this.#known?.limit ?? 0;
    return limit > 0 && reserveOf(this.reserve, limit) >= limit;
  }

  /** Calls that may still begin before the reserve is touched. */
  #left({ remaining, outstanding, limit }: Known): number {
    const spare = this.#wasRefused() ? SPARE_AFTER_REFUSAL : this.#amongOthers() ? 1 : 0;
    return remaining - outstanding - spare - reserveOf(this.reserve, limit);
  }

  /** The last call before the reserve waits a little, and so can tell whether the allowance refills by itself. */
  #heldUntil({ heardAt, limit, resetAt }: Known): number {
    if (this.#refill !== undefined || this.#timesHeld >= TIMES_HELD || resetAt === undefined) return heardAt;
    return Math.min(heardAt + (HELD_CALLS * this.#windowMs) / limit, resetAt);
  }

  #reopensAt(known: Known): number {
    const { resetAt, heardAt, limit } = known;
    const missing = 1 - this.#left(known);
    // One more than is missing, as what was measured is only nearly right.
    if (this.#refill !== undefined) return heardAt + ((missing + 1) * (1 + this.#vainAsks)) / this.#refill;
    if (resetAt === undefined) {
      const { calls, perMs } = this.rate ?? { calls: limit, perMs: 3_600_000 };
      return heardAt + Math.min(((missing * perMs) / calls) * 2 ** this.#vainAsks, this.#longestBlindMs());
    }
    const wait = Math.min(Math.max(0, resetAt - heardAt), LONGEST_CLOSURE_MS);
    return Math.max(heardAt + wait + this.#linger(), this.#amongOthers() ? this.#ownReturn() : 0);
  }

  #linger(): number {
    const share = (this.#amongOthers() ? LINGER_AMONG_OTHERS : LINGER) * 2 ** this.#vainAsks;
    return this.#windowMs * Math.min(share, LONGEST_LINGER);
  }

  #leftPerFlight(): number {
    return this.#amongOthers() || this.#latencyMs * CAREFUL_WINDOW_CALLS < this.#windowMs ? LEFT_PER_FLIGHT : 1;
  }

  /** The longest wait where the API names no time. */
  #longestBlindMs(): number {
    return Math.max(60_000, (this.rate?.perMs ?? 0) / 12);
  }

  /** When some calls of our own leave a sliding window; what others' calls leave, others take. */
  #ownReturn(): number {
    const own = this.#own[Math.min(SPARE_AFTER_REFUSAL, this.#own.length) - 1];
    return this.#slides && own !== undefined ? own + this.#windowMs : 0;
  }

  /** Whether the API refused a call within the last window. */
  #wasRefused(): boolean {
    return (this.#known?.heardAt ?? 0) - (this.#refusedAt ?? -Infinity) <= this.#windowMs;
  }

  /** Whether others spent of the allowance within the last window. */
  #amongOthers(): boolean {
    return (this.#known?.heardAt ?? 0) - this.#othersSeenAt <= this.#windowMs;
  }

  #close(until: number, now: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, Math.min(until, now + LONGEST_CLOSURE_MS));
  }
}
