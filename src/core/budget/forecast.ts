import { DrySpell } from './dry-spell.js';
import type { Known } from './known.js';
import { Others } from './others.js';
import { windowOf, type Rate } from './rate.js';

/** Resets are named in whole seconds, rounded one way or the other. */
const ROUNDING_MS = 1000;
/** A window longer than this is taken for a header misread. */
const LONGEST_WINDOW_MS = 2 * 60 * 60 * 1000;
/** A reset so near, where there were no calls but ours, hardly is a window's: more than it allows shows that it is none. */
const SHORT_MS = 30_000;
/** So many times more calls must be counted than can have been made, until it is no window that slides. */
const DISAGREEMENT = 3;

/** However slowly a bucket seems to refill, it is asked after so many times the longest time to a reset. */
const LONGEST_REFILL = 5;
/** Calls that are kept in mind while the API says nothing of its limit. */
const MOST_UNTOLD = 100;
/** Having heard nothing for this much of the window, others may have taken whatever was left. */
const LONG = 0.25;

/**
 * Says when calls that are used up come back. It learns from the answers which kind of limit there is: windows that
 * restart at a reset, a window that slides and gives back each call when it is a window old, or a bucket that
 * refills call by call. A kind is thought possible until the answers contradict it. No clock inside; milliseconds.
 */
export class Forecast {
  readonly others = new Others();
  readonly drySpell = new DrySpell();
  #mayBeFixed = true;
  #maySlide = true;
  #limit = 0;
  /** The last reset was a window after the one before, though nothing was asked then. */
  #leansFixed = false;
  /** The longest time to a reset that was ever named: the window is no shorter. */
  #windowMs = 0;
  /** Where it slides, the window is no longer: so far off was the reset when there were no calls but ours. */
  #longestMs = Infinity;
  /** The reset as it was first named, since the last one. */
  #reset: number | undefined;
  /** Resets are named up to a second too early. */
  #roundsDown = false;
  /** When the calls of ours that are still counted were answered. */
  #own: number[] = [];
  #spent = 0;
  /** What was left when there was last nothing in flight, so that all calls of ours were counted. */
  #quiet: { remaining: number; spent: number; at: number } | undefined;
  /** How a bucket was seen to refill. */
  #refilled: { calls: number; since: number; until: number } | undefined;

  /** @param rate as configured, which may tell how long the window is */
  constructor(private readonly rate: Rate | undefined) {}

  /** Whether all comes back at a reset, whatever was spent before. */
  get isFixed(): boolean {
    return this.#mayBeFixed && (this.#leansFixed || !this.#maySlide);
  }

  /** How long it takes until all has come back, as far as is known. */
  get windowMs(): number {
    if (this.refill === undefined) return this.#maySlide ? this.#slidingMs() : this.#windowMs;
    return Math.max(this.#windowMs, Math.min(LONGEST_WINDOW_MS, this.#limit / this.refill));
  }

  /** Whether the resets that are named tell how long the window is. */
  get #isNamed(): boolean {
    return this.#mayBeFixed && this.#windowMs > 0;
  }

