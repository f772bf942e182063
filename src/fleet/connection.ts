import type { Client } from 'pg';
import { SyncError } from '../core/model/errors.js';
import { loadClient } from './load.js';
import type { Query } from './schema.js';

/** How often a lost session is opened again, and how long each attempt may take. */
const [RECONNECT_MS, CONNECT_MS] = [500, 5000];
/** A statement that takes longer has lost its connection, whatever the network says of it. */
const QUERY_MS = 15_000;

export interface ConnectionDeps {
  /** The database cannot be reached: told once, until it is back. */
  onAway: () => void;
  onBack: () => void;
}

/** One session on the database. A session that breaks is opened again until the connection is closed. */
export class Connection {
  #client: Client | undefined;
  #opening: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #isAway = false;
  /** Each is told of a new session after a lost one, before any other statement. */
  readonly #renewals = new Set<(query: Query) => Promise<void>>();

  private constructor(
    private readonly url: string,
    private readonly deps: ConnectionDeps,
  ) {}

  /**
   * @param url `postgres://…`, which may hold a password: no error shows it
   * @throws SyncError `package_missing`, `database_unreachable`
   */
  static async open(url: string, deps: ConnectionDeps): Promise<Connection> {
    const connection = new Connection(url, deps);
    try {
      await connection.#connect();
      return connection;
    } catch (cause) {
      if (cause instanceof SyncError) throw cause;
      throw new SyncError(
        'database_unreachable',
        { database: nameDatabase(url), detail: detailOf(cause, url) },
        { cause },
      );
    }
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  /** One statement. Rejects at once while there is no session. */
  readonly query: Query = async (text, values = []) => {
    const client = this.#client;
    if (client === undefined) throw new Error('the database is away');
    return queryOn(client, text, values);
  };

  /** @returns stops telling */
  onRenewal(renew: (query: Query) => Promise<void>): () => void {
    this.#renewals.add(renew);
    return () => this.#renewals.delete(renew);
  }

  /** Resolves once an attempt that is under way to open a lost session has ended, either way. */
  async settled(): Promise<void> {
    await this.#opening;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#opening;
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const Client = await loadClient();
    const client = new Client({
      connectionString: this.url,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: QUERY_MS,
      keepAlive: true,
      application_name: 'contact-sync',
    });
    const lose = (): void => this.#lose(client);
    client.on('error', lose).on('end', lose);
    try {
      await client.connect();
      for (const renew of this.#renewals) await renew((text, values) => queryOn(client, text, values));
      this.#client = client;
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
  }

  #lose(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#reopen();
  }

  /** Tries at once, and then again and again. */
  #reopen(): void {
    if (this.#isClosed) return;
    this.#opening = this.#connect().then(
      () => {
        this.#opening = undefined;
        if (this.#isAway) this.deps.onBack();
        this.#isAway = false;
      },
      () => {
        this.#opening = undefined;
        if (!this.#isAway) this.deps.onAway();
        this.#isAway = true;
        if (!this.#isClosed) this.#timer = setTimeout(() => this.#reopen(), RECONNECT_MS);
      },
    );
  }
}

async function queryOn<Row extends object>(
  client: Client,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  // Several statements at once take no values.
  const { rows } = values.length === 0 ? await client.query(text) : await client.query(text, [...values]);
  return rows as Row[];
}

/** `db.example.com:5432/fleet`: without user and password. */
export function nameDatabase(url: string): string {
  const { host, pathname, searchParams } = new URL(url);
  return `${searchParams.get('host') ?? host}${pathname}`;
}

/** What the driver says, without the password. */
function detailOf(error: unknown, url: string): string {
  const { message, code } = error as NodeJS.ErrnoException;
  const { password } = new URL(url);
  const text = message === '' ? (code ?? 'unknown') : message;
  return [password, decodeURIComponent(password)].reduce(
    (said, secret) => (secret === '' ? said : said.replaceAll(secret, '[password]')),
    text,
  );
}
