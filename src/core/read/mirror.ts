import { rm } from 'node:fs/promises';
import path from 'node:path';
import { MAX_PAGE_SIZE, type ContactsApi } from '../contacts/contacts-api.js';
import type { Contact, FieldSchema } from '../contacts/types.js';
import type { OnEvent } from '../model/events.js';
import { inBatches } from '../model/batches.js';
import { CHANGED_AT } from '../contacts/fields.js';
import { changedCondition } from '../contacts/filters.js';
import { refresh, type Refreshed } from './mirror-refresh.js';
import { MirrorBrokenError, MirrorBusyError, MirrorStore } from './mirror-store.js';
import type { ContactReader, Entry, Found } from './reader.js';

/** So many absent ids are kept in mind: ten calls' worth. */
const MOST_ABSENT = 10 * MAX_PAGE_SIZE;

const BATCH = 1000;

export interface MirrorOptions {
  dir: string;
  /** Rebuilt when older than this, milliseconds. */
  maxAge: number;
  emit: OnEvent;
  onPage: (done: number, total: number) => void;
}

/** What else contacts can be read by. */
interface Rest extends Pick<ContactReader, 'read' | 'close'> {
  /** Whether one call reads many contacts, as far as is known by now. */
  many: () => boolean;
}

/** Where the mirror of an organisation's contacts is kept, beside the runs. @param scope names the API and organisation */
export function mirrorDir(runsDir: string, scope: string): string {
  return path.join(path.resolve(runsDir), `.mirror-${scope}`);
}

/**
 * The organisation's contacts in a store on disk, kept from one run to the next and refreshed by what changed since:
 * a run then reads with a call or two, whatever the size of its file. It is a cache: where it fails, the run reads as
 * it would without.
 */
export class Mirror {
  #broken = false;

  private constructor(
    private readonly store: MirrorStore,
    private readonly emit: OnEvent,
  ) {}

  /**
   * Opens the mirror and brings it up to date.
   * @param now epoch milliseconds
   * @returns it and how that was done, for the plan; or why the run is to read without it
   * @throws where the API does not answer, or the run is stopped
   */
  static async open(
    api: ContactsApi,
    schema: readonly FieldSchema[],
    options: MirrorOptions,
    now: number,
  ): Promise<{ mirror: Mirror; why: string } | { aside: string }> {
    const condition = changedCondition(schema);
    // Filling it whole each time would take more calls than it saves.
    if (condition === undefined) return { aside: `the API does not filter and sort by ${CHANGED_AT}` };
    const { dir, emit } = options;
    const attempt = () => openRefreshed(dir, (store) => refresh({ ...options, api, store, condition, now }));
    try {
      const { store, refreshed } = await attempt().catch(async (error: unknown) => {
        if (!(error instanceof MirrorBrokenError)) throw error;
        emit({ type: 'warning', code: 'mirror_damaged', facts: { dir, why: error.message } });
        await rm(dir, { recursive: true, force: true }).catch(unusable);
        return attempt();
      });
      return 'aside' in refreshed ? refreshed : { mirror: new Mirror(store, emit), why: refreshed.why };
    } catch (error) {
      if (error instanceof MirrorBusyError) return { aside: 'another run has it open' };
      if (error instanceof MirrorBrokenError) return { aside: `it cannot be kept in ${dir}: ${error.message}` };
      throw error;
    }
  }

  /** @param rest asked for contacts that the mirror does not have, before they are said not to exist; closed with it */
  reader(rest: Rest): ContactReader {
    const absent = new Absent(this.store, rest);
    return {
      way: 'mirror',
      read: async (ids) => {
        const contacts = await this.#try(() => this.store.getMany(ids));
        if (!contacts) return rest.read(ids);
        const unseen = ids.filter((_, at) => contacts[at] === undefined);
        const remembered = unseen.length > 0 ? await this.#try(() => absent.remembered()) : [];
        const found = await absent.read(unseen, remembered ?? []);
        contacts.forEach((contact, at) => contact && found.set(ids[at]!, { contact }));
        return found;
      },
      close: async () => {
        await this.#try(() => absent.remember());
        await rest.close();
      },
    };
  }

