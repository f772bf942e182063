import { rm } from 'node:fs/promises';
import { ClassicLevel, type BatchOperation } from 'classic-level';
import { z } from 'zod';
import { makeDir } from '../disk/make-dir.js';
import type { Contact } from '../contacts/types.js';
import { canonicalId } from '../contacts/contact-id.js';

/** The contacts are in one of two halves, so that a fill which is stopped leaves the other one as it was. */
export type Half = 'a' | 'b';

const metaShape = z.object({
  version: z.literal(2),
  half: z.enum(['a', 'b']),
  /** When it was last filled whole, epoch milliseconds by our clock. */
  filledAt: z.number(),
  /** Changes are known up to here, epoch milliseconds. */
  watermark: z.number(),
  /** A contact that was changed at or after the watermark: what is asked for from there must show it. */
  sentinel: z.string().nullable(),
  /** How many contacts the half holds. */
  contacts: z.number(),
  /** How many more the API counted than it showed when the half was filled. */
  hidden: z.number(),
  /** Why this API cannot keep a mirror up to date, as the last fill showed; null: it can. */
  unfit: z.string().nullable(),
});

/** What the mirror knows of itself. */
export type Meta = z.infer<typeof metaShape>;

const absentShape = z.array(z.string());

type Operation = BatchOperation<ClassicLevel<string, unknown>, string, unknown>;

/** Another process has the mirror open. */
export class MirrorBusyError extends Error {
  override name = 'MirrorBusyError';
}

/** The store on disk does not do what it should. It is a cache: whoever sees this continues without it. */
export class MirrorBrokenError extends Error {
  override name = 'MirrorBrokenError';
}

