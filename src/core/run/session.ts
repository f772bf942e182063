import { MACHINE_CLOCK } from '../model/clock.js';
import { MAX_PAGE_SIZE } from '../contacts/contacts-api.js';
import type { Estimate } from '../model/events.js';
import { CUSTOM_PREFIX, type Field } from '../contacts/fields.js';
import type { Hints } from '../model/problem.js';
import type { ReadChoice } from '../model/read-choice.js';
import { CurrentValues, type CurrentValuesOptions } from '../read/current-values.js';
import { Mirror } from '../read/mirror.js';
import type { ScanListener } from '../read/read-by-scan.js';
import type { ContactReader } from '../read/reader.js';
import type { SummaryKeeper } from './summary-keeper.js';
import { Recorder } from './recorder.js';
import type { InputFormat } from './row-file.js';
import type { RunFolder } from './run-folder.js';
import type { Summary } from './summary.js';
import { ApiSession, type ApiOptions, type ApiSessionDeps } from './api-session.js';

/**
 * Decides whether a plan that the guards let pass is sent.
 * @param plan the run's folder, with the plan on disk, and its summary as it stands
 */
export type Approve = (plan: { folder: RunFolder; summary: Readonly<Summary> }) => Promise<boolean>;

const FORECAST_EVERY_MS = 5000;

/** No date is later. */
const LATEST_MS = 8.64e15;

/** One process's work on one run. */
export class Session extends ApiSession {
  readonly folder: RunFolder;
  /** What to do about a row's problem, told in its error. */
  readonly hints: Hints;
  readonly approve: Approve;
  readonly #keeper: SummaryKeeper;
  /** PATCHes that this process has to send. */
  #writes = 0;
  #toldAt = MACHINE_CLOCK.monotonic();
  #mirror: Mirror | undefined;
  /** Undefined: those of the plan. */
  #fields: readonly string[] | undefined;

  constructor(
    options: ApiOptions,
    deps: ApiSessionDeps & {
      folder: RunFolder;
      keeper: SummaryKeeper;
      hints?: Hints | undefined;
      approve?: Approve | undefined;
    },
  ) {
    super(options, deps);
    ({ folder: this.folder, hints: this.hints = {}, approve: this.approve = () => Promise.resolve(true) } = deps);
    this.#keeper = deps.keeper;
  }

  /** What is known of the run, as things stand. */
  get summary(): Readonly<Summary> {
    return this.#keeper.summary;
  }

  /** A plan is being made. */
  planBegins(): Promise<void> {
    this.emit({ type: 'plan_began', at: new Date().toISOString() });
    return this.#keeper.save('planning');
  }

  /**
   * The plan is complete and on disk.
   * @param digest of plan.ndjson
   * @param how.readAgain its values must be read again before they are written over
   * @param how.fields whose labels people know
   */
  async planReady(
    choice: ReadChoice,
    { lines, sha256 }: { lines: number; sha256: string },
    { readAgain, fields }: { readAgain: boolean; fields: readonly Field[] },
  ): Promise<void> {
    const labels = Object.fromEntries(fields.flatMap(({ key, label }) => (label === key ? [] : [[key, label]])));
    const { writes_planned: writes, changes, calls } = this.summary;
    this.#writes = writes;
    const estimate = await this.estimate(writes, readAgain);
    const totals = { writes, changes, calls: calls.total };
    this.emit({ type: 'plan_ready', choice, rows: lines, sha256, totals, estimate, readAgain, labels });
    await this.#keeper.save();
  }

  /** Puts down on disk what is known of the run. */
  save(): Promise<void> {
    return this.#keeper.save();
  }

  /** From now on requests may be sent. */
  begin(): Promise<void> {
    return this.#keeper.begin();
  }

  /** So many PATCHes at most are about to be sent, of a plan that was made earlier. */
  async writesBegin(writes: number): Promise<void> {
    this.#writes = writes;
    this.emit({ type: 'writes_begin', writes, estimate: await this.estimate(writes, true) });
  }

  /** @param readAgain calls that read contacts again just before are counted in */
  async estimate(writes: number, readAgain: boolean): Promise<Estimate> {
    const rereads = readAgain ? Math.ceil(writes / MAX_PAGE_SIZE) : 0;
    return { ...inSeconds((await this.budget.estimate(writes + rereads)).lastMs), rereads };
  }