  /**
   * Tells of all contacts, and waits for it.
   * @returns whether all were told: the store may turn out to be broken
   */
  async visit(onContacts: (contacts: readonly Contact[]) => Promise<void>): Promise<boolean> {
    const told = await this.#try(async () => {
      for await (const batch of inBatches(this.store.contacts(), BATCH)) await onContacts(batch);
      return true;
    });
    return told ?? false;
  }

  /** Stores what the API answered to a write of our own. */
  put(contact: Contact): Promise<void> {
    return this.#try(() => this.store.replace(contact));
  }

  /** A contact that the API no longer has. */
  remove(id: string): Promise<void> {
    return this.#try(() => this.store.remove(id));
  }

  async close(): Promise<void> {
    try {
      await (this.#broken ? this.store.destroy() : this.store.close());
    } catch (error) {
      // A cache that cannot be closed is not a reason to fail a run.
      this.emit({ type: 'warning', code: 'mirror_not_closed', facts: { why: (error as Error).message } });
    }
  }

  /** @returns undefined where the store is broken: then it is left alone, and gone when closed */
  async #try<T>(act: () => Promise<T>): Promise<T | undefined> {
    if (this.#broken) return undefined;
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof MirrorBrokenError)) throw error;
      if (!this.#broken) this.emit({ type: 'warning', code: 'mirror_damaged', facts: { why: error.message } });
      this.#broken = true;
      return undefined;
    }
  }
}

/**
 * Ids that a file names and the mirror does not have. Each is asked for in every run, as it may be a contact by now or
 * one that no list shows. Those of earlier runs go along with the first call that is made, so that a file with dead
 * ids all over takes a call for each 500 of them, not one for each batch of rows.
 */
class Absent {
  /** What was answered in this run; undefined: no contact. */
  readonly #answers = new Map<string, Entry | undefined>();
  readonly #named = new Set<string>();
  #known: readonly string[] | undefined;

  constructor(
    private readonly store: MirrorStore,
    private readonly rest: Rest,
  ) {}

  /** Those of earlier runs. */
  async remembered(): Promise<readonly string[]> {
    this.#known ??= await this.store.absent();
    return this.#known;
  }

  async read(ids: readonly string[], remembered: readonly string[]): Promise<Found> {
    const isOpen = (id: string) => !this.#answers.has(id);
    const asking = ids.filter(isOpen);
    let found: Found = new Map();
    if (asking.length > 0) {
      const along = this.rest.many() ? remembered.filter((id) => isOpen(id) && !asking.includes(id)) : [];
      const all = [...asking, ...along].slice(0, MAX_PAGE_SIZE);
      found = await this.rest.read(all);
      // A file of nothing but dead ids must not outgrow memory: beyond so many, each batch asks for its own.
      for (const id of all) if (this.#answers.size < MOST_ABSENT) this.#answers.set(id, found.get(id));
    }
    for (const id of ids) if (this.#named.size < MOST_ABSENT) this.#named.add(id);
    return new Map(
      ids.flatMap((id) => {
        const entry = found.get(id) ?? this.#answers.get(id);
        return entry ? [[id, entry]] : [];
      }),
    );
  }

  /** Keeps them in mind for the runs to come. */
  async remember(): Promise<void> {
    if (this.#named.size === 0) return;
    const all = [...new Set([...this.#named, ...(this.#known ?? [])])].slice(0, MOST_ABSENT);
    // An API that would not take so many at a time is not asked so again.
    await this.store.setAbsent(this.rest.many() ? all : []);
  }
}

/** The store is closed again where it cannot be used, so that other runs may have it. */
async function openRefreshed(
  dir: string,
  bringUpToDate: (store: MirrorStore) => Promise<Refreshed>,
): Promise<{ store: MirrorStore; refreshed: Refreshed }> {
  const store = await MirrorStore.open(dir);
  try {
    const refreshed = await bringUpToDate(store);
    if ('aside' in refreshed) await store.close();
    return { store, refreshed };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function unusable(error: Error): never {
  throw new MirrorBrokenError(error.message, { cause: error });
}