/** The mirror on disk: contacts in two halves, and what is known of them. One process has it open at a time. */
export class MirrorStore {
  readonly #halves;
  readonly #facts;
  #meta: Meta | undefined;
  #writes: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly dir: string,
    private readonly db: ClassicLevel<string, unknown>,
  ) {
    const json = { valueEncoding: 'json' } as const;
    this.#halves = { a: db.sublevel<string, unknown>('a', json), b: db.sublevel<string, unknown>('b', json) };
    this.#facts = db.sublevel<string, unknown>('facts', json);
  }

  /** @throws MirrorBusyError; MirrorBrokenError where it is there and cannot be read, or cannot be made */
  static async open(dir: string): Promise<MirrorStore> {
    await guarded(() => makeDir(dir));
    const db = new ClassicLevel<string, unknown>(dir, { valueEncoding: 'json' });
    const store = new MirrorStore(dir, db);
    try {
      await db.open();
      const facts = await store.#facts.get('meta');
      store.#meta = facts === undefined ? undefined : metaShape.parse(facts);
      // What has no facts has not come to its first end, or is in another version's form.
      if (store.#meta === undefined) await db.clear();
    } catch (error) {
      await db.close();
      if (isLocked(error)) throw new MirrorBusyError(dir, { cause: error });
      throw broken(error);
    }
    return store;
  }

  /** Absent until it was filled once, whole. */
  get meta(): Meta | undefined {
    return this.#meta;
  }

  setMeta(meta: Meta): Promise<void> {
    return this.#write(async () => {
      await this.#facts.put('meta', meta);
      this.#meta = meta;
    });
  }

  /** Contacts of the half in use, in the order of the ids; undefined where there is none. */
  async getMany(ids: readonly string[]): Promise<(Contact | undefined)[]> {
    const { half } = this.#meta ?? { half: 'a' as const };
    const values = await guarded(() => this.#halves[half].getMany([...ids]));
    return values.map((value, at) => (value === undefined ? undefined : contactOf(value, ids[at]!)));
  }

  /** All contacts of the half in use. */
  async *contacts(): AsyncGenerator<Contact> {
    const half = this.#halves[this.#meta?.half ?? 'a'];
    try {
      for await (const [id, value] of half.iterator()) yield contactOf(value, id);
    } catch (error) {
      throw broken(error);
    }
  }

  /** Whether a contact is in one of the halves, or its id among those that are not there. */
  async names(id: string): Promise<boolean> {
    const { a, b } = this.#halves;
    const held = await guarded(() => Promise.all([a.get(id), b.get(id)]));
    return held.some((value) => value !== undefined) || (await this.absent()).includes(id);
  }

  /** @returns how many of them the half did not have */
  add(half: Half, contacts: readonly Contact[]): Promise<number> {
    return this.#write(async () => {
      const byId = new Map(contacts.map((contact) => [canonicalId(contact.id), contact]));
      const known = await this.#halves[half].getMany([...byId.keys()]);
      const added = known.filter((contact) => contact === undefined).length;
      const sublevel = this.#halves[half];
      const puts = [...byId].map(([key, value]): Operation => ({ type: 'put', sublevel, key, value }));
      await this.#count(half, added, puts);
      return added;
    });
  }

  /** Brings a contact that it has up to date. One that the list has not shown yet is left to the next reading of the list. */
  replace(contact: Contact): Promise<void> {
    return this.#write(async () => {
      const key = canonicalId(contact.id);
      const half = this.#meta && this.#halves[this.#meta.half];
      const known = await half?.get(key);
      // The answer to a write may leave fields out.
      if (half && known !== undefined) await half.put(key, { ...(known as Contact), ...contact });
    });
  }

  remove(id: string): Promise<void> {
    return this.#write(async () => {
      if (!this.#meta) return;
      const { half } = this.#meta;
      const sublevel = this.#halves[half];
      if ((await sublevel.get(id)) === undefined) return;
      await this.#count(half, -1, [{ type: 'del', sublevel, key: id }]);
    });
  }

  clear(half: Half): Promise<void> {
    return this.#write(() => this.#halves[half].clear());
  }

  /** Ids that files name and the mirror does not have, those of the newest file first. */
  async absent(): Promise<string[]> {
    const known = absentShape.safeParse((await guarded(() => this.#facts.get('absent'))) ?? []);
    return known.data ?? [];
  }

  setAbsent(ids: readonly string[]): Promise<void> {
    return this.#write(() => this.#facts.put('absent', ids));
  }

  async close(): Promise<void> {
    await this.#writes.catch(() => undefined);
    await this.db.close();
  }

  /** Closes it and takes it off the disk. */
  async destroy(): Promise<void> {
    await this.close();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Contacts and their count change together, or a process killed in between would leave a count that is wrong. */
  async #count(half: Half, more: number, operations: Operation[]): Promise<void> {
    if (this.#meta?.half !== half) return this.db.batch(operations);
    const value = { ...this.#meta, contacts: this.#meta.contacts + more };
    await this.db.batch([...operations, { type: 'put', sublevel: this.#facts, key: 'meta', value }]);
    this.#meta = value;
  }

  /** One after another, as each builds on what the one before left. */
  #write<T>(act: () => Promise<T>): Promise<T> {
    const written = this.#writes.then(() => guarded(act));
    this.#writes = written.catch(() => undefined);
    return written;
  }
}

/** @throws MirrorBrokenError where it is not the contact that was put there */
function contactOf(value: unknown, id: string): Contact {
  const contact = value as Partial<Contact> | null;
  if (typeof contact?.id === 'string' && canonicalId(contact.id) === id) return value as Contact;
  throw new MirrorBrokenError('one of its entries is not the contact that was put there');
}

async function guarded<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw broken(error);
  }
}

function broken(error: unknown): MirrorBrokenError {
  const { cause = error } = error as Error;
  // A message of many lines is zod's, about facts of another version or of none.
  const why = error instanceof z.ZodError ? 'it is in another form' : (cause as Error).message;
  return new MirrorBrokenError(why, { cause: error });
}

function isLocked(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: unknown } };
  return cause?.code === 'LEVEL_LOCKED';
}
