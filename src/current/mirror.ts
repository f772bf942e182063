import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import { DateTime } from 'luxon';
import type { Logger } from 'winston';
import { MAX_PAGE_SIZE, needed, type ContactsApi, type ListPage } from '../api/contacts-api.js';
import type { Contact, FieldSchema } from '../api/types.js';
import { canonicalId } from '../contact-id.js';
import { EXIT, ExitError } from '../exit.js';
import type { ContactReader, Found } from './reader.js';

/** Changes are asked for from so long before the newest one that is known: servers' clocks and writes overlap. */
const OVERLAP_MS = 5 * 60_000;

/** What the mirror knows of itself. Absent until it was filled once, whole. */
interface Meta {
  /** When it was last filled whole, epoch milliseconds. */
  filledAt: number;
  /** The newest `updated_at` in it, epoch milliseconds. */
  watermark: number;
  contacts: number;
}

const META = '!meta';

export interface MirrorOptions {
  dir: string;
  /** Filled anew when older than this, milliseconds. */
  maxAge: number;
  log: Logger;
  onPage: (done: number, total: number) => void;
}

/** Where the mirror of an organisation's contacts is kept, beside the runs. */
export function mirrorDir(runsDir: string, baseUrl: string, key: string): string {
  const scope = createHash('sha256').update(`${baseUrl}\n${key}`).digest('hex').slice(0, 16);
  return path.join(path.resolve(runsDir), `.mirror-${scope}`);
}

/**
 * The organisation's contacts in a store on disk, kept from one run to the next and refreshed by what changed since:
 * a run then reads with a call or two, whatever the size of its file.
 */
export class Mirror {
  #removals = Promise.resolve();

  private constructor(
    private readonly db: ClassicLevel<string, unknown>,
    private readonly api: ContactsApi,
    private readonly options: MirrorOptions,
  ) {}

  /** @throws ExitError where another run has the mirror open */
  static async open(api: ContactsApi, options: MirrorOptions): Promise<Mirror> {
    await mkdir(options.dir, { recursive: true, mode: 0o700 });
    const db = new ClassicLevel<string, unknown>(options.dir, { valueEncoding: 'json' });
    try {
      await db.open();
    } catch (cause) {
      throw new ExitError(EXIT.locked, `the mirror ${options.dir} is in use by another run`, { cause });
    }
    return new Mirror(db, api, options);
  }

  /** Brings the mirror up to date. @returns how, for the plan */
  async refresh(schema: readonly FieldSchema[], now: number): Promise<string> {
    const meta = (await this.db.get(META)) as Meta | undefined;
    const condition = changedCondition(schema);
    const fresh = meta !== undefined && now - meta.filledAt < this.options.maxAge;
    if (meta && fresh && condition !== undefined && (await this.#catchUp(meta, condition))) {
      return 'the mirror, refreshed by what changed since';
    }
    await this.#fill(now);
    if (!meta) return 'the mirror, filled for the first time';
    return fresh ? 'the mirror, filled anew' : 'the mirror, filled anew as it was too old';
  }

  reader(missing: Pick<ContactReader, 'read'>): ContactReader {
    return {
      way: 'mirror',
      read: async (ids) => {
        const contacts = (await this.db.getMany([...ids])) as (Contact | undefined)[];
        const unseen = ids.filter((_, at) => contacts[at] === undefined);
        // A contact that the mirror does not have is asked for before it is said not to exist.
        const found: Found = unseen.length > 0 ? await missing.read(unseen) : new Map<string, never>();
        contacts.forEach((contact, at) => contact && found.set(ids[at]!, { contact }));
        return found;
      },
      close: async () => {},
    };
  }

  /** Takes up what the API answered to a write of our own. */
  async put(contact: Contact): Promise<void> {
    await this.db.put(canonicalId(contact.id), contact);
  }

  /** A contact that the API no longer has. */
  remove(id: string): Promise<void> {
    // One after another, as each counts one less than the one before.
    this.#removals = this.#removals.then(() => this.#removeNow(id));
    return this.#removals;
  }

  close(): Promise<void> {
    return this.db.close();
  }

  async #removeNow(id: string): Promise<void> {
    const [known, meta] = (await this.db.getMany([id, META])) as [unknown, Meta | undefined];
    await this.db.del(id);
    // Else the list's count of contacts would no longer tell that one is lacking.
    if (known !== undefined && meta) await this.db.put(META, { ...meta, contacts: meta.contacts - 1 } satisfies Meta);
  }

  /** @returns false where what the list returns disagrees with the mirror */
  async #catchUp(meta: Meta, condition: string): Promise<boolean> {
    let { contacts } = meta;
    let since = meta.watermark - OVERLAP_MS;
    let watermark = meta.watermark;
    // Always the first page, from where the last one ended: contacts that change meanwhile would shift later pages.
    for (let full = true; full;) {
      const filters = [{ field: 'updated_at', condition, value: new Date(since).toISOString() }];
      const query = { page: 1, page_size: MAX_PAGE_SIZE, sort: 'updated_at', filters };
      const reply = await this.api.listContacts(query);
      if (reply.kind === 'refused' && reply.verdict === 'refused') return false;
      const answer = needed(reply);
      const { added, newest, older } = await this.#store(answer, since);
      full = answer.contacts.length === MAX_PAGE_SIZE;
      // Contacts from before the time that was asked for, or no way on: the API does not filter as it says.
      if (older || (full && newest - 1 <= since)) return false;
      since = newest - 1;
      contacts += added;
      watermark = Math.max(watermark, newest);
      this.options.onPage(1, answer.totalPages);
    }
    const { totalCount } = needed(await this.api.listContacts({ page: 1, page_size: 1 }));
    if (totalCount > contacts) {
      this.options.log.info('the mirror lacks contacts', { mirror: contacts, api: totalCount });
      return false;
    }
    // Fewer are contacts that were deleted: a write finds out which.
    await this.db.put(META, { ...meta, watermark, contacts } satisfies Meta);
    return true;
  }

  async #fill(now: number): Promise<void> {
    await this.db.clear();
    let [watermark, contacts] = [0, 0];
    for (let page = 1, pages = 1; page <= pages; page++) {
      const answer = needed(await this.api.listContacts({ page, page_size: MAX_PAGE_SIZE, sort: 'created_at' }));
      pages = answer.totalPages;
      const { added, newest } = await this.#store(answer, 0);
      contacts += added;
      watermark = Math.max(watermark, newest);
      this.options.onPage(page, pages);
    }
    await this.db.put(META, { filledAt: now, watermark, contacts } satisfies Meta);
  }

  async #store({ contacts }: ListPage, since: number): Promise<{ added: number; newest: number; older: boolean }> {
    const byId = new Map(contacts.map((contact) => [canonicalId(contact.id), contact]));
    const known = await this.db.getMany([...byId.keys()]);
    await this.db.batch([...byId].map(([key, value]) => ({ type: 'put' as const, key, value })));
    const times = contacts.map((contact) => DateTime.fromISO(contact.updated_at ?? '').toMillis() || 0);
    return {
      added: known.filter((contact) => contact === undefined).length,
      newest: Math.max(0, ...times),
      older: times.some((time) => time < since),
    };
  }
}

/** The operator that finds what changed after a time, if the API has one. */
function changedCondition(schema: readonly FieldSchema[]): string | undefined {
  const field = schema.find((entry) => entry.key === 'updated_at');
  if (field?.filterable !== true || field.sortable !== true) return undefined;
  const operators = field.allowed_operators ?? [];
  return ['greater_than', 'after', 'gt'].find((operator) => operators.includes(operator));
}
