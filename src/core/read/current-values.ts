import path from 'node:path';
import type { ContactsApi, ListPage } from '../contacts/contacts-api.js';
import type { FieldSchema } from '../contacts/types.js';
import type { ApiAnswer } from '../model/error-facts.js';
import { hasCode, SyncError } from '../model/errors.js';
import { idCondition } from '../contacts/filters.js';
import { chooseReads } from './choose-reads.js';
import { Completeness } from './complete.js';
import { readByIds } from './read-by-ids.js';
import { readByGet } from './read-by-get.js';
import { isMissing } from './missing.js';
import { listPage, readByScan, type ScanListener } from './read-by-scan.js';
import { rescan } from './rescan.js';
import type { ContactReader, Found, Prefetch } from './reader.js';
import type { OnEvent } from '../model/events.js';
import type { ReadChoice, ReadWay } from '../model/read-choice.js';

export interface CurrentValuesOptions {
  reads: 'auto' | ReadWay;
  /** The most contacts that will be asked for. */
  rows: number;
  /** Keys of the fields that the run is about: what contacts do not show of them must be known. */
  fields: readonly string[];
  concurrency: number;
  /** `now`: each read is to show the contacts as they are at that moment, which a scan made once does not. */
  asOf: 'open' | 'now';
  /** Where a scan may keep its store. */
  scratchDir: string;
  emit: OnEvent;
  onPage?: (done: number, total: number) => void;
  /** Told of the contacts of a scan. */
  listener?: ScanListener;
}

/** The live values of contacts, read in the way that costs the fewest calls. */
export class CurrentValues {
  readonly #complete: Completeness;
  #hasAnswered = false;

  private constructor(
    private readonly api: ContactsApi,
    private readonly options: CurrentValuesOptions,
    private reader: ContactReader,
    public choice: ReadChoice,
  ) {
    this.#complete = new Completeness(api, options.fields);
  }

  /** Values from somewhere else than the API's contacts. */
  static of(api: ContactsApi, options: CurrentValuesOptions, reader: ContactReader, choice: ReadChoice): CurrentValues {
    return new CurrentValues(api, options, reader, choice);
  }

  /** @param schema reads the schema, once; `schema.known` is there where the run has read it already */
  static async open(
    api: ContactsApi,
    schema: { known: readonly FieldSchema[] | undefined; read: () => Promise<readonly FieldSchema[]> },
    options: CurrentValuesOptions,
  ): Promise<CurrentValues> {
    const { reads, rows } = options;
    const free = chooseReads({ rows, schemaRead: false });
    if (reads === 'get' || (reads === 'auto' && schema.known === undefined && free)) {
      const choice = free ?? { way: 'get', why: 'as requested', costs: { get: rows } };
      return new CurrentValues(api, options, readByGet(api, options.concurrency), choice);
    }
    if (reads === 'list' && options.asOf === 'open')
      return this.#openScan(api, options, await listPage(api, 1), 'as requested');
    const condition = await this.#findCondition(schema, options);
    if (condition !== undefined) {
      const choice = chooseReads({ rows, schemaRead: true, idFilterable: true })!;
      return new CurrentValues(api, options, readByIds(api, condition, options.concurrency), choice);
    }
    if (options.asOf === 'now') return this.#openWithoutFilter(api, options);
    if (reads === 'ids') throw new SyncError('ids_not_filterable', {});
    return this.#openWithoutFilter(api, options);
  }

