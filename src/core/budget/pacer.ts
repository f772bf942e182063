import type { Allowance } from './allowance.js';
import { BlindPace } from './blind.js';
import { Bucket } from './bucket.js';
import { ByBucket } from './by-bucket.js';
import { ByWindow } from './by-window.js';
import { configuredAllowance, estimateMs } from './estimate.js';
import type { RateLimitInfo } from './rate-limit.js';
import { reserveOf, type Rate, type Reserve } from './rate.js';

/** How long after calls came back to ask, as a share of the window, and at most: clocks and rounding differ. */
const LINGER = 0.003;
const LONGEST_LINGER_MS = 1000;
/** A question that brings less than this share of the allowance was asked too early: the next waits longer, and so on. */
const LEAST_GAIN = 0.01;
/** Calls that are left unspent for others to take, for a window after a 429: one that they want is not there to refuse. */
const [SPARE, MOST_SPARE] = [0.04, 4];
/** A closure longer than this is taken for a header misread. */
const LONGEST_CLOSURE_MS = 2 * 60 * 60 * 1000;
/** With more than this share of the allowance left, a 429 comes of another limit, such as one of calls a second. */
const SURPRISE = 0.1;
/** The first wait after a 429 or a question in vain that names no time, twice as long each time. */
const FIRST_PAUSE_MS = 250;
/** A time that was named is over a little later. */
const MARGIN_MS = 10;
/** Calls left for each one in flight, as the end of the allowance comes near: others spend of it as well. */
const LEFT_PER_FLIGHT = 4;
/** Such care takes some 13 calls one after another; it may take a tenth of the window, which is so many calls' time. */
const CAREFUL_WINDOW_CALLS = 130;

/**
 * Decides when the next call may begin. No clock and no network inside: every method is told the time (milliseconds).
 *
 * Until the API has said anything, the configured rate is spent as from a full bucket. From then on its word counts:
 * what `Remaining` says is spent but for the reserve, then the pacer waits until calls are sure to be back and asks with
 * a single call. A question that brings little makes the next one wait longer, whatever kind of limit there is.
 */
export class Pacer {
  #allowance: Allowance | undefined;
  #inFlight = 0;
  #closedUntil = -Infinity;
  /** After a closure one call asks how things stand, and the others wait for its answer. */
  #asking = false;
  /** How much longer than thought to wait, since questions were in vain. */
  #pauseMs = 0;
  #answered = false;
  /** Times that the gate was closed by a 429 without an answer between, and how long the last one without a time did. */
  #refusals = 0;
  #blindMs = 0;
  #refusedAt = -Infinity;
  /** How long the last answer took. */
  #latencyMs = 0;
  readonly #window: ByWindow;
  readonly #bucket = new ByBucket();
  readonly #blind = new BlindPace();
  readonly #configured: Bucket | undefined;

  constructor(
    private readonly rate: Rate | undefined,
    private readonly reserve: Reserve,
  ) {
    this.#window = new ByWindow(rate);
    this.#configured = rate && new Bucket(rate, reserve);
  }

