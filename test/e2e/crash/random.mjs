/** Random numbers that a seed repeats (mulberry32). */
export class Random {
  #state;
  constructor(seed) {
    this.seed = seed;
    this.#state = seed >>> 0;
  }
  /** 0 ≤ n < 1 */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
  /** A whole number from 0 to below `n`. */
  below(n) {
    return Math.floor(this.next() * n);
  }
  pick(items) {
    return items[this.below(items.length)];
  }
}
