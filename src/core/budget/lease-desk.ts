import type { Clock } from '../model/clock.js';
import { Bucket } from './bucket.js';
import type { CallEnd } from './budget.js';
import type { Pace } from './by-headers.js';
import type { RateLimitInfo } from './rate-limit.js';
import { windowOf } from './rate.js';
import { MOST_LEASED, type Lease, type Report, type SharedAllowance } from './shared-allowance.js';

/** A 429 that names no time holds everyone back for so long. */
const PAUSE_MS = 1000;
const HOUR_MS = 3_600_000;

/** What is to be told with the next report. Times are by the monotonic clock, milliseconds. */
interface News {
  heard?: { info: RateLimitInfo; begunAt: number; at: number };
  untold: number;
  pauseMs: number;
}

/**
 * Leases calls for one process. One exchange is on its way at a time: what is wanted and learnt meanwhile goes with the next.
 * While the others cannot be reached, the process keeps to its share: the limit by the sharers there were.
 */
export class LeaseDesk {
  #waiters: ((verdict: 'go' | number) => void)[] = [];
  #isBusy = false;
  /** Calls leased that have not ended. */
  #held = 0;
  #news: News = { untold: 0, pauseMs: 0 };
  #hasNews = false;
  #last: Pick<Lease, 'limit' | 'sharers'> = { limit: undefined, sharers: 1 };
  /** While the others are away. */
  #alone: { bucket: Bucket | undefined } | undefined;

  constructor(
    private readonly shared: SharedAllowance,
    private readonly pace: Pick<Pace, 'rate' | 'reserve'>,
    private readonly clock: Clock,
  ) {}

  /** @returns `go`, or how long to wait before asking again, milliseconds */
  lease(): Promise<'go' | number> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      void this.#work();
    });
  }

  /** A leased call ended. @param begunAt by the monotonic clock */
  ended(how: CallEnd, begunAt: number): void {
    this.#held--;
    this.#hasNews = true;
    if (how.kind === 'lost') this.#news.untold++;
    else if (how.kind !== 'unused') this.#hear(how, begunAt);
    void this.#work();
  }

  #hear({ kind, info }: Extract<CallEnd, { info: unknown }>, begunAt: number): void {
    const at = this.clock.monotonic();
    const news = this.#news;
    if (kind === 'refused') news.pauseMs = Math.max(news.pauseMs, info.retryMs ?? info.resetMs ?? PAUSE_MS);
    // Of several answers, the one that leaves the least has counted all of their calls.
    const least = news.heard?.info.remaining ?? Infinity;
    if (news.heard === undefined || (info.remaining ?? Infinity) <= least) news.heard = { info, begunAt, at };
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#waiters.length > 0 || this.#hasNews) await this.#exchange();
    this.#isBusy = false;
  }

  async #exchange(): Promise<void> {
    const news = this.#news;
    const wanted = Math.min(MOST_LEASED, this.#waiters.length);
    [this.#news, this.#hasNews] = [{ untold: 0, pauseMs: 0 }, false];
    try {
      const lease = await this.shared.exchange(this.#reportOf(news, wanted));
      [this.#last, this.#alone] = [lease, undefined];
      this.#hand(lease.granted, wanted, lease.waitMs);
    } catch {
      // What was learnt is old by the time that the others are back.
      this.#handAlone(wanted);
    }
  }

  #reportOf({ heard, untold, pauseMs }: News, wanted: number): Report {
    const now = this.clock.monotonic();
    const told = heard && { info: heard.info, begunAgo: now - heard.begunAt, heardAgo: now - heard.at };
    return { ...this.pace, wanted, held: this.#held, ...(told ? { heard: told } : {}), untold, pauseMs };
  }

  #hand(granted: number, wanted: number, waitMs: number): void {
    this.#held += granted;
    for (const go of this.#waiters.splice(0, granted)) go('go');
    // Those that came meanwhile ask for themselves.
    for (const wait of this.#waiters.splice(0, wanted - granted)) wait(waitMs);
  }

  #handAlone(wanted: number): void {
    this.#alone ??= { bucket: this.#shareOfLimit() };
    const { bucket } = this.#alone;
    const now = this.clock.monotonic();
    let granted = 0;
    for (; granted < wanted && (bucket?.nextAt(now) ?? now) <= now; granted++) bucket?.spend(now);
    this.#hand(granted, wanted, (bucket?.nextAt(now) ?? now) - now);
  }

  /** Undefined where no limit is known: what the API's answers say to this process still counts. */
  #shareOfLimit(): Bucket | undefined {
    const { limit = this.pace.rate?.calls, sharers } = this.#last;
    if (limit === undefined) return undefined;
    const calls = Math.max(1, Math.floor(limit / sharers));
    const perMs = windowOf(limit, this.pace.rate) ?? this.pace.rate?.perMs ?? HOUR_MS;
    return new Bucket({ calls, perMs }, this.pace.reserve);
  }
}
