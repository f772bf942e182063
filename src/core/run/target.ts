import { createHmac, randomBytes } from 'node:crypto';
import { link, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { makeDir } from '../disk/make-dir.js';
import { unwrap, type ContactsApi, type Organisation } from '../contacts/contacts-api.js';
import { SyncError } from '../model/errors.js';
import { FORMAT } from '../disk/ndjson.js';
import { whyNotMade } from '../disk/near-file.js';
import { openBeside, replaceFile } from '../disk/replace-file.js';

/** Whose contacts a run is about. */
export interface Target {
  /** The API's address in one spelling. */
  base_url: string;
  api_prefix: string;
  /** As `GET /v1/me` names it; null where the API does not tell. */
  organisation: Organisation | null;
  /** `salt:digest` of the key, both hex: it tells whether another key is the same one, and nothing of the key. */
  key_fingerprint: string;
}

/**
 * The folder for what this machine remembers across runs: locks, and whose key is whose.
 * @param home the user's own folder
 */
export function machineDir(home: string): string {
  return path.join(home, '.contact-sync');
}

const THIS_MACHINE = ['localhost', '[::1]', '[::ffff:7f00:1]'];

/** One spelling for an API's address: host in lower case, no default port, no slash at the end, one name for this machine. */
export function canonicalUrl(url: string): string {
  const { protocol, hostname, port, pathname } = new URL(url);
  const host = hostname.replace(/\.$/, '');
  // Other addresses of the loopback network can be other servers.
  const local = THIS_MACHINE.includes(host) ? '127.0.0.1' : host;
  return `${protocol}//${local}${port === '' ? '' : `:${port}`}${plainPath(pathname)}`;
}

/** Letters that need no escape have none, escapes are in upper case, and no slash is at the end. */
function plainPath(pathname: string): string {
  const plain = pathname.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const letter = String.fromCharCode(parseInt(escape.slice(1), 16));
    return /[\w.~-]/.test(letter) ? letter : escape.toUpperCase();
  });
  return plain.replace(/\/+$/, '');
}

/** The form of a target in files. */
export const targetShape = z.object({
  base_url: z.string(),
  api_prefix: z.string(),
  organisation: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
  key_fingerprint: z.string(),
});

/** Where the API is and with which key: what a target is found out from. */
export interface Access {
  baseUrl: string;
  apiPrefix: string;
  key: string;
}

/**
 * Finds out whose contacts a run is about. Takes one call for a key, which this machine then remembers.
 * @param dir as `machineDir` gives
 * @param beforeAsking is told of the target as far as it is known before that call, and waited for
 * @throws SyncError where the API refuses the key, or does not answer
 */
export async function findTarget(
  api: ContactsApi,
  access: Access,
  dir: string,
  beforeAsking: (target: Target) => Promise<void>,
): Promise<Target> {
  const { baseUrl, key } = access;
  const known = targetOf(access, null);
  let organisation: Organisation | null | undefined = await remembered(await noteOf(dir, known.base_url, key));
  if (organisation === undefined) {
    await beforeAsking(known);
    organisation = unwrap(await api.getOrganisation());
    if (organisation) await rememberOrganisation(dir, { baseUrl, key }, organisation);
  }
  return { ...known, organisation };
}

/**
 * @param wanted an id or a name
 * @throws SyncError where the API does not confirm that the key is that organisation's
 */
export function assertOrganisation(
  { base_url, organisation }: Pick<Target, 'base_url' | 'organisation'>,
  wanted: string | undefined,
): void {
  if (wanted === undefined || organisation?.id === wanted || organisation?.name === wanted) return;
  throw new SyncError('organisation_differs', { wanted, found: organisation, url: base_url });
}

/**
 * The target as this machine knows it, without a call: the organisation is null where it has not met the key yet.
 * @param dir as `machineDir` gives
 */
export async function knownTarget(access: Access, dir: string): Promise<Target> {
  // A machine that cannot remember knows nothing.
  const file = await noteOf(dir, canonicalUrl(access.baseUrl), access.key).catch(() => undefined);
  return targetOf(access, (file === undefined ? undefined : await remembered(file)) ?? null);
}

function targetOf({ baseUrl, apiPrefix, key }: Access, organisation: Organisation | null): Target {
  const key_fingerprint = fingerprint(key, randomBytes(8).toString('hex'));
  return { base_url: canonicalUrl(baseUrl), api_prefix: apiPrefix, organisation, key_fingerprint };
}

