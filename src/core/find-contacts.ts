import path from 'node:path';
import { keyFilter, type KeyFilter } from './contacts/key-filter.js';
import { canonicalId } from './contacts/contact-id.js';
import { MAX_PAGE_SIZE } from './contacts/contacts-api.js';
import type { Field } from './contacts/fields.js';
import { isFieldKey } from './contacts/keys.js';
import type { Contact } from './contacts/types.js';
import { ScratchStore } from './disk/store.js';
import type { Searched } from './match/decide-match.js';
import { KeyIndex } from './match/key-index.js';
import { matchByFilter } from './match/match-by-filter.js';
import type { Matches } from './match/match-rows.js';
import { SyncError } from './model/errors.js';
import { batchRows, type RowReading } from './plan/row-batches.js';
import type { CurrentValues } from './read/current-values.js';
import type { ScanListener } from './read/read-by-scan.js';
import { openSnapshot, type Snapshot } from './open-snapshot.js';
import type { ReadChoice } from './model/read-choice.js';
import type { ContactReader, Entry, Found } from './read/reader.js';
import { resolvedKeys } from './run/resolved-keys.js';
import type { Session } from './run/session.js';

/** What the rows of a file are about. */
export interface Contacts {
  /** Their values. */
  current: CurrentValues;
  /** The values may be old: what is written over must be read again just before. */
  readAgain: boolean;
  /** Which contacts rows name by the values of fields; undefined: all rows name them by id. */
  matches: Matches | undefined;
}

/** What contacts are looked for by. */
interface Search {
  session: Session;
  /** Rows that can be carried out. */
  rows: number;
  /** Those whose contact is known by its id. */
  byId: number;
  index: KeyIndex;
}

/**
 * Finds the contacts of a file's rows and opens their values, by the fewest calls: from a snapshot or the mirror, by the
 * API's filter, or from the whole list.
 * @param snapshot the path of one
 * @throws SyncError `key_not_filterable` where only the filter may be used and there is none
 */
export async function findContacts(
  session: Session,
  rows: RowReading,
  snapshot: Snapshot | undefined,
): Promise<Contacts> {
  const { survey, header } = rows;
  const count = survey.rows - survey.invalid;
  const namesByField = header.keys.some((at) => isByField(header.columns[at]));
  if (!namesByField) {
    const values = snapshot
      ? { current: await openSnapshot(session, rows, snapshot), readAgain: true }
      : await session.openToPlan(count);
    return { ...values, matches: undefined };
  }
  const index = await KeyIndex.open(scratch(session, 'keys'));
  try {
    const ids = await collectKeys(rows, index, session.stop.signal);
    const search: Search = { session, rows: count, byId: ids + (await settleKeys(session, index)), index };
    if (!snapshot) return await searchApi(search);
    const note = async (contacts: readonly Contact[]): Promise<void> => void (await index.note(contacts));
    const current = await openSnapshot(session, rows, snapshot, note);
    return { current, readAgain: true, matches: { index, searched: () => 'snapshot' } };
  } catch (error) {
    await index.close();
    throw error;
  }
}

function isByField(column: RowReading['header']['columns'][number] | undefined): boolean {
  return column?.kind === 'key' && column.by !== 'id';
}

/** @returns how many rows name their contact by its id */
async function collectKeys(rows: RowReading, index: KeyIndex, signal: AbortSignal): Promise<number> {
  let byId = 0;
  for await (const batch of batchRows(rows)) {
    signal.throwIfAborted();
    for (const row of batch) {
      if (!('edit' in row)) continue;
      const { key } = row.edit;
      if (isFieldKey(key)) await index.add(key);
      else byId++;
    }
  }
  await index.flush();
  return byId;
}

/** Keys that an earlier run resolved. @returns how many contacts are to be read by their ids, therefore */
async function settleKeys(session: Session, index: KeyIndex): Promise<number> {
  const fields = new Map([...index.counts.keys()].map((by) => [by.key, by]));
  let settled = 0;
  for await (const { field, value, contactId } of resolvedKeys(session)) {
    const by = fields.get(field);
    if (by && (await index.settle({ by, value }, contactId))) settled++;
  }
  return settled;
}

async function searchApi(search: Search): Promise<Contacts> {
  const { reads, mirror } = search.session.options;
  const filters = await filtersOf(search);
  if (mirror) return searchMirror(search, filters);
  if (reads === 'list') return searchList(search, 'as requested');
  return searchFiltered(search, filters);
}

/** How each key can be filtered. */
type Filters = readonly { by: Field; filter: KeyFilter | undefined }[];

