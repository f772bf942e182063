import { randomBytes } from 'node:crypto';

/** Runs one statement on a session. @returns its rows */
export type Query = <Row extends object>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

/** Two processes that meet a new database make the tables one after the other. */
const MAKING = 7_214_566_081;

/** What is kept in the database; `docs/fleet.md` says what for. Statements that can be run again. */
const TABLES = `
  create schema if not exists contact_sync;
  create table if not exists contact_sync.settings (
    one boolean primary key default true check (one),
    salt text not null
  );
  create table if not exists contact_sync.lock (
    scope text primary key,
    token text not null,
    run text not null,
    pid integer not null,
    host text not null,
    since timestamptz not null,
    server_since timestamptz not null,
    released boolean not null default false
  );
  create table if not exists contact_sync.allowance (
    scope text primary key,
    call_limit integer,
    remaining integer,
    reset_at timestamptz,
    heard_at timestamptz,
    heard_by text,
    tat timestamptz not null default clock_timestamp(),
    paused_until timestamptz not null default clock_timestamp(),
    leases jsonb not null default '{}',
    granted integer not null default 0,
    wait_ms double precision not null default 0
  );
`;

/** Makes what is missing. @returns the salt that names of organisations are made with, hex digits */
export async function prepareDatabase(query: Query): Promise<string> {
  const found = await saltOf(query);
  if (found !== undefined) return found;
  await query('select pg_advisory_lock($1)', [MAKING]);
  try {
    await query(TABLES);
    await query('insert into contact_sync.settings (salt) values ($1) on conflict do nothing', [
      randomBytes(16).toString('hex'),
    ]);
    return (await saltOf(query))!;
  } finally {
    await query('select pg_advisory_unlock($1)', [MAKING]);
  }
}

/** @returns undefined where the tables are not there yet */
async function saltOf(query: Query): Promise<string | undefined> {
  const [made] = await query<{ made: boolean }>(
    `select to_regclass('contact_sync.settings') is not null and to_regclass('contact_sync.lock') is not null
      and to_regclass('contact_sync.allowance') is not null as made`,
  );
  if (!made?.made) return undefined;
  const [row] = await query<{ salt: string }>('select salt from contact_sync.settings');
  return row?.salt;
}
