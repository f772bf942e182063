import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { main } from '../../../src/cli/main.js';
import { startSandbox, type Sandbox } from '../../../src/sandbox/start-sandbox.js';
import { people, world, type World } from '../../support/world.js';
import { titles } from '../../support/gate.js';

/** Whose key each is; null where the API does not tell. */
const OWNERS = {
  'acme-key-1': 'org-acme',
  'acme-key-2': 'org-acme',
  'other-key-1': 'org-other',
  'untold-1': null,
  'untold-2': null,
};
type Key = keyof typeof OWNERS;

/** A sandbox behind an address that takes all of these keys. */
interface Api {
  url: string;
  sandbox: Sandbox;
}

/** Two with different owners make the runs. */
const MAKERS = ['acme-key-1', 'untold-1'] as const;

/** What a run was made with, the verb that is to take it further, and what that is given. */
interface Case {
  verb: 'apply' | 'resume' | 'undo';
  made: (typeof MAKERS)[number];
  key: Key;
  at: 'the API' | 'the copy';
  spell: (port: string) => string;
}

/** What leaves a run for the verb to take further, and its exit code. */
const BEGUN: Record<Case['verb'], { verb: string; flags: string[]; code: number }> = {
  apply: { verb: 'plan', flags: [], code: 0 },
  resume: { verb: 'sync', flags: ['--max-requests', '3'], code: 4 },
  undo: { verb: 'sync', flags: [], code: 0 },
};

const SPELLINGS: Case['spell'][] = [
  (port) => `http://127.0.0.1:${port}`,
  (port) => `HTTP://LOCALHOST:${port}//`,
  (port) => `http://127.1:${port}/./`,
];

const anyCase: fc.Arbitrary<Case> = fc.record({
  verb: fc.constantFrom('apply', 'resume', 'undo'),
  made: fc.constantFrom(...MAKERS),
  key: fc.constantFrom(...(Object.keys(OWNERS) as Key[])),
  at: fc.constantFrom('the API', 'the copy'),
  spell: fc.constantFrom(...SPELLINGS),
});

const [plain, shouted] = SPELLINGS as [Case['spell'], Case['spell']];
/** Both sides of the property for each verb, whatever chance brings. */
const EXAMPLES: Case[] = [
  { verb: 'apply', made: 'acme-key-1', key: 'acme-key-1', at: 'the copy', spell: plain },
  { verb: 'apply', made: 'acme-key-1', key: 'acme-key-2', at: 'the API', spell: shouted },
  { verb: 'resume', made: 'untold-1', key: 'untold-2', at: 'the API', spell: plain },
  { verb: 'resume', made: 'untold-1', key: 'untold-1', at: 'the API', spell: shouted },
  { verb: 'undo', made: 'acme-key-1', key: 'other-key-1', at: 'the API', spell: plain },
  { verb: 'undo', made: 'acme-key-1', key: 'acme-key-2', at: 'the API', spell: plain },
];

function mayGoOn({ made, key, at }: Case): boolean {
  return at === 'the API' && (OWNERS[made] === null ? made === key : OWNERS[made] === OWNERS[key]);
}

/** Runs a test with a front before a sandbox: to the sandbox, every key is its own. */
async function withFront(sandbox: Sandbox, use: (api: Api) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    void (async () => {
      const { method = '', url = '', headers } = request;
      const organisation = OWNERS[(headers.authorization ?? '').replace('Bearer ', '') as Key];
      const body = await text(request);
      const answer = url === '/v1/me' ? me(organisation) : await pass(sandbox, { method, url, headers, body });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sandbox });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function me(id: string | null): { status: number; body: string } {
  if (id === null) return { status: 404, body: '{"detail":"Not Found"}' };
  return { status: 200, body: JSON.stringify({ data: { organization: { id, name: id } } }) };
}

async function pass(
  { url: to, key }: Sandbox,
  request: { method: string; url: string; headers: IncomingHttpHeaders; body: string },
): Promise<{ status: number; body: string }> {
  const { method, url, headers, body } = request;
  const { 'content-type': type } = headers;
  const response = await fetch(to + url, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(type === undefined ? {} : { 'content-type': type }) },
    ...(body === '' ? {} : { body }),
  });
  return { status: response.status, body: await response.text() };
}

