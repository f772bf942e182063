import type { Logger } from 'winston';
import { ApiClient } from '../api/client.js';
import { ContactsApi } from '../contacts/contacts-api.js';
import { Vocabulary } from '../contacts/vocabulary.js';
import type { Deadline } from '../budget/deadline.js';
import type { Rate, Reserve } from '../budget/rate.js';
import { CurrentValues, type CurrentValuesOptions } from '../read/current-values.js';
import { Mirror } from '../read/mirror.js';
import type { ContactReader } from '../read/reader.js';
import { Recorder } from './recorder.js';
import type { RejectedFormat } from './rejected.js';
import type { RunFolder } from './run-folder.js';
import type { Tally } from './tally.js';
import { sleepUntil } from '../model/sleep.js';
import type { Hints } from '../model/problem.js';
import type { ReadWay } from '../model/read-choice.js';

/** What is to be known of the API, checked and with defaults applied. Durations are milliseconds. */
export interface ApiOptions {
  baseUrl: string;
  apiPrefix: string;
  key: string;
  concurrency: number;
  rate: Rate | undefined;
  reserve: Reserve;
  maxRequests: number | undefined;
  deadline: Deadline | undefined;
  outageLimit: number;
  retries: number;
  timeout: number;
  reads: 'auto' | ReadWay;
  /** Where the organisation's mirror is and how old it may grow, if one is to be kept. */
  mirror: { dir: string; maxAge: number } | undefined;
  /** Values read longer ago than this are read again before they are written over. */
  planMaxAge: number;
}

/** How far the job is; `total` is 0 where it is not known. */
export type OnProgress = (
  phase: 'reading contacts' | 'planning' | 'recording' | 'applying',
  done: number,
  total: number,
) => void;

export interface ApiSessionDeps {
  log: Logger;
  /** Aborted when the job is to end: no row is begun any more, waits end, requests in flight are left to end. */
  stop: AbortController;
  onProgress: OnProgress;
  /** One that has made calls already; otherwise a new one. */
  client?: ApiClient;
}

/** Makes calls with the pace, retries and limits of these options. */
export function clientOf(options: ApiOptions, { log, stop }: Pick<ApiSessionDeps, 'log' | 'stop'>): ApiClient {
  return new ApiClient({ ...options, timeoutMs: options.timeout, budget: options, stop, log });
}

/** One process's dealings with the API, and what is known of it. */
export class ApiSession {
  readonly log: Logger;
  readonly stop: AbortController;
  readonly onProgress: OnProgress;
  readonly api: ContactsApi;
  readonly vocabulary: Vocabulary;
  protected readonly client: ApiClient;
  #toldOfLost = false;

  constructor(
    readonly options: ApiOptions,
    deps: ApiSessionDeps,
  ) {
    ({ log: this.log, stop: this.stop, onProgress: this.onProgress } = deps);
    this.client = deps.client ?? clientOf(options, deps);
    this.api = new ContactsApi(this.client, options.apiPrefix);
    this.vocabulary = new Vocabulary(this.api);
  }

  /**
   * Waits until a request that was never answered is taken to be over, carried out or not: until its time-out has passed
   * since it was sent. What is read of its contact before that says nothing.
   * @param sentAt epoch milliseconds
   * @throws the stop signal's reason
   */
  async outlast(sentAt: number): Promise<void> {
    const over = sentAt + this.options.timeout;
    const left = over - Date.now();
    if (left <= 0) return;
    if (!this.#toldOfLost) {
      this.#toldOfLost = true;
      this.log.info('waiting: a request that was not answered may still be carried out', {
        seconds: Math.ceil(left / 1000),
      });
    }
    await sleepUntil(over, this.stop.signal);
  }

  close(): Promise<void> {
    this.client.close();
    return Promise.resolve();
  }
}

/** One process's work on one run. */
export class Session extends ApiSession {
  readonly folder: RunFolder;
  readonly tally: Tally;
  /** What to do about a row's problem, told in its error. */
  readonly hints: Hints;
  #mirror: Mirror | undefined;

  constructor(options: ApiOptions, deps: ApiSessionDeps & { folder: RunFolder; tally: Tally; hints?: Hints }) {
    super(options, deps);
    ({ folder: this.folder, tally: this.tally, hints: this.hints = {} } = deps);
    this.tally.watch(this.client);
  }

  /**
   * @param rows the most contacts that will be asked for
   * @param asOf `now`: each read is to show the contacts as they are at that moment, which a scan made once does not
   */
  async openCurrentValues(rows: number, asOf: 'open' | 'now'): Promise<CurrentValues> {
    const options = this.#readOptions(rows, asOf);
    if (asOf === 'now' || !this.options.mirror) return CurrentValues.open(this.api, this.vocabulary, options);
    const schema = await this.vocabulary.read();
    await this.#mirror?.close();
    this.#mirror = undefined;
    const { onPage, log } = options;
    const opened = await Mirror.open(this.api, schema, { ...this.options.mirror, log, onPage }, Date.now());
    if ('aside' in opened) return this.#openWithoutMirror(options, opened.aside);
    this.#mirror = opened.mirror;
    // What it missed must not be written over: the few contacts that change are read again just before.
    this.tally.summary.planned_at = null;
    const rest = await CurrentValues.open(this.api, this.vocabulary, { ...options, asOf: 'now' });
    const { costs } = rest.choice;
    const many = () => rest.choice.way === 'ids';
    const reader = opened.mirror.reader({ read: (ids) => rest.read(ids), many, close: () => rest.close() });
    return CurrentValues.of(this.api, options, reader, { way: 'mirror', why: opened.why, costs });
  }

  /** Current values from a file, without a call. */
  openSnapshot(reader: ContactReader, rows: number, why: string): CurrentValues {
    return CurrentValues.of(this.api, this.#readOptions(rows, 'open'), reader, { way: 'snapshot', why, costs: {} });
  }

  /** The mirror, where one is kept: writes are to be noted there. */
  get mirror(): Mirror | undefined {
    return this.#mirror;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#mirror?.close();
  }

  async #openWithoutMirror(options: CurrentValuesOptions, aside: string): Promise<CurrentValues> {
    this.log.warn('reading without the mirror', { why: aside });
    const current = await CurrentValues.open(this.api, this.vocabulary, options);
    const { choice } = current;
    current.choice = { ...choice, why: `${choice.why}; without the mirror: ${aside}` };
    return current;
  }

  #readOptions(rows: number, asOf: 'open' | 'now') {
    return {
      ...{ asOf, reads: this.options.reads, rows, concurrency: this.options.concurrency, log: this.log },
      scratchDir: this.folder.file('scratch'),
      onPage: (done: number, total: number) => this.onProgress('reading contacts', done, total),
    };
  }

  /**
   * @param phase `recording` where the results are no more than the plan
   * @param done rows that ended in an earlier process
   */
  openRecorder(phase: 'recording' | 'applying', input: RejectedFormat, flags: 'w' | 'a', done = 0): Promise<Recorder> {
    const { rows } = this.tally.summary.input;
    let ended = done;
    return Recorder.open(this.folder, input, flags, (outcome) => {
      this.tally.ended(outcome);
      this.onProgress(phase, ++ended, rows);
    });
  }
}