  /** How the API filters by id; undefined where it does not, or this key may not ask. */
  static async #findCondition(
    schema: { known: readonly FieldSchema[] | undefined; read: () => Promise<readonly FieldSchema[]> },
    { reads, emit }: CurrentValuesOptions,
  ): Promise<string | undefined> {
    try {
      return idCondition(schema.known ?? (await schema.read()));
    } catch (error) {
      if (reads === 'ids' || !isMissing(error)) throw error;
      emit({ type: 'warning', code: 'reads_changed', facts: { why: error.message } });
      return undefined;
    }
  }

  /**
   * What is absent from a contact nobody knows, and null is nothing there.
   * @param ids at most 500, canonical and distinct
   */
  async read(ids: readonly string[]): Promise<Found> {
    if (ids.length === 0) return new Map();
    const found = await this.#readAny(ids);
    // It may have been kept by a run that had no use for the tags.
    if (this.reader.way === 'mirror') reshape(found, this.api);
    if (this.reader.way === 'snapshot') return this.#complete.fill(found, true);
    if (this.reader.way === 'get' || !(await this.#complete.showsLess(found))) return this.#complete.fill(found);
    const why = 'the API leaves fields out of lists that it shows of single contacts';
    this.options.emit({ type: 'warning', code: 'reads_changed', facts: { why } });
    await this.reader.close();
    this.reader = readByGet(this.api, this.options.concurrency);
    this.choice = { way: 'get', why, costs: { get: this.options.rows } };
    return this.#complete.fill(await this.reader.read(ids));
  }

  async #readAny(ids: readonly string[]): Promise<Found> {
    try {
      const found = await this.reader.read(ids);
      this.#hasAnswered = true;
      return found;
    } catch (error) {
      // An endpoint that answered before is gone, and so may be the rest.
      const isOpen = hasCode(error, 'filter_refused') || (isMissing(error) && !this.#hasAnswered);
      if (!isOpen || this.reader.way !== 'ids' || this.options.reads === 'ids') throw error;
      const { answer, words = '' } = error.facts as ApiAnswer;
      if (words !== '') this.options.emit({ type: 'api_words', answer, words });
      this.options.emit({ type: 'warning', code: 'reads_changed', facts: { why: error.message } });
      await this.reader.close();
      const other = await CurrentValues.#openWithoutFilter(this.api, this.options);
      this.reader = other.reader;
      this.choice = other.choice;
      return this.reader.read(ids);
    }
  }

  /** Undefined where this way of reading has no calls to start early. */
  get prefetch(): Prefetch | undefined {
    return this.reader.prefetch;
  }

  async close(): Promise<void> {
    await this.reader.close();
  }

  /** The first page of the list tells what a scan would cost, and is its first part. */
  static async #openWithoutFilter(api: ContactsApi, options: CurrentValuesOptions): Promise<CurrentValues> {
    if (options.asOf === 'now') {
      const choice: ReadChoice = { way: 'get', why: 'the API does not filter by id', costs: { get: options.rows } };
      const { concurrency, scratchDir } = options;
      return new CurrentValues(api, options, rescan(api, { concurrency, scanDir: scanDir(scratchDir) }), choice);
    }
    const first = await firstPage(api, options);
    if (first === undefined) {
      const choice: ReadChoice = { way: 'get', why: 'the API does not list contacts', costs: { get: options.rows } };
      return new CurrentValues(api, options, readByGet(api, options.concurrency), choice);
    }
    const facts = { rows: options.rows, schemaRead: true, idFilterable: false, totalContacts: first.totalCount };
    const choice = chooseReads(facts)!;
    if (choice.way === 'list') return this.#openScan(api, options, first, choice.why);
    return new CurrentValues(api, options, readByGet(api, options.concurrency), choice);
  }

  static async #openScan(
    api: ContactsApi,
    options: CurrentValuesOptions,
    first: ListPage,
    why: string,
  ): Promise<CurrentValues> {
    const reader = await readByScan(api, first, {
      dir: scanDir(options.scratchDir),
      byGet: readByGet(api, options.concurrency),
      ...(options.onPage ? { onPage: options.onPage } : {}),
      ...(options.listener ? { listener: options.listener } : {}),
    });
    const choice: ReadChoice = { way: 'list', why, costs: { list: first.totalPages, get: options.rows } };
    return new CurrentValues(api, options, reader, choice);
  }
}

function reshape(found: Found, { shape }: ContactsApi): void {
  for (const [id, entry] of found) if ('contact' in entry) found.set(id, { contact: shape(entry.contact) });
}

/** @returns undefined where the API does not list contacts, or not for this key */
async function firstPage(api: ContactsApi, { emit }: CurrentValuesOptions): Promise<ListPage | undefined> {
  try {
    return await listPage(api, 1);
  } catch (error) {
    if (!isMissing(error)) throw error;
    emit({ type: 'warning', code: 'reads_changed', facts: { why: error.message } });
    return undefined;
  }
}

function scanDir(scratchDir: string): string {
  return path.join(scratchDir, 'contacts');
}
