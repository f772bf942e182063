import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import type { ContactsApi } from '../../../src/core/contacts/contacts-api.js';
import type { Contact } from '../../../src/core/contacts/types.js';
import { Vocabulary } from '../../../src/core/contacts/vocabulary.js';
import { CurrentValues, type CurrentValuesOptions } from '../../../src/core/read/current-values.js';
import type { Found } from '../../../src/core/read/reader.js';
import type { Sandbox } from '../../../src/sandbox/start-sandbox.js';
import type { SandboxOptions } from '../../../src/sandbox/options.js';
import { seedContact } from '../../../src/sandbox/seed-contacts.js';
import { apiAt, unheard, withApi, withServer } from '../../support/api.js';
import { inTempDir } from '../../support/temp.js';

const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => seedContact(from + i).id);
const idsOf = (found: Found) => [...found.keys()].sort();

interface Setup {
  options: Partial<CurrentValuesOptions> & { rows: number };
  schemaRead?: boolean;
}

/** Runs a test on current values that are read by way of this API. */
function withCurrent(
  api: ContactsApi,
  { options, schemaRead = false }: Setup,
  use: (current: CurrentValues) => Promise<void>,
): Promise<void> {
  return inTempDir(async (dir) => {
    const vocabulary = new Vocabulary(api);
    if (schemaRead) await vocabulary.read();
    const defaults = {
      fields: [],
      reads: 'auto' as const,
      asOf: 'open' as const,
      concurrency: 4,
      scratchDir: dir,
      emit: unheard,
    };
    const current = await CurrentValues.open(api, vocabulary, { ...defaults, ...options });
    try {
      await use(current);
    } finally {
      await current.close();
    }
  });
}

/** Runs a test on current values that are read from a sandbox. */
function reading(
  sandbox: SandboxOptions,
  setup: Setup,
  use: (parts: { current: CurrentValues; sandbox: Sandbox }) => Promise<void>,
): Promise<void> {
  return withApi(sandbox, (parts) =>
    withCurrent(parts.api, setup, (current) => use({ current, sandbox: parts.sandbox })),
  );
}

/** Only these calls were made. */
function expectCalls(sandbox: Sandbox, calls: Partial<Sandbox['log']['counts']>): void {
  const none = { get: 0, list: 0, patch: 0, schema: 0, tags: 0, me: 0, other: 0 };
  expect(sandbox.log.counts).toEqual({ ...none, ...calls });
}

describe('auto', () => {
  test('asks for each of a contact or two, and for nothing else', () =>
    reading({ contacts: 5 }, { options: { rows: 2 } }, async ({ current, sandbox }) => {
      const found = await current.read(ids(0, 2));
      expect(found.get(ids(0, 1)[0]!)).toEqual({ contact: sandbox.store.contacts.get(ids(0, 1)[0]!) });
      expect(current.choice.way).toBe('get');
      expectCalls(sandbox, { get: 2 });
    }));

  test('reads more of them by their ids, 500 a call', () =>
    reading({ contacts: 600 }, { options: { rows: 600 } }, async ({ current, sandbox }) => {
      const found = [await current.read(ids(0, 500)), await current.read(ids(500, 600))];
      expect(found.map((part) => part.size)).toEqual([500, 100]);
      expect(found[1]!.get(ids(599, 600)[0]!)).toEqual({ contact: sandbox.store.contacts.get(ids(599, 600)[0]!) });
      expect(current.choice).toMatchObject({ way: 'ids', costs: { ids: 2, get: 600 } });
      expectCalls(sandbox, { schema: 1, list: 2 });
      expect(sandbox.log.entries[2]?.body).toMatchObject({
        filters: {
          operator: 'or',
          filters: expect.arrayContaining([{ field: 'id', condition: 'equals', value: ids(500, 501)[0] }]),
        },
      });
    }));

  test('reads a single one by a bare list of rules, as the API refuses a bare rule', () =>
    reading({ contacts: 5 }, { options: { rows: 1, reads: 'ids' } }, async ({ current, sandbox }) => {
      expect((await current.read(ids(3, 4))).size).toBe(1);
      expectCalls(sandbox, { schema: 1, list: 1 });
    }));

  test('does not ask for the schema again', () =>
    reading({ contacts: 5 }, { options: { rows: 1 }, schemaRead: true }, async ({ current, sandbox }) => {
      await current.read(ids(0, 1));
      expect(current.choice.way).toBe('ids');
      expectCalls(sandbox, { schema: 1, list: 1 });
    }));

  test('reads the whole list where the API does not filter by id and that takes fewer calls', () =>
    reading({ contacts: 1200, idFilterable: false }, { options: { rows: 100 } }, async ({ current, sandbox }) => {
      const asked = [...ids(0, 50), ...ids(1150, 1200)];
      const found = await current.read(asked);
      expect(idsOf(found)).toEqual([...asked].sort());
      expect(found.get(asked[0]!)).toEqual({ contact: sandbox.store.contacts.get(asked[0]!) });
      expect(current.choice).toMatchObject({ way: 'list', costs: { list: 3, get: 100 } });
      expectCalls(sandbox, { schema: 1, list: 3 });
    }));

  test('asks for each where the whole list would take more calls', () =>
    reading({ contacts: 3000, idFilterable: false }, { options: { rows: 5 } }, async ({ current, sandbox }) => {
      await current.read(ids(0, 5));
      expect(current.choice).toMatchObject({ way: 'get', costs: { list: 6, get: 5 } });
      expectCalls(sandbox, { schema: 1, list: 1, get: 5 });
    }));

  test('reads otherwise where the API refuses the filter that its schema promises', () =>
    withApi({ contacts: 700 }, ({ sandbox, api }) => {
      return withCurrent(api, { options: { rows: 10 } }, async (current) => {
        expect(current.choice.way).toBe('ids');
        sandbox.store.schema.find((field) => field.key === 'id')!.filterable = false;
        expect((await current.read(ids(0, 10))).size).toBe(10);
        expect(current.choice.way).toBe('list');
        expectCalls(sandbox, { schema: 1, list: 3 });
        expect(sandbox.log.entries.map(({ status }) => status)).toEqual([200, 422, 200, 200]);
        expect((await current.read(ids(690, 700))).size).toBe(10);
        expectCalls(sandbox, { schema: 1, list: 3 });
      });
    }));

  test('notices a server that ignores the filter, and reads another way', () =>
    ignoringFilters({ contacts: 600 }, async (api, sandbox) =>
      withCurrent(api, { options: { rows: 10 } }, async (current) => {
        const asked = ids(590, 600);
        expect(idsOf(await current.read(asked))).toEqual([...asked].sort());
        expect(current.choice.way).toBe('list');
        expectCalls(sandbox, { schema: 1, list: 3 });
      }),
    ));
});