/**
 * Refuses to work on a run with another API or another organisation than it was made for.
 * @param made what the run was made for
 * @param now what this command was given
 * @throws SyncError naming both
 */
export function assertSameTarget(runId: string, made: Target, now: Target, key: string): void {
  if (made.base_url === now.base_url && isSameOrganisation(made, now, key)) {
    if (made.api_prefix === now.api_prefix) return;
    throw new SyncError('prefix_differs', { run: runId, made: made.api_prefix, now: now.api_prefix });
  }
  throw new SyncError('target_differs', { run: runId, made: nameTarget(made), now: nameTarget(now) });
}

/** `Acme Inc. (org id) at https://api.example.com`. */
export function nameTarget({ base_url, organisation, key_fingerprint }: Target): string {
  if (organisation === null) return `an unnamed organisation at ${base_url} (key ${key_fingerprint.slice(-8)})`;
  const { id, name } = organisation;
  return `${name === null ? `organisation ${id}` : `${name} (${id})`} at ${base_url}`;
}

/**
 * What names a target's lock and caches. Hex digits.
 * @param dir as `machineDir` gives
 */
export async function scopeOf(target: Target, key: string, dir: string): Promise<string> {
  return scopeWith(target, key, await machineSalt(dir));
}

/** The same with a salt that several machines share. Hex digits. */
export function scopeWith({ base_url, organisation }: Target, key: string, salt: string): string {
  const owner = organisation === null ? `key ${key}` : `organisation ${organisation.id}`;
  return createHmac('sha256', salt).update(`${base_url}\n${owner}`).digest('hex').slice(0, 24);
}

/**
 * Whether two targets at one address are the same organisation; where one of them does not say, whether the key is the
 * same.
 * @param key the one of `now`
 */
export function isSameOrganisation(made: Target, now: Target, key: string): boolean {
  if (made.organisation !== null && now.organisation !== null) return made.organisation.id === now.organisation.id;
  const [salt = ''] = made.key_fingerprint.split(':');
  return made.key_fingerprint === fingerprint(key, salt);
}

function fingerprint(key: string, salt: string): string {
  return `${salt}:${createHmac('sha256', salt).update(key).digest('hex').slice(0, 32)}`;
}

const note = z.object({ format: z.literal(FORMAT), id: z.string(), name: z.string().nullable() });

async function noteOf(dir: string, base_url: string, key: string): Promise<string> {
  const name = createHmac('sha256', await machineSalt(dir))
    .update(`${base_url}\n${key}`)
    .digest('hex')
    .slice(0, 24);
  return path.join(dir, 'organisations', `${name}.json`);
}

async function remembered(file: string): Promise<Organisation | undefined> {
  try {
    const { id, name } = note.parse(JSON.parse(await readFile(file, 'utf8')));
    return { id, name };
  } catch {
    // Not there, or not readable: the API is asked again.
    return undefined;
  }
}

/**
 * Remembers whose key it is. Where that cannot be written down, the API is asked each time.
 * @param dir as `machineDir` gives
 */
export async function rememberOrganisation(
  dir: string,
  { baseUrl, key }: Pick<Access, 'baseUrl' | 'key'>,
  organisation: Organisation,
): Promise<void> {
  const file = await noteOf(dir, canonicalUrl(baseUrl), key);
  try {
    await makeDir(path.dirname(file));
    await replaceFile(file, JSON.stringify({ format: FORMAT, ...organisation }) + '\n');
  } catch {
    return;
  }
}

/**
 * Random bytes of this machine's own, so that no name on disk can be tried against a list of keys. Hex digits.
 * @param dir as `machineDir` gives
 * @throws SyncError where they cannot be written down
 */
export async function machineSalt(dir: string): Promise<string> {
  const file = path.join(dir, 'salt');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch {
    try {
      await makeDir(dir);
      await writeOnce(file, randomBytes(16).toString('hex'));
      return (await readFile(file, 'utf8')).trim();
    } catch (cause) {
      throw new SyncError('machine_dir_not_writable', { dir, detail: whyNotMade(dir, cause) }, { cause });
    }
  }
}

/** Makes a file whole or not at all, and leaves one that another process has made meanwhile. */
async function writeOnce(file: string, text: string): Promise<void> {
  const { file: handle, path: next } = await openBeside(file);
  try {
    try {
      await handle.writeFile(text);
      await link(next, file);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(next, { force: true });
  }
}
