import path from 'node:path';
import type { ContactsApi, ListPage } from '../../src/core/contacts/contacts-api.js';
import { Vocabulary } from '../../src/core/contacts/vocabulary.js';
import { Mirror } from '../../src/core/read/mirror.js';
import type { SandboxOptions } from '../../src/sandbox/options.js';
import { seedContact } from '../../src/sandbox/seed-contacts.js';
import type { Sandbox } from '../../src/sandbox/start-sandbox.js';
import type { OnEvent } from '../../src/core/model/events.js';
import { withApi } from './api.js';
import { inTempDir } from './temp.js';

export const DAY = 24 * 3_600_000;
/** Later than all that the sandbox is seeded with. */
export const NOW = Date.parse('2026-11-01T00:00:00Z');
export const iso = (time: number): string => new Date(time).toISOString();
export const idOf = (at: number): string => seedContact(at).id;

/** What a refresh cost in list calls, and how it was done or why it was not. */
export interface Refreshed {
  calls: number;
  why?: string;
  aside?: string;
}

export interface MirrorParts {
  sandbox: Sandbox;
  api: ContactsApi;
  /** Where the mirror is. */
  dir: string;
  /** What was logged as a warning. */
  warnings: string[];
  open: (now?: number, at?: string) => Promise<{ mirror: Mirror; why: string } | { aside: string }>;
  /** Opens and closes the mirror, at a time. @param use what to do with it in between, if it can be used */
  refresh: (now?: number, use?: (mirror: Mirror) => Promise<void>) => Promise<Refreshed>;
}

/** Runs a test on a mirror of a sandbox. */
export function mirrored(options: SandboxOptions, use: (parts: MirrorParts) => Promise<void>): Promise<void> {
  return inTempDir((temp) =>
    withApi(options, async ({ sandbox, api }) => {
      const dir = path.join(temp, 'mirror');
      const warnings: string[] = [];
      const emit: OnEvent = (event) => void (event.type === 'warning' && warnings.push(event.code));
      const open = async (now = NOW, at = dir) => {
        const schema = await new Vocabulary(api).read();
        return Mirror.open(api, schema, { dir: at, maxAge: DAY, emit, onPage: () => undefined }, now);
      };
      const refresh: MirrorParts['refresh'] = async (now, then) => {
        const before = sandbox.log.counts.list;
        const opened = await open(now);
        const calls = sandbox.log.counts.list - before;
        if ('aside' in opened) return { aside: opened.aside, calls };
        try {
          await then?.(opened.mirror);
        } finally {
          await opened.mirror.close();
        }
        return { why: opened.why, calls };
      };
      // The sandbox's clock is not the test's.
      onList(api, () => ({ timestamp: null }));
      await use({ sandbox, api, dir, warnings, open, refresh });
    }),
  );
}

/** The title that the mirror has, without asking the API; undefined: not there. */
export async function titleOf(mirror: Mirror, at: number): Promise<unknown> {
  const nothing = Promise.resolve();
  const rest = { read: () => Promise.resolve(new Map<string, never>()), many: () => false, close: () => nothing };
  const found = (await mirror.reader(rest).read([idOf(at)])).get(idOf(at));
  return found && 'contact' in found ? found.contact.title : undefined;
}

type Query = Parameters<ContactsApi['listContacts']>[0];

/** Lets a test change what the list answers, or what happens before that. @returns an undo */
export function onList(
  api: ContactsApi,
  change: (query: Query, page: ListPage) => object,
  before: (query: Query) => Query = (query) => query,
): () => void {
  const real = api.listContacts.bind(api);
  api.listContacts = async (query) => {
    const reply = await real(before(query));
    return reply.kind === 'ok' ? { ...reply, value: { ...reply.value, ...change(query, reply.value) } } : reply;
  };
  return () => (api.listContacts = real);
}
