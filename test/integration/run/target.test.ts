import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isSyncError, type SyncError } from '../../../src/core/model/errors.js';
import { assertSameTarget, canonicalUrl, scopeOf, type Target } from '../../../src/core/run/target.js';
import { inTempDir } from '../../support/temp.js';

/** An API as a person thinks of it, whatever its address looks like. */
interface Api {
  scheme: 'http' | 'https';
  host: (typeof HOSTS)[number];
  port: number;
  path: string;
}

/** What a command works with. */
interface Given {
  api: Api;
  /** The API's address as someone wrote it. */
  url: string;
  prefix: string;
  key: string;
  /** Whose key it is; null where the API does not tell. */
  organisation: { id: string; name: string | null } | null;
}

const DEFAULT_PORTS = { http: 80, https: 443 };
const HOSTS = [
  'this machine',
  '127.0.0.2',
  'api.example.com',
  '127.example.com',
  '127.example.org',
  'bücher.example',
] as const;
/** Other ways to write a host than by its own name. */
const SPELLINGS: Partial<Record<Api['host'], string[]>> = {
  'this machine': ['localhost', '127.0.0.1', '127.1', '2130706433', '[::1]', '[0:0:0:0:0:0:0:1]'],
  'bücher.example': ['bücher.example', 'xn--bcher-kva.example'],
};

const api: fc.Arbitrary<Api> = fc
  .record({
    scheme: fc.constantFrom('http', 'https'),
    host: fc.constantFrom(...HOSTS),
    port: fc.constantFrom(undefined, 80, 443, 8080),
    path: fc.constantFrom('', '/crm', '/CRM', '/crm/v2'),
  })
  .map(({ port, ...rest }) => ({ ...rest, port: port ?? DEFAULT_PORTS[rest.scheme] }));

/** An address that leads to this API. */
function addressOf({ scheme, host, port, path }: Api): fc.Arbitrary<string> {
  const isDefault = port === DEFAULT_PORTS[scheme];
  return fc
    .record({
      name: fc.constantFrom(...(SPELLINGS[host] ?? [host])),
      dot: fc.constantFrom('', '.'),
      shout: fc.boolean(),
      port: fc.constantFrom(...(isDefault ? ['', ':', `:${port}`] : [`:${port}`, `:0${port}`])),
      way: fc.constantFrom('', '/.', '/x/..'),
      end: fc.constantFrom('', '/', '//'),
    })
    .map(({ name, dot, shout, port, way, end }) => {
      const origin = `${scheme}://${name}${name.endsWith(']') ? '' : dot}`;
      return `${shout ? origin.toUpperCase() : origin}${port}${way}${path}${end}`;
    });
}

/** Few of each, so that any two are often alike. */
const given: fc.Arbitrary<Given> = api.chain((where) =>
  fc.record({
    api: fc.constant(where),
    url: addressOf(where),
    prefix: fc.constantFrom('/v1/preview', '/v1/preview', '/v1', ''),
    key: fc.constantFrom('key-a', 'key-b'),
    organisation: fc.option(
      fc.record({ id: fc.constantFrom('org-1', 'org-2'), name: fc.option(fc.constantFrom('Acme', 'Other')) }),
    ),
  }),
);

/** Two that differ in some ways or in none. */
const twoGiven = fc
  .tuple(given, given, fc.record({ api: fc.boolean(), prefix: fc.boolean(), key: fc.boolean(), owner: fc.boolean() }))
  .chain(([made, other, alike]) => {
    const where = alike.api ? made.api : other.api;
    return addressOf(where).map((url): [Given, Given] => [
      made,
      {
        ...{ api: where, url },
        prefix: alike.prefix ? made.prefix : other.prefix,
        key: alike.key ? made.key : other.key,
        organisation: alike.owner ? made.organisation : other.organisation,
      },
    ]);
  });

/** What a run and a command have in common, said without any of the code under test. */
function isSameApi(a: Api, b: Api): boolean {
  return a.scheme === b.scheme && a.host === b.host && a.port === b.port && a.path === b.path;
}

function isSameOwner(made: Given, now: Given): boolean {
  if (made.organisation === null || now.organisation === null) return made.key === now.key;
  return made.organisation.id === now.organisation.id;
}

/** As summary.json holds it. */
function targetOf({ url, prefix, key, organisation }: Given, salt: string): Target {
  const digest = createHmac('sha256', salt).update(key).digest('hex').slice(0, 32);
  return { base_url: canonicalUrl(url), api_prefix: prefix, organisation, key_fingerprint: `${salt}:${digest}` };
}

/** The error that keeps a command from a run; undefined where it may go on. */
function refusal(made: Target, now: Target, key: string): unknown {
  try {
    assertSameTarget('the-run', made, now, key);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('an address', () => {
  test('has one spelling for an API, and another for any other API', () => {
    const spelt = api.chain((where) => fc.tuple(fc.constant(where), addressOf(where)));
    const twice = api.chain((where) => fc.tuple(...[1, 2].map(() => fc.tuple(fc.constant(where), addressOf(where)))));
    fc.assert(
      fc.property(fc.oneof(fc.tuple(spelt, spelt), twice), ([[a, one], [b, other]]) => {
        expect(canonicalUrl(one) === canonicalUrl(other)).toBe(isSameApi(a, b));
      }),
      { numRuns: 2000 },
    );
  });

  test('in its one spelling stays as it is', () => {
    fc.assert(
      fc.property(api.chain(addressOf), (url) => {
        expect(canonicalUrl(canonicalUrl(url))).toBe(canonicalUrl(url));
      }),
    );
  });
});

describe('a run goes on at the same API and for the same organisation, or the same key where the API does not tell', () => {
  test('and nowhere else: the refusal names both', () => {
    let [passed, refused] = [0, 0];
    fc.assert(
      fc.property(twoGiven, ([given, other]) => {
        const [made, now] = [targetOf(given, '0123456789abcdef'), targetOf(other, 'fedcba9876543210')];
        const error = refusal(made, now, other.key);
        const isSamePlace = isSameApi(given.api, other.api) && isSameOwner(given, other);
        if (isSamePlace && given.prefix === other.prefix) {
          passed++;
          expect(error).toBeUndefined();
          return;
        }
        refused++;
        expect(isSyncError(error)).toBe(true);
        const { message } = error as SyncError;
        for (const { base_url, api_prefix } of [made, now]) {
          expect(message).toContain(isSamePlace ? api_prefix : base_url);
        }
        expect(message).not.toMatch(/key-[ab]/);
      }),
      { numRuns: 3000 },
    );
    // Neither side of the property is empty.
    expect(Math.min(passed, refused)).toBeGreaterThan(300);
  });
});

test('runs exclude each other where they are for one API and owner, and only there', () =>
  inTempDir(async (dir) => {
    const scope = (given: Given): Promise<string> => scopeOf(targetOf(given, '0123456789abcdef'), given.key, dir);
    await fc.assert(
      fc.asyncProperty(twoGiven, async ([one, other]) => {
        const isToldOfOne = (one.organisation === null) === (other.organisation === null);
        const isSame = isSameApi(one.api, other.api) && isToldOfOne && isSameOwner(one, other);
        expect((await scope(one)) === (await scope(other))).toBe(isSame);
      }),
      { numRuns: 500 },
    );
  }));
