import { SyncError } from '../model/errors.js';
import type { Outcome } from '../model/outcome.js';
import type { WriteGuards } from '../run/write-guards.js';
import { answerOf, exceedsLimit, type Answers } from './failure-limit.js';
import type { Decided } from './decide.js';

/**
 * Lets rows through to the API, as many as may be written and as long as it does not refuse too many. Rows that are on their
 * way when it closes end as they would have.
 */
export class WriteGate {
  readonly #answers: Answers = { answered: 0, refused: 0 };
  #answeredAt = 0;
  #written = 0;
  #inFlight = 0;
  #failure: { error: unknown } | undefined;
  #wakes: (() => void)[] = [];

  constructor(private readonly guards: Pick<WriteGuards, 'max_failures' | 'limit'>) {}

  /** When a row that was sent last ended, epoch milliseconds; 0: none was. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  /**
   * Lets a row through once there is room for it.
   * @param send sends the row, where it still needs that
   * @throws SyncError `too_many_refused`, `write_limit`: the row was not sent; and what `send` throws
   */
  async pass(send: () => Promise<Decided>): Promise<Decided> {
    await this.#enter();
    try {
      const sent = await send();
      if ((sent.outcome.attempts ?? 0) > 0) this.#written++;
      return sent;
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    } finally {
      this.#inFlight--;
      for (const wake of this.#wakes.splice(0)) wake();
    }
  }

  /** Counts how a row ended, also in an earlier process. @param at epoch milliseconds */
  note(outcome: Outcome, at: number): void {
    if ((outcome.attempts ?? 0) > 0) this.#answeredAt = Math.max(this.#answeredAt, at);
    const answer = answerOf(outcome);
    if (answer === undefined) return;
    this.#answers.answered++;
    if (answer === 'refused') this.#answers.refused++;
  }

  /** A row that turns out to need no request leaves its place to another: only those in flight can tell whether one is left. */
  async #enter(): Promise<void> {
    const { limit, max_failures } = this.guards;
    for (;;) {
      if (this.#failure) throw this.#failure.error;
      if (exceedsLimit(this.#answers, max_failures)) {
        throw new SyncError('too_many_refused', { ...this.#answers, limit: max_failures });
      }
      if (limit === 0 || this.#written + this.#inFlight < limit) {
        // At once: whatever is awaited first lets the next one see the same room.
        this.#inFlight++;
        return;
      }
      if (this.#inFlight === 0) throw new SyncError('write_limit', { limit });
      await new Promise<void>((resolve) => void this.#wakes.push(resolve));
    }
  }
}
