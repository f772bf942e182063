import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { canonicalUrl } from '../../../src/core/run/target.js';
import { startSandbox } from '../../../src/sandbox/start-sandbox.js';
import { people, requestCount, withFront, world, type CannedAnswer, type World } from '../../support/world.js';
import { held, runId, stopAt, titles } from '../../support/gate.js';

const OTHER_KEY = `mks_${'another'.padEnd(48, '0')}`;

/** Lets the sandbox take a second key, which `me` says belongs to an organisation. */
function secondKey(sandboxKey: string, organisation: string | undefined) {
  return ({ path: url, authorization }: { path: string; authorization: string }): CannedAnswer | undefined => {
    if (authorization === `Bearer ${sandboxKey}` || url !== '/v1/me') return undefined;
    if (organisation === undefined) return { status: 404, body: '{"detail":"Not Found"}' };
    return { status: 200, body: JSON.stringify({ data: { organization: { id: organisation, name: 'Other Inc.' } } }) };
  };
}

/** Points the CLI at a second API with the same contacts, as a staging copy is. */
async function withCopy(here: World, use: (copy: Awaited<ReturnType<typeof startSandbox>>) => Promise<void>) {
  const copy = await startSandbox({ key: here.sandbox.key, contacts: people(4) });
  const before = here.env['CONTACT_SYNC_BASE_URL'];
  here.env['CONTACT_SYNC_BASE_URL'] = copy.url;
  try {
    await use(copy);
  } finally {
    here.env['CONTACT_SYNC_BASE_URL'] = before;
    await copy.close();
  }
}

describe('a run belongs to its API: at another one nothing is sent, and both are named', () => {
  test.each(['apply', 'undo', 'resume', 'retry'])('%s', (verb) =>
    world({ contacts: people(4) }, async (here) => {
      await here.write('edits.csv', titles(4));
      if (verb === 'apply') await here.cli('plan', 'edits.csv');
      else if (verb === 'resume') {
        await stopAt(here, ({ kind, nth }) => kind === 'patch' && nth === 3, 'sync', 'edits.csv', '--concurrency', '1');
      } else await here.cli('sync', 'edits.csv');
      await withCopy(here, async (copy) => {
        const run = await here.cli(verb, 'latest');
        expect(run.code).toBe(2);
        expect(run.stderr).toContain(copy.url);
        expect(run.stderr).toContain(here.door.url);
        expect(copy.log.counts.patch).toBe(0);
      });
      const run = await here.cli(verb, 'latest');
      expect(run.code).toBe(0);
      expect(copyOfTitles(here)).toEqual(verb === 'undo' ? TITLES_BEFORE : TITLES_AFTER);
    })(),
  );

  test(
    'and a refused undo leaves the run as it was',
    world({ contacts: people(4) }, async (here) => {
      const done = await here.sync(titles(4));
      await withCopy(here, async () => {
        expect((await here.cli('undo', runId(done))).code).toBe(2);
      });
      expect((await here.cli('runs', '--json')).stdout).not.toContain('undone"');
      expect(copyOfTitles(here)).toEqual(TITLES_AFTER);
    }),
  );
});

const TITLES_BEFORE = ['Title 1', 'Title 2', 'Title 3', 'Title 4'];
const TITLES_AFTER = ['New 1', 'New 2', 'New 3', 'New 4'];

function copyOfTitles({ sandbox }: World): unknown[] {
  return held(sandbox, 4, 'title');
}

describe('the organisation', () => {
  test(
    'is asked for once for a key, recorded, and remembered',
    world({ contacts: people(2) }, async ({ dir, sandbox, write, cli }) => {
      await rm(path.join(dir, '.contact-sync'), { recursive: true });
      await write('edits.csv', titles(2));
      const first = await cli('plan', 'edits.csv');
      expect(first.summary.target).toMatchObject({
        organisation: { name: 'Sandbox Ltd' },
        api_prefix: '/v1/preview',
        key_fingerprint: expect.stringMatching(/^[0-9a-f]{16}:[0-9a-f]{32}$/),
      });
      expect(sandbox.log.counts.me).toBe(1);
      await cli('apply', 'latest');
      expect(sandbox.log.counts.me).toBe(1);
    }),
  );

  test.each([
    ['another organisation', 'org-2', 2],
    ['the same organisation', '0f6a7c1e-52d4-4b0e-9a35-6c1d8e2f9b70', 0],
    ['an organisation that the API does not tell', undefined, 2],
  ])('a plan applied with a key of %s', (_what, organisation, code) =>
    world({ contacts: people(2) }, async (here) => {
      await here.write('edits.csv', titles(2));
      await here.cli('plan', 'edits.csv');
      const answer = secondKey(here.sandbox.key, organisation);
      const asSandbox = here.sandbox.key;
      await withFront(here, answer, async () => {
        here.env['CONTACT_SYNC_API_KEY'] = OTHER_KEY;
        const run = await here.cli('apply', 'latest');
        // The sandbox itself takes one key alone: what counts is whether the run was let through to it.
        expect(run.code).toBe(code === 2 ? 2 : 7);
        if (code === 2) expect(run.stderr).toContain('Sandbox Ltd');
        expect(run.stderr + run.stdout).not.toContain('another0');
        here.env['CONTACT_SYNC_API_KEY'] = asSandbox;
      });
      expect(here.sandbox.log.counts.patch).toBe(0);
    })(),
  );
});

test(
  'spellings of one address are one address',
  world({ contacts: people(2) }, async (here) => {
    await here.write('edits.csv', titles(2));
    await here.cli('plan', 'edits.csv');
    const { port } = new URL(here.door.url);
    here.env['CONTACT_SYNC_BASE_URL'] = `HTTP://LOCALHOST:${port}//`;
    expect((await here.cli('apply', 'latest')).code).toBe(0);
    expect(requestCount(here.sandbox)).toBeGreaterThan(0);
  }),
);

test.each([
  ['https://API.Example.com/', 'https://api.example.com'],
  ['https://api.example.com.:443', 'https://api.example.com'],
  ['https://api.example.com/crm//', 'https://api.example.com/crm'],
  ['https://api.example.com/./crm', 'https://api.example.com/crm'],
  ['http://localhost:80', 'http://127.0.0.1'],
  ['http://127.1:8080', 'http://127.0.0.1:8080'],
  ['http://[::1]:8080/', 'http://127.0.0.1:8080'],
  ['HTTP://LOCALHOST', 'http://127.0.0.1'],
  ['http://localhost.:0080/./', 'http://127.0.0.1'],
  ['http://0x7f.1/a/../b', 'http://127.0.0.1/b'],
  ['http://[::ffff:127.0.0.1]', 'http://127.0.0.1'],
  ['https://api.example.com:0443/%63rm/', 'https://api.example.com/crm'],
  ['https://BÜCHER.example/', 'https://xn--bcher-kva.example'],
])('%s is %s', (spelling, canonical) => {
  expect(canonicalUrl(spelling)).toBe(canonical);
});
