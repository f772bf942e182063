import path from 'node:path';
import type { ContactsApi, ListPage } from '../contacts/contacts-api.js';
import type { FieldSchema } from '../contacts/types.js';
import { hasCode, SyncError } from '../model/errors.js';
import { idCondition } from '../contacts/filters.js';
import { chooseReads } from './choose-reads.js';
import { readByIds } from './read-by-ids.js';
import { readByGet } from './read-by-get.js';
import { listPage, readByScan, type ScanListener } from './read-by-scan.js';
import { rescan } from './rescan.js';
import type { ContactReader, Found } from './reader.js';
import type { OnEvent } from '../model/events.js';
import type { ReadChoice, ReadWay } from '../model/read-choice.js';

export interface CurrentValuesOptions {
  reads: 'auto' | ReadWay;
  /** The most contacts that will be asked for. */
  rows: number;
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
  private constructor(
    private readonly api: ContactsApi,
    private readonly options: CurrentValuesOptions,
    private reader: ContactReader,
    public choice: ReadChoice,
  ) {}

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
    const condition = idCondition(schema.known ?? (await schema.read()));
    if (condition !== undefined) {
      const choice = chooseReads({ rows, schemaRead: true, idFilterable: true })!;
      return new CurrentValues(api, options, readByIds(api, condition), choice);
    }
    if (options.asOf === 'now') return this.#openWithoutFilter(api, options);
    if (reads === 'ids') throw new SyncError('ids_not_filterable', {});
    return this.#openWithoutFilter(api, options);
  }

  /** @param ids at most 500, canonical and distinct */
  async read(ids: readonly string[]): Promise<Found> {
    if (ids.length === 0) return new Map();
    try {
      return await this.reader.read(ids);
    } catch (error) {
      if (!hasCode(error, 'filter_refused') || this.options.reads === 'ids') throw error;
      const { answer, words = '' } = error.facts;
      if (words !== '') this.options.emit({ type: 'api_words', answer, words });
      this.options.emit({ type: 'warning', code: 'reads_changed', facts: { why: error.message } });
      const other = await CurrentValues.#openWithoutFilter(this.api, this.options);
      this.reader = other.reader;
      this.choice = other.choice;
      return this.reader.read(ids);
    }
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
    const first = await listPage(api, 1);
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

function scanDir(scratchDir: string): string {
  return path.join(scratchDir, 'contacts');
}