  /**
   * When the next call may begin: `now` or earlier means at once. Infinity: only when an answer has come.
   * @param mostInFlight how many may be in flight at a time
   */
  nextAt(now: number, mostInFlight: number): number {
    if (this.#inFlight >= mostInFlight) return Infinity;
    if (now < this.#closedUntil) return this.#closedUntil;
    if (this.#asking) return this.#inFlight === 0 ? now : Infinity;
    const allowance = this.#allowance;
    if (!allowance) return Math.max(this.#configured?.nextAt(now) ?? now, this.#blind.nextAt());
    const left = this.#left(allowance);
    if (left > 0 && this.#inFlight >= Math.max(1, Math.floor(left / this.#leftPerFlight()))) return Infinity;
    if (now < this.#blind.nextAt()) return this.#blind.nextAt();
    // Answers that are to come may say that there is more.
    if (this.#inFlight > 0 && left <= 1) return Infinity;
    return left > 0 ? now : Math.max(now, this.#reopensAt(allowance));
  }

  /** A call begins. */
  begin(now: number): void {
    this.#inFlight++;
    this.#window.begin(now);
    const allowance = this.#allowance;
    if (allowance) {
      if (this.#left(allowance) <= 0 || now < this.#closedUntil) this.#asking = true;
      allowance.outstanding++;
    }
    // Also where the API tells: it may stop to.
    this.#configured?.spend(now);
    this.#blind.begin(now);
  }

  /** A call that began was not sent after all. */
  unused(): void {
    this.#inFlight--;
    if (this.#allowance) this.#allowance.outstanding--;
  }

  /** A call ended without an answer. */
  lost(begunAt: number, now: number): void {
    this.#inFlight--;
    this.#window.spent(now);
    if (begunAt >= this.#closedUntil) this.#asking = false;
  }

  /** An answer that is no 429. @param begunAt when its call began */
  answered(info: RateLimitInfo, begunAt: number, now: number): void {
    this.lost(begunAt, now);
    this.#latencyMs = now - begunAt;
    this.#blind.answered(now);
    this.#answered = true;
    this.#refusals = 0;
    // An answer may ask for a pause whatever else it says.
    if (info.retryMs !== undefined && info.retryMs > 0) this.#close(now + info.retryMs, Infinity);
    const before = this.#allowance;
    if (info.remaining === undefined) return this.#heardNothing(begunAt);
    const next: Allowance = {
      // Where that is not told, it is what was left at the most, and the call that was told so.
      limit: info.limit ?? Math.max(info.remaining + 1, before?.limit ?? 1),
      isGuess: info.limit === undefined,
      remaining: info.remaining,
      resetAt: info.resetMs === undefined ? before?.resetAt : now + info.resetMs,
      outstanding: this.#inFlight,
      heardAt: now,
    };
    // An answer to an older call may be older news; it counts where it leaves less.
    if (before && begunAt < before.heardAt && this.#left(next) >= this.#left(before)) return;
    if (before && this.#left(before) < 0) this.#weigh(this.#left(next) + 1, next);
    this.#learn(before, next, begunAt, false);
  }

  #learn(before: Allowance | undefined, next: Allowance, begunAt: number, isRefusal: boolean): void {
    this.#window.learn(before, next, begunAt, isRefusal);
    this.#bucket.learn(next);
    this.#allowance = next;
  }

  /** What a question brought says how long the next one is to wait. */
  #weigh(gain: number, { limit }: Allowance): void {
    const enough = Math.max(2, limit * LEAST_GAIN);
    if (gain >= enough) {
      if (gain >= 4 * enough) this.#pauseMs = 0;
      return;
    }
    const { windowMs, longestPauseMs } = this.#window;
    const first = windowMs === 0 ? FIRST_PAUSE_MS : windowMs * LINGER;
    this.#pauseMs = Math.min(longestPauseMs, Math.max(first, this.#pauseMs * 2));
  }

  /** Not every answer tells. What one of them told before the reset no longer holds after it. */
  #heardNothing(begunAt: number): void {
    const allowance = this.#allowance;
    if (!allowance || begunAt < allowance.heardAt) return;
    const isOver = allowance.resetAt === undefined ? this.#left(allowance) <= 0 : begunAt >= allowance.resetAt;
    if (isOver) this.#allowance = undefined;
  }

  /** A 429: nothing begins until calls are sure to be there, or for a growing while where nothing tells. */
  refused(info: RateLimitInfo, begunAt: number, now: number, random: number): void {
    this.#inFlight--;
    this.#asking = true;
    if (now >= this.#closedUntil) this.#refusals++;
    const reopensAt = this.#usedUp(info, begunAt, now);
    this.#refusedAt = now;
    if (reopensAt === undefined && now >= this.#closedUntil) this.#blindMs = this.#blind.refused(now);
    const grown = reopensAt === undefined ? this.#blindMs : FIRST_PAUSE_MS * 2 ** (this.#refusals - 1);
    const pause = Math.min(this.#longestBlindMs(), grown) * (1 + random / 4);
    const named = now + (info.retryMs ?? info.resetMs ?? -Infinity);
    const opensAt = Math.max(named + MARGIN_MS, reopensAt ?? -Infinity);
    if (info.retryMs !== undefined) this.#close(now + info.retryMs, Infinity);
    // What was named and did not hold is no longer enough.
    this.#close(
      opensAt > now + MARGIN_MS && this.#refusals === 1 ? opensAt : Math.max(opensAt, now + pause + MARGIN_MS),
      now + LONGEST_CLOSURE_MS,
    );
  }

  /** When the allowance reopens that a 429 tells to be used up; undefined where it is another limit that was met. */
  #usedUp({ remaining = 0, resetMs }: RateLimitInfo, begunAt: number, now: number): number | undefined {
    const before = this.#allowance;
    if (!before || remaining > 0 || this.#left(before) > before.limit * SURPRISE) return undefined;
    const resetAt = resetMs === undefined ? before.resetAt : now + resetMs;
    const next = { ...before, remaining, resetAt, outstanding: this.#inFlight, heardAt: now };
    if (now >= this.#closedUntil) this.#weigh(0, next);
    this.#learn(before, next, begunAt, true);
    return this.#reopensAt(next);
  }

  /** How long so many calls take, milliseconds. @param spent calls until now */
  estimateMs(calls: number, spent: number, now: number): number {
    const allowance = this.#allowance;
    if (!allowance) {
      return this.rate ? estimateMs(calls, configuredAllowance(this.rate, this.reserve, spent), this.reserve, now) : 0;
    }
    const remaining = Math.max(0, this.#left(allowance));
    const windowMs = this.#window.publishedMs(allowance, spent);
    return estimateMs(calls, { ...allowance, remaining, windowMs }, this.reserve, now);
  }

  /** Whether the reserve is as large as the whole allowance, so that no call may ever begin. */
  leavesNothing(): boolean {
    const limit = this.#allowance?.isGuess
      ? undefined
      : (this.#allowance?.limit ?? (this.#answered ? this.rate?.calls : undefined));
    return limit !== undefined && reserveOf(this.reserve, limit) >= limit;
  }

  /** Calls that may begin at once, as far as the API has told. */
  get left(): number | undefined {
    return this.#allowance && Math.max(0, Math.floor(this.#left(this.#allowance)));
  }

  /** Calls that may still begin before the reserve is touched. */
  #left({ remaining, outstanding, limit, heardAt }: Allowance): number {
    const reserved = reserveOf(this.reserve, limit);
    // Others may overtake a call that is in flight.
    const racing = reserved > 0 ? Math.ceil(limit / 500) : 0;
    const wasRefused = heardAt - this.#refusedAt <= this.#window.windowMs;
    const spare = wasRefused ? Math.min(MOST_SPARE, Math.ceil(limit * SPARE)) : racing;
    return remaining - outstanding - spare - reserved;
  }

  #reopensAt(allowance: Allowance): number {
    const missing = 1 - this.#left(allowance);
    const unspent = Math.max(0, allowance.remaining - allowance.outstanding);
    const { heardAt } = allowance;
    const readyAt =
      this.#bucket.readyAt(allowance, missing) ?? this.#window.readyAt(allowance, missing, unspent, this.#pauseMs > 0);
    const linger = Math.min(this.#window.windowMs * LINGER, LONGEST_LINGER_MS);
    return Math.min(Math.max(heardAt, readyAt), heardAt + LONGEST_CLOSURE_MS) + linger + this.#pauseMs;
  }

  #leftPerFlight(): number {
    return this.#latencyMs * CAREFUL_WINDOW_CALLS < this.#window.windowMs ? LEFT_PER_FLIGHT : 1;
  }

  /** The longest wait where the API names no time. */
  #longestBlindMs(): number {
    return Math.max(60_000, (this.rate?.perMs ?? 0) / 12);
  }

  /** @param latest no later, as what names a later time is a header misread: not so a time to try again */
  #close(until: number, latest: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, Math.min(until, latest));
  }
}
