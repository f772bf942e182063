/** The first wait after a refusal, while nothing is known of the pace, and the shortest. */
const [FIRST_PAUSE_MS, SHORTEST_PAUSE_MS] = [250, 50];
/** A wait after a refusal is that of so many calls, and twice as long each time that it was not enough. */
const PAUSE_CALLS = 2;
/** How much longer than before a refusal can make the time between two calls: between them there may have been no work. */
const MOST_SLOW_DOWN = 4;
/** A first guess is no longer than this. */
const LONGEST_GUESS_MS = 1000;
const LONGEST_INTERVAL_MS = 5000;
/** How much faster each answer lets the next calls be; less, the better the pace is known. */
const SPEED_UP = 0.02;
const LEAST_SPEED_UP = 0.001;
/** After so many answers without a refusal the pace is less sure. */
const HOLDS_ANSWERS = 60;
/** Of more answers than this, older ones count half. */
const TELLING_ANSWERS = 100;

/**
 * The pace where the API says nothing but 429, found by trying: what it lets through from one refusal to a later one, the
 * waits included, is what it lets through. Also for a second limit beside the one that the headers tell. No clock inside.
 */
export class BlindPace {
  #intervalMs = 0;
  #begunAt = -Infinity;
  /** From which refusal on answers are counted. */
  #since: number | undefined;
  #answered = 0;
  #refusals = 0;
  #sinceRefusal = 0;
  /** Refusals without an answer between them. */
  #inARow = 0;

  /** When the next call may begin by this pace. */
  nextAt(): number {
    return this.#begunAt + this.#intervalMs;
  }

  begin(now: number): void {
    this.#begunAt = now;
  }

  answered(now: number): void {
    this.#inARow = 0;
    this.#answered++;
    // A pace that holds for long was found while others spent as well, perhaps.
    if (++this.#sinceRefusal % HOLDS_ANSWERS === 0) this.#refusals >>= 1;
    if (this.#since !== undefined && this.#answered >= TELLING_ANSWERS) {
      this.#since = (this.#since + now) / 2;
      this.#answered /= 2;
    }
    this.#intervalMs *= 1 - Math.max(LEAST_SPEED_UP, SPEED_UP / (1 + this.#refusals));
  }

  /** The pace was too fast. @returns how long to wait, milliseconds */
  refused(now: number): number {
    this.#inARow++;
    this.#sinceRefusal = 0;
    if (this.#inARow === 1) this.#learn(now);
    const pause = this.#intervalMs === 0 ? FIRST_PAUSE_MS : PAUSE_CALLS * this.#intervalMs;
    return Math.max(SHORTEST_PAUSE_MS, pause) * 2 ** (this.#inARow - 1);
  }

  #learn(now: number): void {
    this.#refusals++;
    if (this.#since !== undefined && this.#answered > 0) {
      const seen = (now - this.#since) / this.#answered;
      const most = Math.min(LONGEST_INTERVAL_MS, Math.max(LONGEST_GUESS_MS, this.#intervalMs * MOST_SLOW_DOWN));
      this.#intervalMs = Math.max(this.#intervalMs, Math.min(seen, most));
    }
    if (this.#since !== undefined) return;
    this.#since = now;
    this.#answered = 0;
  }
}