  /** Calls that come back each millisecond, where there is a bucket; undefined where that was not seen. */
  get refill(): number | undefined {
    if (!this.#refilled) return undefined;
    const { calls, since, until } = this.#refilled;
    // Whole calls are counted, so that as much as one of them may not be there.
    return Math.max(0.5, calls - 1) / (until - since);
  }

  /** A call of ours was answered, or may have been. */
  spent(now: number): void {
    this.#spent++;
    this.#own.push(now);
    if (this.#own.length > (this.#limit || MOST_UNTOLD)) this.#own.shift();
  }

  /** What an answer says, and what the one before it said. @param begunAt when its call began */
  learn(before: Known | undefined, after: Known, begunAt: number): void {
    const { heardAt, resetAt = heardAt, limit, remaining } = after;
    this.#limit = limit;
    this.#windowMs = Math.min(LONGEST_WINDOW_MS, Math.max(this.#windowMs, resetAt - heardAt));
    this.#judgeFixed(before, after, begunAt);
    this.#judgeSliding(after, begunAt);
    const wasReset = this.#mayBeFixed && before?.resetAt !== undefined && begunAt >= before.resetAt;
    if (wasReset) this.#quiet = undefined;
    if (after.outstanding === 0) this.#count(remaining, heardAt);
    this.#own.splice(0, Math.max(0, this.#own.length - (limit - remaining)));
  }

  /** A 429 says that there is nothing left. */
  refused(before: Known, after: Known, begunAt: number): void {
    this.#judgeFixed(before, after, begunAt);
    if (after.outstanding === 0) this.#count(0, after.heardAt);
  }

  /** With nothing in flight, what is left tells what others spent, and what came back. */
  #count(remaining: number, now: number): void {
    const quiet = this.#quiet;
    this.#quiet = { remaining, spent: this.#spent, at: now };
    if (!quiet) return this.others.saw(0, now, this.windowMs);
    const change = remaining - (quiet.remaining - (this.#spent - quiet.spent));
    const back = this.#maySlide && !this.#mayBeFixed ? this.#returned(quiet.at, now) : 0;
    this.others.saw(Math.max(0, back - change), now, this.windowMs);
    if (this.#maySlide) return;
    if (this.#refilled) {
      this.#refilled.calls += change;
      this.#refilled.until = now;
    } else if (change > 0) this.#refilled = { calls: change, since: quiet.at, until: now };
  }

  /** Not fixed are windows whose reset moves on before it came or too little then, or brings back but a part. */
  #judgeFixed(before: Known | undefined, after: Known, begunAt: number): void {
    const { resetAt, remaining, limit, outstanding } = after;
    const due = before?.resetAt;
    if (this.#reset === undefined || due === undefined || begunAt >= due) this.#reset = resetAt;
    else if (resetAt !== undefined && resetAt > this.#reset + 2 * ROUNDING_MS) this.#mayBeFixed = false;
    if (due === undefined) return;
    // It has passed, and is still to come.
    if (begunAt >= due && resetAt === due) this.#roundsDown = true;
    if (resetAt === undefined || resetAt === due || begunAt < due) return;
    if (resetAt - due < this.#windowMs - 2 * ROUNDING_MS) this.#mayBeFixed = false;
    if (begunAt <= due + 2 * ROUNDING_MS) {
      const since = this.#ownAfter(due) + outstanding;
      if (limit - remaining > since + limit / 2) this.#mayBeFixed = false;
    } else this.#leansFixed = this.#windowMs > SHORT_MS && Math.abs(resetAt - due - this.#windowMs) < 2 * ROUNDING_MS;
  }

  /** Not sliding is a window of which calls of ours came back too early, or others' and ours too late. */
  #judgeSliding(after: Known, begunAt: number): void {
    const { limit, remaining, resetAt, heardAt } = after;
    const used = limit - remaining;
    const younger = (ms: number): number => this.#ownAfter(heardAt - ms);
    if (younger(this.#windowMs - 2 * ROUNDING_MS) > used) this.#maySlide = false;
    if (resetAt !== undefined && used <= this.#own.length && this.#own.length === this.#spent) {
      const first = Math.min(begunAt, this.#own.at(-used) ?? begunAt);
      this.#longestMs = Math.min(this.#longestMs, resetAt - first + ROUNDING_MS);
    }
    if (this.#longestMs >= SHORT_MS) return;
    const possible = younger(this.#longestMs) + this.others.atMost(this.#longestMs);
    if (used > DISAGREEMENT * possible + limit / 10) this.#maySlide = false;
  }

  /**
   * When so many calls more than were known of will be there.
   * @param unspent calls that others could take before any comes back
   */
  readyAt(known: Known, missing: number, unspent: number): number {
    const { heardAt } = known;
    const resetAt = known.resetAt && this.#exactly(known.resetAt);
    // More than are missing, as what was measured is only nearly right, and others take of it.
    if (this.refill !== undefined) {
      const refilledAt = heardAt + (missing + (this.others.areSeen ? 5 : 1)) / this.refill;
      // The reset is when it is full, unless it is when the next call comes.
      const isFull = resetAt !== undefined && (resetAt - heardAt) * this.refill > 2;
      return Math.min(refilledAt, isFull ? resetAt : heardAt + this.#windowMs * LONGEST_REFILL);
    }
    const own = this.#ownReturnAt(known, missing, unspent);
    if (resetAt === undefined) return this.#knowsWindow ? own : this.drySpell.asksAt(heardAt);
    if (!this.#maySlide || this.isFixed) return resetAt;
    if (!this.#mayBeFixed) return this.#knowsWindow ? own : Math.max(resetAt, this.drySpell.asksAt(heardAt));
    return Math.max(resetAt, own);
  }

  /** A reset without the rounding, which matters where the window is short, known, and all calls are ours. */
  #exactly(resetAt: number): number {
    if (this.#roundsDown) return resetAt + ROUNDING_MS;
    const windowMs = this.#toldMs ?? Infinity;
    if (this.others.areSeen || windowMs > SHORT_MS) return resetAt;
    const exact = (this.#own[0] ?? resetAt) + windowMs;
    return resetAt - exact <= ROUNDING_MS ? Math.min(exact, resetAt) : resetAt;
  }

  /** The window as it is configured or published, where it is. */
  get #toldMs(): number | undefined {
    return windowOf(this.#limit, this.rate);
  }

  get #knowsWindow(): boolean {
    return this.#longestMs < Infinity || this.#toldMs !== undefined;
  }

  /** When so many calls of ours will have left a sliding window, and those that others may take before. */
  #ownReturnAt({ heardAt }: Known, missing: number, unspent: number): number {
    const windowMs = this.#slidingMs();
    const due = this.#ownAfter(heardAt - windowMs);
    const backAt = (calls: number): number => (calls <= due ? this.#own.at(calls - 1 - due)! : heardAt) + windowMs;
    const blindMs = backAt(missing) - heardAt;
    const isLong = blindMs > windowMs * LONG;
    return backAt(missing + (isLong ? unspent : Math.min(unspent, this.others.atMost(blindMs))));
  }

  /**
   * How long a window that slides is. Where others called before we did, the reset is that of a call of theirs, and so
   * tells little of it.
   */
  #slidingMs(): number {
    const named = this.#toldMs ?? 0;
    // Known without the rounding.
    if (named > this.#windowMs - ROUNDING_MS && named <= this.#windowMs) return named;
    if (this.#isNamed) return this.#windowMs;
    if (named > 0) return Math.max(this.#windowMs, Math.min(this.#longestMs, named));
    return this.#windowMs;
  }

  /** Calls of ours that left a sliding window from one time to another. */
  #returned(from: number, to: number): number {
    const windowMs = this.#slidingMs();
    return this.#ownAfter(from - windowMs) - this.#ownAfter(to - windowMs);
  }

  /** How many calls of ours that are still counted were answered after a time. */
  #ownAfter(time: number): number {
    let [from, to] = [0, this.#own.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#own[middle]! > time) to = middle;
      else from = middle + 1;
    }
    return this.#own.length - from;
  }
}