describe('--reads ids', () => {
  test('is refused where the schema does not let ids be filtered', () =>
    withApi({ contacts: 1, idFilterable: false }, async ({ sandbox, api }) => {
      const opening = withCurrent(api, { options: { rows: 10, reads: 'ids' } }, () => Promise.resolve());
      await expect(opening).rejects.toMatchObject({
        ...{ code: 'ids_not_filterable', kind: 'usage' },
        message: "the API's schema does not let `id` be filtered",
      });
      expectCalls(sandbox, { schema: 1 });
    }));

  test('stops where the API refuses the filter or ignores it: it is not what was asked for', async () => {
    await reading({ contacts: 5 }, { options: { rows: 3, reads: 'ids' } }, async ({ current, sandbox }) => {
      sandbox.store.schema.find((field) => field.key === 'id')!.filterable = false;
      await expect(current.read(ids(0, 3))).rejects.toThrow('the API did not take a filter on ids');
      expectCalls(sandbox, { schema: 1, list: 1 });
    });
    await ignoringFilters({ contacts: 5 }, (api) =>
      withCurrent(api, { options: { rows: 3, reads: 'ids' } }, async (current) => {
        await expect(current.read(ids(0, 3))).rejects.toThrow('contacts that were not asked for');
      }),
    );
  });
});

describe('--reads get', () => {
  test('asks for each contact, never more at a time than --concurrency', () =>
    reading(
      { contacts: 30, latencyMs: 5 },
      { options: { rows: 30, reads: 'get', concurrency: 3 } },
      async ({ current, sandbox }) => {
        expect((await current.read(ids(0, 30))).size).toBe(30);
        expectCalls(sandbox, { get: 30 });
        expect(sandbox.log.mostInFlight).toBe(3);
        expect(current.choice.why).toBe('as requested');
      },
    ));

  test('tells a contact that is not there from one that cannot be read', () =>
    reading({ contacts: 1 }, { options: { rows: 2, reads: 'get' } }, async ({ current, sandbox }) => {
      expect(idsOf(await current.read(ids(0, 2)))).toEqual(ids(0, 1));
      sandbox.setFaults([{ kind: '503', probability: 1 }]);
      // Where no contact can be read the API is down, and that is no row's fault.
      await expect(current.read(ids(0, 1))).rejects.toMatchObject({ code: 'api_unanswered', kind: 'stopped' });
    }));

  test('takes a refusal of the id for a problem of that contact', () =>
    reading({ contacts: 0 }, { options: { rows: 1, reads: 'get' } }, async ({ current }) => {
      expect((await current.read(['con_1'])).get('con_1')).toMatchObject({ problem: { code: 'http_422' } });
    }));
});

