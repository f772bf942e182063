import type { Allowance } from './allowance.js';
import { windowOf, type Rate } from './rate.js';

/** Resets are named in whole seconds, rounded one way or the other. */
const ROUNDING_MS = 1000;
/** A request is on its way to the server for hardly longer. */
const LONGEST_WAY_MS = 1000;
/** One reset, however often it is named: clocks differ by so much from one answer to another. */
const SAME_MS = 5;
/** A window longer than this is taken for a header misread. */
const LONGEST_WINDOW_MS = 2 * 60 * 60 * 1000;
/** A reset so near hardly is a window's, where more calls are counted than can have been made in so short a time. */
const SHORT_MS = 30_000;
/** Waits between questions that are in vain: a share of the window, or so long where there is none that is known. */
const [LONGEST_PAUSE, LONGEST_PAUSE_MS] = [0.25, 5 * 60_000];
/** Calls that are kept in mind while the API says nothing of its limit. */
const MOST_UNTOLD = 100;

/**
 * A window, of which the reset tells when it restarts or, where it slides, when its oldest call leaves it. Whichever
 * it is, calls of ours come back no later than a window after they were made. No clock inside.
 */
export class ByWindow {
  /** The longest time from when a call began to the reset that its answer named: hardly longer than the window. */
  #longestMs = 0;
  /** Nor is it longer than this: so far off was the reset when there were no calls but ours. */
  #atMostMs = Infinity;
  /** When the calls of ours that are still counted were answered. */
  #own: number[] = [];
  #limit = 0;
  /** When our first call began. */
  #firstAt = Infinity;
  /** Resets are named up to a second too early. */
  #roundsDown = false;
  /** The last reset was a window after the one before, though nothing was asked then. */
  #isFixed = false;
  /** More calls are counted than can have been made in so short a window. */
  #isDoubtful = false;

  /** @param rate as configured, which may tell how long the window is */
  constructor(private readonly rate: Rate | undefined) {}

  /** How long it is without the rounding and the way to the server: as configured or published, if what is named agrees. */
  get #exactMs(): number | undefined {
    const told = windowOf(this.#limit, this.rate);
    if (told === undefined) return undefined;
    const aboveMs = this.#longestMs - told;
    return aboveMs >= -ROUNDING_MS && aboveMs <= ROUNDING_MS + LONGEST_WAY_MS ? told : undefined;
  }

  /** How long it is, as far as is known. */
  get windowMs(): number {
    const told = windowOf(this.#limit, this.rate) ?? 0;
    return this.#exactMs ?? (this.#atMostMs < Infinity ? this.#longestMs : Math.max(this.#longestMs, told));
  }

  /**
   * How long it is for an estimate: as published. But where all calls that count are ours, the reset of a window that
   * slides is no sooner than a window after the first of them.
   * @param spent our calls until now
   */
  publishedMs({ limit, remaining, resetAt }: Allowance, spent: number): number {
    const told = windowOf(limit, this.rate) ?? this.windowMs;
    const isAlone = limit - remaining <= spent;
    const sinceFirst = isAlone && resetAt !== undefined ? resetAt - this.#firstAt : Infinity;
    return sinceFirst < told - 2 * ROUNDING_MS ? Math.max(0, sinceFirst) : told;
  }

  /** How long to wait at most, beyond what is known, since questions were in vain. */
  get longestPauseMs(): number {
    return this.#isDoubtful || this.windowMs === 0 ? LONGEST_PAUSE_MS : this.windowMs * LONGEST_PAUSE;
  }

  /** A call of ours begins. */
  begin(now: number): void {
    this.#firstAt = Math.min(this.#firstAt, now);
  }

  /** A call of ours was answered, or may have been. */
  spent(now: number): void {
    this.#own.push(now);
    if (this.#own.length > (this.#limit || MOST_UNTOLD)) this.#own.shift();
  }

  /** What an answer says, and what the one before it said. @param begunAt when its call began @param isRefusal 429 */
  learn(before: Allowance | undefined, after: Allowance, begunAt: number, isRefusal: boolean): void {
    const { heardAt, limit, remaining, resetAt } = after;
    const used = limit - remaining;
    this.#limit = limit;
    if (resetAt !== undefined) {
      this.#longestMs = Math.min(LONGEST_WINDOW_MS, Math.max(this.#longestMs, resetAt - begunAt));
      if (before?.resetAt !== undefined) {
        const hasPassed = before.heardAt < before.resetAt && begunAt >= before.resetAt;
        const isEarly = hasPassed && (isRefusal || remaining < before.remaining);
        this.#learnReset(before.resetAt, resetAt, begunAt, isEarly);
      }
    }
    // No call counts but this one: it is as far from its reset as the window is long.
    if (resetAt !== undefined && used === 1) this.#atMostMs = Math.min(this.#atMostMs, resetAt - begunAt + ROUNDING_MS);
    this.#own.splice(0, Math.max(0, this.#own.length - used));
    const { windowMs } = this;
    const inWindow = this.#own.length - this.#ownBefore(heardAt - windowMs);
    if (windowMs < SHORT_MS && used > inWindow + limit / 2) {
      this.#isDoubtful = true;
      this.#atMostMs = Infinity;
    }
  }

  /** @param isEarly the reset has passed and nothing came back */
  #learnReset(due: number, resetAt: number, begunAt: number, isEarly: boolean): void {
    const moved = resetAt - due;
    if (isEarly && Math.abs(moved) < SAME_MS) this.#roundsDown = true;
    if (begunAt <= due + 2 * ROUNDING_MS) return;
    // In a short window the rounding hides what a reset tells.
    this.#isFixed = this.windowMs > SHORT_MS && Math.abs(moved - this.windowMs) < 2 * ROUNDING_MS;
  }

  /**
   * When so many calls more than were known of will be there.
   * @param unspent calls that others could take before any comes back
   * @param isVain the reset brought little: calls of others leave a window that slides
   */
  readyAt({ heardAt, resetAt }: Allowance, missing: number, unspent: number, isVain: boolean): number {
    const own = this.#ownReturnAt(missing + unspent, heardAt);
    if (resetAt === undefined) return own ?? heardAt;
    const named = this.#roundsDown ? resetAt + ROUNDING_MS : resetAt;
    if (own === undefined || this.#isFixed) return named;
    if (isVain) return own;
    // A reset that is rounded up, or when the newest call leaves the window, is later than need be.
    if (this.#exactMs !== undefined) return unspent > 0 ? own : Math.min(named, own);
    return unspent > 0 ? Math.max(named, own) : named;
  }

  /** When so many calls of ours will have left the window; undefined where that is not known, or all have. */
  #ownReturnAt(calls: number, heardAt: number): number | undefined {
    const { windowMs } = this;
    const due = this.#ownBefore(heardAt - windowMs);
    const last = this.#own[Math.min(this.#own.length, due + calls) - 1];
    return windowMs === 0 || due === this.#own.length || last === undefined ? undefined : last + windowMs;
  }

  /** How many calls of ours that are still counted were answered until a time. */
  #ownBefore(time: number): number {
    return this.#own.findLastIndex((at) => at <= time) + 1;
  }
}
