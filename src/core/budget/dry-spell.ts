/** The first wait between questions that are in vain; twice as long each time, up to this. */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [500, 5 * 60_000];
/** So much of the time that it took the last time is waited before the first question. */
const CONFIDENCE = 0.9;
/** What a longer time before counts for, each time. */
const FORGETTING = 0.8;

/** How long it takes until calls come back, learnt by asking, where nothing else tells. No clock inside. */
export class DrySpell {
  #since: number | undefined;
  #lastMs = 0;
  /** Questions, one after another, that were in vain. */
  #vain = 0;

  /** Nothing is left to spend. @param isVain though something should have come back */
  ranDry(now: number, isVain: boolean): void {
    this.#since ??= now;
    if (isVain) this.#vain++;
  }

  /** There is something to spend. */
  ended(now: number): void {
    if (this.#since !== undefined) this.#lastMs = Math.max(now - this.#since, this.#lastMs * FORGETTING);
    this.#since = undefined;
    this.#vain = 0;
  }

  /** When to ask: about when it was over the last time, and later each time that it was not. */
  asksAt(heardAt: number): number {
    const pause = this.#vain === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#vain - 1));
    return Math.max((this.#since ?? heardAt) + this.#lastMs * CONFIDENCE, heardAt + pause);
  }
}