describe('--reads list', () => {
  test('reads every page once, tells of each, and needs no schema', () => {
    const told: [number, number][] = [];
    const onPage = (done: number, total: number) => void told.push([done, total]);
    return reading(
      { contacts: 1001 },
      { options: { rows: 1, reads: 'list', onPage } },
      async ({ current, sandbox }) => {
        expect((await current.read(ids(1000, 1001))).size).toBe(1);
        expect(told).toEqual([1, 2, 3].map((page) => [page, 3]));
        expectCalls(sandbox, { list: 3 });
      },
    );
  });

  test('of an organisation without contacts finds none', () =>
    reading({ contacts: 0 }, { options: { rows: 1, reads: 'list' } }, async ({ current, sandbox }) => {
      expect((await current.read(ids(0, 1))).size).toBe(0);
      expectCalls(sandbox, { list: 1 });
    }));

  test('that is complete knows who is missing without asking', () =>
    reading({ contacts: 600 }, { options: { rows: 1, reads: 'list' } }, async ({ current, sandbox }) => {
      expect((await current.read(ids(600, 610))).size).toBe(0);
      expectCalls(sandbox, { list: 2 });
    }));

  test.each([
    ['delete', 0],
    ['delete and add as many', 1],
  ])('asks for contacts that the scan may have missed, as pages shift while others %s', (_, added) =>
    withApi({ contacts: 1200 }, ({ sandbox, api }) => {
      let deleted = false;
      const onPage = () => {
        if (deleted) return;
        // The first contact goes after the first page was read: the 501st slips from the second page onto the first.
        deleted = sandbox.store.contacts.delete(ids(0, 1)[0]!);
        const created_at = new Date().toISOString();
        if (added > 0) sandbox.store.load([{ id: ids(5000, 5001)[0]!, created_at }]);
      };
      return withCurrent(api, { options: { rows: 1, reads: 'list', onPage } }, async (current) => {
        const [slipped, never] = [ids(500, 501)[0]!, ids(1300, 1301)[0]!];
        const asked = [ids(10, 11)[0]!, slipped, never];
        expect(idsOf(await current.read(asked))).toEqual(asked.slice(0, 2).sort());
        expectCalls(sandbox, { list: 3, get: 2 });
      });
    }),
  );

  test('knows who is missing though others add contacts meanwhile', () =>
    withApi({ contacts: 1200 }, ({ sandbox, api }) => {
      const [added] = ids(5000, 5001);
      const onPage = () => sandbox.store.load([{ id: added!, created_at: new Date().toISOString() }]);
      return withCurrent(api, { options: { rows: 1, reads: 'list', onPage } }, async (current) => {
        expect(idsOf(await current.read([added!, ...ids(1300, 1301)]))).toEqual([added]);
        expectCalls(sandbox, { list: 3 });
      });
    }));

  test('of contacts whose ids are in capitals finds them in lower case', () => {
    const [id] = ids(0, 1);
    const page = { data: [{ id: id!.toUpperCase() }], pagination: { total_count: 1, total_pages: 1 } };
    return withServer(
      (_request, response) => void response.end(JSON.stringify(page)),
      async ({ url }) => {
        const { api, client } = apiAt(url);
        await withCurrent(api, { options: { rows: 1, reads: 'list' } }, async (current) => {
          expect(idsOf(await current.read([id!]))).toEqual([id]);
        });
        client.close();
      },
    );
  });
});

test('reading nothing asks for nothing', () =>
  reading({ contacts: 1 }, { options: { rows: 0 } }, async ({ current, sandbox }) => {
    expect((await current.read([])).size).toBe(0);
    expectCalls(sandbox, {});
  }));

test('an outage while reading by ids stops the run cleanly', () =>
  reading({ contacts: 5 }, { options: { rows: 5 } }, async ({ current, sandbox }) => {
    sandbox.setFaults([{ kind: '503', probability: 1 }]);
    await expect(current.read(ids(0, 5))).rejects.toMatchObject({ code: 'api_unanswered', kind: 'stopped' });
  }));

/** A server before the sandbox that drops the filters from list requests, as some do with what they do not know. */
function ignoringFilters(
  options: SandboxOptions,
  use: (api: ContactsApi, sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  return withApi(options, ({ sandbox }) =>
    withServer(
      (request, response) => void forward(request, response, sandbox),
      async ({ url }) => {
        const { client, api } = apiAt(url);
        await use(api, sandbox);
        client.close();
      },
    ),
  );
}

async function forward(request: IncomingMessage, response: ServerResponse, { url }: Sandbox): Promise<void> {
  const given = await text(request);
  const body = given === '' ? null : JSON.stringify({ ...(JSON.parse(given) as object), filters: undefined });
  const headers = {
    authorization: request.headers.authorization ?? '',
    ...(body === null ? {} : { 'content-type': 'application/json' }),
  };
  const answer = await fetch(url + request.url, { method: request.method ?? 'GET', headers, body });
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(await answer.text());
}

test('values are as they were when they were read', () =>
  reading({ contacts: 600 }, { options: { rows: 1, reads: 'list' } }, async ({ current, sandbox }) => {
    const [id] = ids(0, 1);
    const before: Contact = sandbox.store.contacts.get(id!)!;
    sandbox.store.write(id!, { title: 'Changed' });
    expect((await current.read([id!])).get(id!)).toEqual({ contact: before });
  }));
