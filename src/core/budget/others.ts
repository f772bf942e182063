/** How far above what is to be expected a bound lies, in standard deviations of calls that come at random. */
const DEVIATIONS = 3;

/** What other integrations spend of the same allowance, as far as answers show it. No clock inside. */
export class Others {
  readonly #seen: { at: number; calls: number }[] = [];
  #since: number | undefined;
  #until = 0;

  /** Up to this time every call of theirs was seen. @param calls new ones @param windowMs what is older is forgotten */
  saw(calls: number, now: number, windowMs: number): void {
    this.#since = Math.max(this.#since ?? now, now - windowMs);
    this.#until = now;
    if (calls > 0) this.#seen.push({ at: now, calls });
    while (this.#seen.length > 0 && this.#seen[0]!.at < this.#since) this.#seen.shift();
  }

  /** Whether they spent anything within the window. */
  get areSeen(): boolean {
    return this.#seen.length > 0;
  }

  /** How many calls they will hardly exceed in so much time; Infinity where they were not watched for long enough. */
  atMost(ms: number): number {
    const watched = this.#until - (this.#since ?? this.#until);
    const calls = this.#seen.reduce((sum, { calls }) => sum + calls, 0);
    if (calls === 0) return ms > watched ? Infinity : 0;
    const expected = (calls * ms) / Math.max(watched, 1);
    return Math.round(expected + DEVIATIONS * Math.sqrt(expected));
  }
}
