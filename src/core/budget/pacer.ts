import type { RateLimitWord } from './rate-limit.js';
import { Bucket } from './bucket.js';
import { configuredAllowance, type Allowance } from './estimate.js';
import { Forecast } from './forecast.js';
import type { Known } from './known.js';
import { PaceGuess } from './pace-guess.js';
import { reserveOf, windowOf, type Rate, type Reserve } from './rate.js';

/** How long after calls came back to ask, as a share of the window, and at most: clocks and rounding differ. */
const LINGER = 0.003;
const LONGEST_LINGER_MS = 1000;
/** Asking again where less than the reserve was left: this much of the window later, and twice as late each time. */
const VAIN_LINGER = 0.01;
const LONGEST_VAIN_LINGER = 0.25;
/** The last call of an allowance is held back for so many calls' time, to see whether the allowance refills by itself. */
const [HELD_CALLS, TIMES_HELD] = [3, 3];
/** Of fewer calls a window, that would be too much of it. */
const LEAST_TO_HOLD = 60;
/** A closure longer than this is taken for a header misread. */
const LONGEST_CLOSURE_MS = 2 * 60 * 60 * 1000;
/** Calls that are left unspent for others to take, for a window after a 429: one that they want is not there to refuse. */
const SPARE_AFTER_REFUSAL = 4;
/** With more than this share of the allowance left, a 429 comes of another limit, such as one of calls a second. */
const SURPRISE = 0.1;
/** The first wait after a 429 that names no time, twice as long each time. */
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
 * what `Remaining` says is spent but for the reserve, then the pacer waits until calls are sure to be back, by the
 * forecast, and asks with a single call. So it is near the best possible for fixed windows, sliding windows and token
 * buckets alike, as each answers that call with what there is now.
 */