  /** Tells now and then how long the writes that are left take. */
  async #forecast(ended: number): Promise<void> {
    const now = MACHINE_CLOCK.monotonic();
    if (now - this.#toldAt < FORECAST_EVERY_MS) return;
    this.#toldAt = now;
    const { lastMs, left } = await this.budget.estimate(Math.max(0, this.#writes - ended));
    this.emit({ type: 'forecast', estimate: { ...inSeconds(lastMs), rereads: 0 }, callsLeft: left });
  }

  /** The plan that is made is about these fields: what contacts show of them must be known. @param fields keys */
  planIsAbout(fields: readonly string[]): void {
    this.#fields = fields;
  }

  /**
   * Opens the current values that a plan is made from.
   * @param rows the most contacts that will be asked for
   * @param listener told of all contacts, which are read by list if there is no mirror
   * @returns with `readAgain`, they may be old: what is written over must be read again just before
   */
  async openToPlan(rows: number, listener?: ScanListener): Promise<{ current: CurrentValues; readAgain: boolean }> {
    const all = listener ? ({ reads: 'list', listener } as const) : {};
    const options = { ...this.#readOptions(rows, 'open'), ...all };
    const open = () => CurrentValues.open(this.api, this.vocabulary, options);
    if (!this.options.mirror) return { current: await open(), readAgain: false };
    const schema = await this.vocabulary.read();
    await this.#mirror?.close();
    this.#mirror = undefined;
    const { onPage, emit } = options;
    const { dir, maxAge } = this.options.mirror;
    const opened = await Mirror.open(this.api, schema, { dir: await dir(), maxAge, emit, onPage }, Date.now());
    if ('aside' in opened) {
      emit({ type: 'warning', code: 'mirror_skipped', facts: { why: opened.aside } });
      const current = await open();
      current.choice = { ...current.choice, why: `${current.choice.why}; without the mirror: ${opened.aside}` };
      return { current, readAgain: false };
    }
    this.#mirror = opened.mirror;
    const rest = await this.openAsNow(rows);
    const { costs } = rest.choice;
    const many = () => rest.choice.way === 'ids';
    const reader = opened.mirror.reader({ read: (ids) => rest.read(ids), many, close: () => rest.close() });
    const current = CurrentValues.of(this.api, options, reader, { way: 'mirror', why: opened.why, costs });
    return { current, readAgain: true };
  }

  /** Opens current values of which each read shows the contacts as they are at that moment, which a scan made once does not. */
  openAsNow(rows: number): Promise<CurrentValues> {
    return CurrentValues.open(this.api, this.vocabulary, this.#readOptions(rows, 'now'));
  }

  /** Current values from somewhere else than the API's contacts by id. */
  openFrom(reader: ContactReader, rows: number, choice: ReadChoice): CurrentValues {
    return CurrentValues.of(this.api, this.#readOptions(rows, 'open'), reader, choice);
  }

  /** The mirror, where one is kept: writes are to be noted there. */
  get mirror(): Mirror | undefined {
    return this.#mirror;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#mirror?.close();
  }

  #readOptions(
    rows: number,
    asOf: 'open' | 'now',
  ): CurrentValuesOptions & { onPage: (done: number, total: number) => void } {
    const fields = this.#fields ?? Object.keys(this.summary.changes);
    if (fields.some((key) => key.startsWith(CUSTOM_PREFIX))) this.api.askForCustomFields();
    return {
      fields,
      ...{ asOf, reads: this.options.reads, rows, concurrency: this.options.concurrency, emit: this.emit },
      scratchDir: this.folder.file('scratch'),
      onPage: (done, total) => this.progress('reading contacts', done, total),
    };
  }

  /**
   * @param phase `recording` where the results are no more than the plan
   * @param done rows that ended in an earlier process
   */
  openRecorder(phase: 'recording' | 'applying', input: InputFormat, flags: 'w' | 'a', done = 0): Promise<Recorder> {
    const {
      input: { rows },
      labels,
    } = this.summary;
    let ended = done;
    let written = 0;
    return Recorder.open(this.folder, { input, flags, labels }, (line, outcome, recorded) => {
      this.emit({ type: 'row_ended', line, outcome, recorded });
      this.progress(phase, ++ended, rows);
      if (phase === 'applying' && line.status === 'planned') void this.#forecast(++written);
    });
  }
}

/** By the rate limit alone. @param ms until the last call may begin; Infinity: never */
function inSeconds(ms: number): Pick<Estimate, 'seconds' | 'ends_at'> {
  if (ms >= LATEST_MS - Date.now()) return { seconds: null, ends_at: null };
  return { seconds: Math.round(ms / 1000), ends_at: new Date(Date.now() + ms).toISOString() };
}
