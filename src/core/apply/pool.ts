import pLimit from 'p-limit';

/** Tasks that may wait for a free place, for each place. p-limit by itself would queue a whole file. */
const WAITING_PER_PLACE = 4;

/** A p-limit pool that takes no more than it can soon run, and never runs two tasks of one lane at a time. */
export class Pool {
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #capacity: number;
  readonly #lanes = new Map<string, Promise<void>>();
  #open = 0;
  #failure: { error: unknown } | undefined;
  #wakes: (() => void)[] = [];

  /** @param concurrency tasks that run at a time */
  constructor(concurrency: number) {
    this.#limit = pLimit(concurrency);
    this.#capacity = concurrency * (1 + WAITING_PER_PLACE);
  }

  /**
   * Resolves when the task is taken, which may be long before it has run.
   * @param lane tasks of one lane run one after another in the order in which they came
   * @param ready what the task waits for once it is its turn in the lane; that takes no place in the pool
   * @throws what an earlier task threw: the job is over
   */
  async add(lane: string, task: () => Promise<void>, ready = nothing): Promise<void> {
    while (this.#open >= this.#capacity && !this.#failure) await this.#change();
    this.#throwFailure();
    this.#open++;
    // The wait for the lane takes no place in the pool.
    const before = this.#lanes.get(lane) ?? Promise.resolve();
    const done: Promise<void> = before
      .then(() => this.#run(ready))
      .then(() => this.#limit(() => this.#run(task)))
      .then(() => this.#leave(lane, done));
    this.#lanes.set(lane, done);
  }

  /** Resolves when all tasks have ended. @throws what one of them threw */
  async drain(): Promise<void> {
    await this.idle();
    this.#throwFailure();
  }

  /** Resolves when all tasks have ended, one way or the other. */
  async idle(): Promise<void> {
    while (this.#open > 0) await this.#change();
  }

  /** After one task threw, those that wait are let go unrun: the whole job stops. */
  async #run(task: () => Promise<void>): Promise<void> {
    if (this.#failure) return;
    try {
      await task();
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #leave(lane: string, done: Promise<void>): void {
    if (this.#lanes.get(lane) === done) this.#lanes.delete(lane);
    this.#open--;
    for (const wake of this.#wakes.splice(0)) wake();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => void this.#wakes.push(resolve));
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}

function nothing(): Promise<void> {
  return Promise.resolve();
}