async function filtersOf({ session, index }: Search): Promise<Filters> {
  const schema = await session.vocabulary.read();
  return [...index.counts.keys()].map((by) => ({ by, filter: keyFilter(by, schema) }));
}

/** The mirror knows all contacts that a list shows: what it does not have need not be asked for. */
async function searchMirror(search: Search, filters: Filters): Promise<Contacts> {
  const { session, index, rows } = search;
  const scan = scanFor(search);
  const needsList = filters.some(({ filter }) => filter === undefined);
  const opened = await session.openToPlan(needsList ? rows : search.byId, needsList ? scan.listener : undefined);
  const { mirror } = session;
  if (mirror) {
    const isTold = await mirror.visit(async (contacts) => void (await index.note(contacts)));
    if (isTold) return { ...opened, matches: { index, searched: () => 'api' } };
  } else if (needsList) return { ...opened, matches: scan.matches() };
  return searchFiltered(search, filters, opened.current);
}

/** Reads the whole list, and with it the values of all contacts. */
async function searchList(search: Search, why: string): Promise<Contacts> {
  const scan = scanFor(search);
  const opened = await search.session.openToPlan(search.rows, scan.listener);
  const { costs, way } = opened.current.choice;
  opened.current.choice = { way, why, costs: costs.list === undefined ? {} : { list: costs.list } };
  return { ...opened, matches: scan.matches() };
}

function scanFor({ index }: Search): { listener: ScanListener; matches: () => Matches } {
  let searched: Searched = 'shifting_list';
  const listener: ScanListener = {
    onContacts: async (contacts) => void (await index.note(contacts)),
    onEnd(isComplete) {
      if (isComplete) searched = 'api';
    },
  };
  return { listener, matches: () => ({ index, searched: () => searched }) };
}

/** @param rest the values of contacts that rows name by id; opened here where it is not given */
async function searchFiltered(search: Search, filters: Filters, rest?: CurrentValues): Promise<Contacts> {
  const { session, index, byId, rows } = search;
  const { reads } = session.options;
  const found = await ScratchStore.open<Contact>(scratch(session, 'matched'));
  const keep = (contacts: readonly Contact[]) =>
    found.putMany(contacts.map((contact) => [canonicalId(contact.id), contact]));
  const unfit = new Map<Field, string>();
  try {
    for (const { by, filter } of filters) {
      const onBatch = (done: number, total: number): void => session.progress('reading contacts', done, total);
      const none = `the API does not filter by ${by.label}`;
      const why = filter ? await matchByFilter(by, filter, { api: session.api, index, keep, onBatch }) : none;
      if (why === undefined) continue;
      if (filter === undefined && reads === 'ids') throw new SyncError('key_not_filterable', { field: by.label });
      unfit.set(by, why);
      if (reads !== 'ids') break;
    }
    const [why] = unfit.values();
    if (why !== undefined && reads !== 'ids') {
      await found.close();
      await rest?.close();
      return await searchList(search, why);
    }
    const others = rest ?? (byId > 0 ? (await session.openToPlan(byId)).current : undefined);
    const current = session.openFrom(readFound(found, others), rows, choiceOf(index, others));
    return { current, readAgain: false, matches: { index, searched: (by) => (unfit.has(by) ? 'spelling' : 'api') } };
  } catch (error) {
    await found.close();
    await rest?.close();
    throw error;
  }
}

/** Contacts that were found by their keys, and those that rows name by id. */
function readFound(found: ScratchStore<Contact>, others: CurrentValues | undefined): ContactReader {
  return {
    way: 'key',
    async read(ids) {
      const contacts = await found.getMany(ids);
      const missing = ids.filter((_, at) => contacts[at] === undefined);
      const entries: Found = (await others?.read(missing)) ?? new Map<string, Entry>();
      contacts.forEach((contact, at) => contact && entries.set(ids[at]!, { contact }));
      return entries;
    },
    async close() {
      await found.close();
      await others?.close();
    },
  };
}

function choiceOf({ counts }: KeyIndex, others: CurrentValues | undefined): ReadChoice {
  const labels = [...counts.keys()].map(({ label }) => label).join(' and ');
  const calls = [...counts.values()].reduce((sum, count) => sum + Math.ceil(count / MAX_PAGE_SIZE), 0);
  const why = `the API filters by ${labels}, ${MAX_PAGE_SIZE} values per call`;
  const also = others ? `; other contacts by ${others.choice.way}: ${others.choice.why}` : '';
  return { way: 'key', why: why + also, costs: { key: calls } };
}

function scratch(session: Session, name: string): string {
  return path.join(session.folder.file('scratch'), name);
}