/** Runs the command in this process, with the world's folder for all that it keeps. */
async function cli(
  { dir }: World,
  url: string,
  key: Key,
  ...argv: string[]
): Promise<{ code: number; stderr: string }> {
  let stderr = '';
  const env = {
    ...{ HOME: dir, TMPDIR: dir, CONTACT_SYNC_RUNS_DIR: path.join(dir, 'runs') },
    ...{ CONTACT_SYNC_BASE_URL: url, CONTACT_SYNC_API_KEY: key },
  };
  const code = await main(argv, {
    ...{ env, stdin: Readable.from([]), stdout: sink(() => undefined) },
    stderr: sink((chunk) => (stderr += chunk)),
  });
  return { code, stderr };
}

function sink(take: (chunk: string) => void): Writable {
  return new Writable({ decodeStrings: false, write: (chunk, _encoding, done) => (take(String(chunk)), done()) });
}

/** Leaves a run that waits for a verb, and the contacts as they were then. Each is made once and put back later. */
function preparer(here: World, api: Api): (given: Case) => Promise<void> {
  const runs = path.join(here.dir, 'runs');
  const { contacts } = api.sandbox.store;
  const fresh = new Map(contacts);
  const kept = new Map<string, typeof fresh>();
  const hold = (held: typeof fresh): void => {
    contacts.clear();
    for (const [id, contact] of held) contacts.set(id, contact);
  };
  return async ({ verb, made }) => {
    const saved = path.join(here.dir, `${verb}-${made}`);
    await rm(runs, { recursive: true, force: true });
    hold(kept.get(saved) ?? fresh);
    if (kept.has(saved)) return cp(saved, runs, { recursive: true });
    const { verb: before, flags, code } = BEGUN[verb];
    const begun = await cli(here, api.url, made, before, path.join(here.dir, 'edits.csv'), ...flags);
    expect(begun).toMatchObject({ code });
    kept.set(saved, new Map(contacts));
    return cp(runs, saved, { recursive: true });
  };
}

test(
  'a run is never sent to another target, whatever verb takes it further, and always to its own',
  world({ contacts: people(4) }, async (here) => {
    await here.write('edits.csv', titles(4));
    const copy = await startSandbox({ contacts: people(4) });
    try {
      await withFront(here.sandbox, (api) =>
        withFront(copy, async (other) => {
          const prepare = preparer(here, api);
          const property = fc.asyncProperty(anyCase, async (given) => {
            await prepare(given);
            const { url } = given.at === 'the API' ? api : other;
            const before = here.sandbox.log.counts.patch;
            const run = await cli(here, given.spell(new URL(url).port), given.key, given.verb, 'latest');
            const sent = here.sandbox.log.counts.patch - before;
            expect(copy.log.counts.patch).toBe(0);
            if (mayGoOn(given)) {
              expect([run.code, sent > 0]).toEqual([0, true]);
              return;
            }
            expect([run.code, sent]).toEqual([2, 0]);
            for (const named of [api.url, url]) expect(run.stderr).toContain(named);
          });
          await fc.assert(property, { numRuns: 15, examples: EXAMPLES.map((example) => [example]) });
        }),
      );
    } finally {
      await copy.close();
    }
    // One for each owner of a run, whatever key and address came with it; none for those that were refused.
    const locks = (await readdir(path.join(here.dir, '.contact-sync', 'locks'))).filter((name) =>
      name.endsWith('.lock'),
    );
    expect(locks).toHaveLength(MAKERS.length);
  }),
);