export class Pacer {
  #known: Known | undefined;
  #inFlight = 0;
  #closedUntil = 0;
  /** After a closure one call asks how things stand, and the others wait for its answer. */
  #asking = false;
  /** How long the last refusal without a time closed the gate. */
  #pauseMs = 0;
  readonly #forecast: Forecast;
  /** Questions, one after another, that found the reserve touched. */
  #vainAsks = 0;
  #timesHeld = 0;
  #answered = false;
  /** Times that the gate was closed by a 429 without an answer between. */
  #refusals = 0;
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
    this.#forecast = new Forecast(rate);
    this.#bucket = rate && new Bucket(rate, reserve);
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
    if (now < this.#guess.nextAt()) return this.#guess.nextAt();
    // Answers that are under way may say that there is more.
    if (this.#inFlight > 0 && left <= 1) return Infinity;
    if (left > 0) return left === HELD_CALLS ? Math.max(now, this.#heldUntil(known)) : now;
    return Math.max(now, this.#reopensAt(known));
  }

  /** A call begins. */
  begin(now: number): void {
    this.#inFlight++;
    const known = this.#known;
    if (known) {
      if (this.#left(known) <= 0 || now < this.#closedUntil) this.#asking = true;
      known.outstanding++;
    }
    // Also where the API tells: it may stop to.
    this.#bucket?.spend(now);
    this.#guess.begin(now);
  }

  /** A call ended without an answer. */
  lost(begunAt: number, now: number): void {
    this.#inFlight--;
    this.#forecast.spent(now);
    if (begunAt >= this.#closedUntil) this.#asking = false;
  }

  /** An answer that is no 429. @param begunAt when its call began */
  answered(word: RateLimitWord, begunAt: number, now: number): void {
    this.lost(begunAt, now);
    this.#latencyMs = now - begunAt;
    this.#guess.answered(now);
    this.#answered = true;
    this.#refusals = 0;
    const known = this.#known;
    if (word.remaining === undefined) return this.#heardNothing(begunAt);
    const next: Known = {
      // Where that is not told, it is what was left at the most, and the call that was told so.
      limit: word.limit ?? Math.max(word.remaining + 1, known?.limit ?? 1),
      isGuess: word.limit === undefined,
      remaining: word.remaining,
      resetAt: word.resetAt ?? known?.resetAt,
      outstanding: this.#inFlight,
      heardAt: now,
    };
    // An answer to an older call may be older news; it counts where it leaves less.
    if (known && begunAt < known.heardAt && this.#left(next) >= this.#left(known)) return;
    this.#forecast.learn(known, next, begunAt);
    if (known && this.#left(known) <= 0 && this.#forecast.refill === undefined) this.#timesHeld++;
    const left = this.#left(next);
    const asked = known !== undefined && this.#left(known) < 0;
    this.#vainAsks = left < 0 ? this.#vainAsks + 1 : 0;
    if (left <= 0) this.#forecast.drySpell.ranDry(now, asked && left < 0);
    else this.#forecast.drySpell.ended(now);
    this.#known = next;
  }

  /** Not every answer tells. What one of them told before the reset no longer holds after it. */
  #heardNothing(begunAt: number): void {
    const known = this.#known;
    if (!known || begunAt < known.heardAt) return;
    const isOver = known.resetAt === undefined ? this.#left(known) <= 0 : begunAt >= known.resetAt;
    if (isOver) this.#known = undefined;
  }

  /** A 429: nothing begins until calls are sure to be there, or for a growing while where nothing tells. */
  refused(word: RateLimitWord, begunAt: number, now: number, random: number): void {
    this.#inFlight--;
    this.#asking = true;
    if (now >= this.#closedUntil) this.#refusals++;
    const reopensAt = this.#usedUp(word, begunAt, now);
    if (reopensAt === undefined && now >= this.#closedUntil) this.#pauseMs = this.#guess.refused(now);
    const grown = reopensAt === undefined ? this.#pauseMs : FIRST_PAUSE_MS * 2 ** (this.#refusals - 1);
    const pause = Math.min(this.#longestBlindMs(), grown) * (1 + random / 4);
    const named = word.retryAt ?? word.resetAt ?? 0;
    const opensAt = Math.max(named + MARGIN_MS, reopensAt ?? 0);
    // What was named and did not hold is no longer enough.
    this.#close(opensAt > now + MARGIN_MS && this.#refusals === 1 ? opensAt : Math.max(opensAt, now + pause), now);
    this.#refusedAt = now;
  }

  /** When the allowance reopens that a 429 tells to be used up; undefined where it is another limit that was met. */
  #usedUp({ remaining = 0, resetAt }: RateLimitWord, begunAt: number, now: number): number | undefined {
    const known = this.#known;
    if (!known || remaining > 0 || this.#left(known) > known.limit * SURPRISE) return undefined;
    const next = { ...known, remaining, resetAt: resetAt ?? known.resetAt, outstanding: this.#inFlight, heardAt: now };
    this.#forecast.refused(known, next, begunAt);
    this.#forecast.drySpell.ranDry(now, true);
    this.#known = next;
    return this.#reopensAt(next);
  }

  /** What is known of the allowance, for an estimate; undefined where there is no limit. @param spent calls until now */
  allowance(spent: number): Allowance | undefined {
    const known = this.#known;
    if (!known) return this.rate && configuredAllowance(this.rate, this.reserve, spent);
    const { limit, resetAt } = known;
    const windowMs = windowOf(limit, this.rate) ?? this.#forecast.windowMs;
    return { limit, remaining: Math.max(0, this.#left(known)), resetAt, windowMs };
  }

  /** Whether the reserve is as large as the whole allowance, so that no call may ever begin. */
  leavesNothing(): boolean {
    const limit = this.#known?.isGuess
      ? undefined
      : (this.#known?.limit ?? (this.#answered ? this.rate?.calls : undefined));
    return limit !== undefined && reserveOf(this.reserve, limit) >= limit;
  }

  /** Calls that may still begin before the reserve is touched. */
  #left({ remaining, outstanding, limit }: Known): number {
    const reserved = reserveOf(this.reserve, limit);
    const racing = (this.#amongOthers() ? 1 : 0) + (reserved > 0 ? Math.ceil(limit / 500) : 0);
    const spare = this.#wasRefused() ? SPARE_AFTER_REFUSAL : racing;
    return remaining - outstanding - spare - reserved;
  }

  /** The last call before the reserve waits a little, and so can tell whether the allowance refills by itself. */
  #heldUntil({ heardAt, limit, resetAt }: Known): number {
    if (this.#forecast.refill !== undefined || this.#timesHeld >= TIMES_HELD || resetAt === undefined) return heardAt;
    if (limit < LEAST_TO_HOLD) return heardAt;
    return Math.min(heardAt + (HELD_CALLS * this.#forecast.windowMs) / limit, resetAt);
  }

  #reopensAt(known: Known): number {
    const { heardAt } = known;
    const missing = 1 - this.#left(known);
    const unspent = Math.max(0, known.remaining - known.outstanding);
    const readyAt = this.#forecast.readyAt(known, missing, unspent);
    return Math.min(Math.max(heardAt, readyAt), heardAt + LONGEST_CLOSURE_MS) + this.#linger();
  }

  #linger(): number {
    const windowMs = this.#forecast.windowMs;
    const vain = this.#vainAsks === 0 || this.#forecast.isFixed ? 0 : VAIN_LINGER * 2 ** this.#vainAsks;
    return Math.min(windowMs * LINGER, LONGEST_LINGER_MS) + windowMs * Math.min(vain, LONGEST_VAIN_LINGER);
  }

  #leftPerFlight(): number {
    return this.#amongOthers() || this.#latencyMs * CAREFUL_WINDOW_CALLS < this.#forecast.windowMs
      ? LEFT_PER_FLIGHT
      : 1;
  }

  /** The longest wait where the API names no time. */
  #longestBlindMs(): number {
    return Math.max(60_000, (this.rate?.perMs ?? 0) / 12);
  }

  /** Whether the API refused a call within the last window. */
  #wasRefused(): boolean {
    return (this.#known?.heardAt ?? 0) - (this.#refusedAt ?? -Infinity) <= this.#forecast.windowMs;
  }

  /** Whether others spent of the allowance within the last window. */
  #amongOthers(): boolean {
    return this.#forecast.others.areSeen;
  }

  #close(until: number, now: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, Math.min(until, now + LONGEST_CLOSURE_MS));
  }
}
