import { isRejected, type Status } from '../model/problem.js';

/** More than a chart has room for, and all that is kept of however many rows. */
const MAX_BUCKETS = 600;
const FINEST_MS = 100;

/** What happened in a span of time: rows by how they ended, and milliseconds waited. */
export interface Bucket {
  updated: number;
  unchanged: number;
  rejected: number;
  waited: number;
}

/** A wait for the rate limit or an outage. Epoch milliseconds. */
export interface Wait {
  from: number;
  to: number;
}

/** Rows over time in at most 600 buckets: where time outgrows them, each two become one. */
export class Timeline {
  /** Epoch milliseconds; undefined before the first row. */
  start: number | undefined;
  width = FINEST_MS;
  buckets: Bucket[] = [];

  /** Notes a row that ended. A time before the first one's, by a clock that was set back, counts as the first one's. */
  add(status: Status, at: number): void {
    if (Number.isNaN(at) || status === 'planned') return;
    this.start ??= at;
    const bucket = this.#bucketAt(Math.max(0, at - this.start));
    if (isRejected(status)) bucket.rejected++;
    else bucket[status === 'updated' ? 'updated' : 'unchanged']++;
  }

  /** Marks a wait, as far as it lies between the first row and the last. To be told once all rows are. */
  mark({ from, to }: Wait): void {
    if (this.start === undefined) return;
    const [begin, end] = [Math.max(0, from - this.start), Math.min(to - this.start, this.buckets.length * this.width)];
    for (let at = begin; at < end;) {
      const index = Math.floor(at / this.width);
      const until = Math.min(end, (index + 1) * this.width);
      const bucket = this.buckets[index]!;
      bucket.waited = Math.min(this.width, bucket.waited + until - at);
      at = until;
    }
  }

  #bucketAt(offset: number): Bucket {
    while (offset >= MAX_BUCKETS * this.width) this.#halve();
    const index = Math.floor(offset / this.width);
    while (this.buckets.length <= index) this.buckets.push(emptyBucket());
    return this.buckets[index]!;
  }

  #halve(): void {
    this.width *= 2;
    const pairs = Math.ceil(this.buckets.length / 2);
    this.buckets = Array.from({ length: pairs }, (_, at) =>
      sum(this.buckets[2 * at]!, this.buckets[2 * at + 1] ?? emptyBucket()),
    );
  }
}

function emptyBucket(): Bucket {
  return { updated: 0, unchanged: 0, rejected: 0, waited: 0 };
}

function sum(a: Bucket, b: Bucket): Bucket {
  return {
    updated: a.updated + b.updated,
    unchanged: a.unchanged + b.unchanged,
    rejected: a.rejected + b.rejected,
    waited: a.waited + b.waited,
  };
}
