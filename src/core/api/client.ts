import type { Budget, CallEnd, Slot } from '../budget/budget.js';
import { isSyncError, SyncError } from '../model/errors.js';
import type { OnEvent } from '../model/events.js';
import { sleep } from '../model/sleep.js';
import { backoffDelay } from './backoff.js';
import type { Call, LateReply, Reply, TimedCall } from './call.js';
import { judge, type Attempt } from './judge.js';
import type { Transport } from './transport.js';

export interface ClientOptions {
  /** Retries for transient errors. */
  retries: number;
  /** Ends waits; requests in flight are left to end. Aborted when no further request can be sent. */
  stop: AbortController;
  onEvent: OnEvent;
}

/** A wait for the rate limit is not a retry, but a call that meets nothing else can wait for another day. */
const MOST_REFUSALS = 30;

/** Makes calls with retry and backoff. Every request takes a slot of the budget. */
export class ApiClient {
  constructor(
    private readonly transport: Transport,
    private readonly budget: Budget,
    private readonly options: ClientOptions,
  ) {}

  /**
   * Makes the call until it has an answer that stands, or its retries are used up.
   * @throws SyncError `key_refused` on 401, or what the budget says when it is used up; the signal's reason if the run was
   * stopped while this call was waiting
   */
  call<T>(call: TimedCall<T>): Promise<Reply<T> | LateReply>;
  call<T>(call: Call<T>): Promise<Reply<T>>;
  async call<T>(call: Call<T> & Partial<TimedCall<T>>): Promise<Reply<T> | LateReply> {
    const { onEvent, retries, stop } = this.options;
    const { kind, path } = call;
    const { earlier = { attempts: 0, retried: 0 } } = call;
    let { retried, lostAt } = earlier;
    let refused = 0;
    for (let attempts = earlier.attempts + 1; ; attempts++) {
      const slot = await this.#acquire(call);
      if (slot === 'late') return { kind: 'late', earlier: { attempts: attempts - 1, retried, lostAt } };
      await this.#begin(call, slot, lostAt !== undefined);
      const attempt = await this.transport.attempt(call, attempts);
      const reply = judge(call, attempt, attempts);
      const ended = slot.end(endOf(attempt, reply));
      if (isSyncError(reply)) {
        // No other call can fare better.
        stop.abort(reply);
        throw reply;
      }
      if (reply === 'rate_limited') {
        refused++;
        onEvent({ type: 'rate_limited', kind, path, refused });
        if (refused < MOST_REFUSALS) continue;
        stop.abort(new SyncError('api_rate_limited', { attempts: refused }));
        throw stop.signal.reason;
      }
      refused = 0;
      if (reply.kind === 'unanswered' && call.method === 'PATCH') lostAt = attempt.sentAt ?? lostAt;
      if (lostAt !== undefined) reply.lostAt = lostAt;
      if (reply.kind !== 'unanswered' || reply.isFinal) return reply;
      // What fails in an outage says nothing of this call: it waits until the API is back.
      const counts = ended !== 'outage';
      if (counts && retried === retries) return reply;
      if (counts) retried++;
      const { code, status } = reply;
      onEvent({ type: 'retry', kind, path, code, ...(status === undefined ? {} : { status }), retried });
      await sleep(backoffDelay(Math.max(1, retried), Math.random()), stop.signal);
    }
  }

  close(): void {
    this.transport.close();
  }

  /** @throws what ends the run, which then ends for every call */
  async #acquire({ kind, until = Infinity }: Pick<Call<unknown>, 'kind'> & { until?: number }): Promise<Slot | 'late'> {
    const { stop, onEvent } = this.options;
    try {
      // What settles how a row ended goes before what begins others. While a plan is made, reads are all there is.
      return await this.budget.acquire({ kind, first: kind !== 'patch', until, signal: stop.signal });
    } catch (error) {
      if (!stop.signal.aborted && isSyncError(error)) {
        onEvent({ type: 'warning', code: 'budget_spent', facts: { why: error.code, ...error.facts } });
      }
      stop.abort(error);
      throw stop.signal.reason;
    }
  }

  async #begin({ onBegin }: Call<unknown>, slot: Slot, lost: boolean): Promise<void> {
    try {
      await onBegin?.(lost);
    } catch (error) {
      slot.end({ kind: 'unused' });
      throw error;
    }
  }
}

/** What the budget is told of it. */
function endOf(attempt: Attempt, reply: ReturnType<typeof judge>): CallEnd {
  if (attempt.kind === 'broken') return { kind: 'lost' };
  const { info } = attempt;
  if (reply === 'rate_limited') return { kind: 'refused', info };
  // An answer that cannot be used is no outage.
  const isFailure = 'kind' in reply && reply.kind === 'unanswered' && !reply.isFinal;
  return { kind: isFailure ? 'failed' : 'answered', info };
}
