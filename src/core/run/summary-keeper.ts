import type { SyncEvent } from '../model/events.js';
import type { Summary } from './summary.js';
import { fold } from './fold.js';
import type { Target } from './target.js';
import { writeSummary } from './summary-file.js';
import type { RunState } from './state.js';

/** A process that is killed loses what it counted in this time. */
const SAVED_EVERY_MS = 1000;

/** The summary of a run in progress: folded from its events, and kept true on disk. */
export class SummaryKeeper {
  #saving: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  /** What happened before the run was claimed, and its summary read for the last time. */
  #early: SyncEvent[] | undefined = [];

  constructor(
    private readonly kept: Summary,
    private readonly file: string,
  ) {}

  /** As things stand. */
  get summary(): Readonly<Summary> {
    return this.kept;
  }

  /** Counts an event. */
  note(event: SyncEvent): void {
    this.#early?.push(event);
    fold(this.kept, event);
  }

  /** A new run is about to ask the API for the first time. */
  aim(target: Target): Promise<void> {
    this.kept.target = target;
    return this.save();
  }

  /**
   * The run is this process's to work on.
   * @param known what is known of it by now: as its summary on disk says, where another process has worked on it
   */
  claim(known: Partial<Summary>): void {
    Object.assign(this.kept, known);
    if (known.calls) for (const event of this.#early ?? []) fold(this.kept, event);
    this.#early = undefined;
    // What fails here fails at the end as well, and is told then.
    this.#timer = setInterval(() => void this.save().catch(() => undefined), SAVED_EVERY_MS).unref();
  }

  /** Writes summary.json as things stand. */
  save(state: RunState = this.kept.state): Promise<void> {
    this.kept.state = state;
    this.#saving = this.#saving.catch(() => undefined).then(() => writeSummary(this.file, this.kept));
    return this.#saving;
  }

  /** From now on requests may be sent: what the plan was is on disk. */
  begin(): Promise<void> {
    this.kept.began_at ??= new Date().toISOString();
    return this.save('applying');
  }

  /** @param end how the run ended; the last thing that is saved */
  async end(end: Pick<Summary, 'state' | 'exit_code' | 'error' | 'error_code'>): Promise<void> {
    clearInterval(this.#timer);
    Object.assign(this.kept, end, { ended_at: new Date().toISOString(), pid: null });
    await this.save();
  }
}
