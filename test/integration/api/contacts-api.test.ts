import { describe, expect, test } from '@jest/globals';
import { unwrap, type ContactsApi } from '../../../src/core/contacts/contacts-api.js';
import type { SyncError } from '../../../src/core/model/errors.js';
import { Vocabulary } from '../../../src/core/contacts/vocabulary.js';
import { CUSTOM_FIELDS, sandboxTagId } from '../../../src/sandbox/defaults.js';
import { seedContact } from '../../../src/sandbox/seed-contacts.js';
import { answers, apiAt, withApi, withServer } from '../../support/api.js';
import { ID } from '../../support/build.js';

const SEED = seedContact(0).id;
const GONE = seedContact(99).id;
const requests = (sandbox: { log: { entries: { method: string; path: string }[] } }) =>
  sandbox.log.entries.map(({ method, path }) => `${method} ${path}`);

/** Runs a test against a server with these answers, by way of the typed endpoints. */
function withAnswers(
  list: Parameters<typeof answers>,
  use: (api: ContactsApi, asked: { method: string; url: string }[]) => Promise<void>,
): Promise<void> {
  return withServer(answers(...list), async ({ url, asked }) => {
    const { client, api } = apiAt(url);
    await use(api, asked);
    client.close();
  });
}

test('each endpoint is asked at its address; contacts are under the prefix, what is the organisation’s under /v1', () =>
  withApi({ contacts: 3, prefix: '/v2' }, async ({ sandbox }) => {
    const { client, api } = apiAt(sandbox.url, { prefix: '/v2' });
    expect(await api.getContact(SEED)).toMatchObject({ kind: 'ok', value: { id: SEED } });
    expect(await api.patchContact(SEED, { title: 'SVP' })).toMatchObject({ kind: 'ok', value: { title: 'SVP' } });
    const page = await api.listContacts({ page: 2, page_size: 2, sort: 'created_at' });
    expect(page).toMatchObject({ kind: 'ok', value: { totalCount: 3, totalPages: 2 } });
    expect((await api.getSchema()).map((field) => field.key)).toContain(CUSTOM_FIELDS.seats);
    expect(await api.getTags()).toContainEqual({ id: sandboxTagId('VIP'), name: 'VIP' });
    expect(requests(sandbox)).toEqual([
      `GET /v2/contacts/${SEED}`,
      `PATCH /v2/contacts/${SEED}`,
      'POST /v2/contacts/list',
      'GET /v1/schemas/contacts',
      'GET /v1/tags/?object=contacts',
    ]);
    client.close();
  }));

test('an id is encoded, whatever is in it', () =>
  withAnswers([{ status: 404 }], async (api, asked) => {
    await api.getContact('con_1/../x?y#z ä');
    expect(asked.map(({ url }) => url)).toEqual(['/v1/preview/contacts/con_1%2F..%2Fx%3Fy%23z%20%C3%A4']);
  }));

test('the answer must be about the contact that was asked for, its id in any case', async () => {
  const about = (id: unknown) => ({ status: 200, body: { data: { id, title: 'VP' } } });
  const bad = { kind: 'unanswered', code: 'bad_answer', status: 200 };
  await withAnswers([about(ID.toUpperCase())], async (api) => {
    expect(await api.getContact(ID)).toMatchObject({ kind: 'ok' });
  });
  for (const other of [SEED, 'con_1', undefined, null, 5]) {
    await withAnswers([about(other)], async (api) => {
      expect(await api.getContact(ID)).toMatchObject(bad);
      expect(await api.patchContact(ID, { title: 'VP' })).toMatchObject(bad);
    });
  }
  await withAnswers([about('CON_1')], async (api) => expect(await api.getContact('con_1')).toMatchObject(bad));
});

test('a list without pagination, or with contacts that are none, is no answer', async () => {
  const pagination = { total_count: 1, total_pages: 1 };
  const first = { page: 1, page_size: 500 };
  for (const body of [{ data: [{ id: ID }] }, { data: [{}], pagination }, { data: { id: ID }, pagination }]) {
    await withAnswers([{ status: 200, body }], async (api) => {
      expect(await api.listContacts(first)).toMatchObject({ kind: 'unanswered', code: 'bad_answer' });
    });
  }
  await withAnswers([{ status: 200, body: { data: [{ id: ID }], pagination } }], async (api) => {
    expect(await api.listContacts(first)).toMatchObject({ kind: 'ok', value: { contacts: [{ id: ID }] } });
  });
});

describe('a 403 about a contact', () => {
  const forbidden = { status: 403, body: { detail: 'Forbidden' } };

  test('is about the contact alone where the key is good, which is asked once', () =>
    withAnswers([forbidden, { status: 200, body: { data: {} } }, forbidden, forbidden], async (api, asked) => {
      expect(await api.patchContact(ID, { title: 'x' })).toMatchObject({ kind: 'refused', verdict: 'forbidden' });
      await api.patchContact(ID, { title: 'x' });
      expect(await api.getContact(ID)).toMatchObject({ kind: 'refused', verdict: 'forbidden', status: 403 });
      expect(asked.map(({ url }) => url).filter((url) => url === '/v1/me')).toHaveLength(1);
      expect(asked).toHaveLength(4);
    }));

  test('is about the key where /v1/me is refused as well', () =>
    withAnswers([forbidden], async (api, asked) => {
      const refused = { code: 'key_refused', kind: 'key', message: expect.stringContaining('[GET] /v1/me: 403') };
      await expect(api.patchContact(ID, { title: 'x' })).rejects.toMatchObject(refused);
      await expect(api.getContact(ID)).rejects.toMatchObject(refused);
      expect(asked.map(({ url }) => url).filter((url) => url === '/v1/me')).toHaveLength(1);
    }));

  test('of several calls at a time asks once', () =>
    withServer(
      (request, response) => {
        response.statusCode = request.url === '/v1/me' ? 200 : 403;
        response.end('{"data": {}}');
      },
      async ({ url, asked }) => {
        const { client, api } = apiAt(url);
        await Promise.all([1, 2, 3].map(() => api.getContact(ID)));
        expect(asked.filter((one) => one.url === '/v1/me')).toHaveLength(1);
        client.close();
      },
    ));
});

describe('a call that the run cannot do without', () => {
  const refused = (status: number) => ({
    kind: 'refused' as const,
    status,
    message: 'all',
    answer: 'status',
    words: 'why',
    attempts: 1,
  });

  test('gives its value', () => {
    expect(unwrap({ kind: 'ok', value: 5, status: 200, attempts: 1 })).toBe(5);
  });

  test('ends the run: over the key, a wrong address, a refusal, or no answer', () => {
    const endOf = (reply: Parameters<typeof unwrap>[0]) => {
      try {
        unwrap(reply);
      } catch (error) {
        const { code, kind, facts } = error as SyncError;
        return [code, kind, facts];
      }
    };
    expect(endOf({ ...refused(403), verdict: 'forbidden' })).toEqual([
      'access_missing',
      'key',
      { endpoint: 'list of contacts', answer: 'status', words: 'why' },
    ]);
    expect(endOf({ ...refused(422), verdict: 'refused' })).toEqual([
      'api_refused',
      'usage',
      { answer: 'status', words: 'why' },
    ]);
    expect(endOf({ ...refused(404), verdict: 'not_found' })).toEqual([
      'address_unknown',
      'usage',
      { answer: 'status', words: 'why' },
    ]);
    const unanswered = endOf({
      kind: 'unanswered',
      code: 'ECONNRESET',
      message: '',
      answer: 'cut',
      words: '',
      attempts: 3,
    });
    expect(unanswered).toEqual(['api_unanswered', 'stopped', { answer: 'cut', words: '', attempts: 3 }]);
  });

  test('is the schema, and the tags', async () => {
    await withAnswers([{ status: 403 }], async (api) => {
      await expect(api.getSchema()).rejects.toMatchObject({ code: 'key_refused' });
      await expect(api.getTags()).rejects.toMatchObject({ code: 'key_refused' });
    });
    await withAnswers([{ status: 500 }], async (api) => {
      await expect(api.getSchema()).rejects.toMatchObject({ code: 'api_unanswered' });
      await expect(api.getTags()).rejects.toMatchObject({ code: 'api_unanswered' });
    });
  });
});

test('the real words of the API are told: error, detail, lists of details, plain text', async () => {
  const said = async (body: unknown) => {
    let message = '';
    await withAnswers([{ status: 422, body }], async (api) => {
      const reply = await api.getContact('x');
      if (reply.kind === 'refused') message = reply.message.replace('[GET] /v1/preview/contacts/x: 422', '').trim();
    });
    return message;
  };
  expect(await said({ error: { code: 'bad', message: 'no such field' } })).toBe('bad: no such field');
  expect(await said({ detail: 'No key found' })).toBe('No key found');
  expect(await said({ detail: [{ loc: ['body'], msg: 'extra' }] })).toBe('[{"loc":["body"],"msg":"extra"}]');
  expect(await said('Bad Gateway')).toBe('Bad Gateway');
  expect(await said('  <html>…')).toBe('(an HTML page)');
  expect(await said('null')).toBe('null');
  expect(await said('')).toBe('');
});

describe('the organisation’s words', () => {
  test('are fetched once each, and only when they are needed', () =>
    withApi({ contacts: 1 }, async ({ sandbox, api }) => {
      const vocabulary = new Vocabulary(api);
      expect([vocabulary.known, vocabulary.directory]).toEqual([undefined, undefined]);
      expect(sandbox.log.entries).toEqual([]);
      const [fields, again] = await Promise.all([vocabulary.customFields(), vocabulary.customFields()]);
      expect(fields.map((field) => field.key)).toEqual(Object.values(CUSTOM_FIELDS));
      expect(again).toEqual(fields);
      expect(vocabulary.known).toHaveLength(sandbox.store.schema.length);
      await vocabulary.readTags();
      expect((await vocabulary.readTags()).idOf('VIP')).toBe(sandboxTagId('VIP'));
      expect(vocabulary.directory?.nameOf(sandboxTagId('VIP'))).toBe('VIP');
      expect(sandbox.log.counts).toMatchObject({ schema: 1, tags: 1 });
    }));

  test('know the fields of the reference without asking, custom fields once the schema was read', () =>
    withApi({ contacts: 1 }, async ({ api }) => {
      const vocabulary = new Vocabulary(api);
      expect(vocabulary.fieldByKey('title').type.name).toBe('text');
      expect(() => vocabulary.fieldByKey(CUSTOM_FIELDS.seats)).toThrow('no field');
      await vocabulary.read();
      expect(vocabulary.fieldByKey(CUSTOM_FIELDS.seats).type.name).toBe('number');
      expect(() => vocabulary.fieldByKey('scoring')).toThrow('no field scoring');
    }));

  test('skip custom fields that no cell can hold', () => {
    const odd = 'custom_field_5b1f0a52-7d0e-4c39-8f61-1a2b3c4d5e99';
    return withApi({ contacts: [{ id: GONE, [odd]: { a: 1 } }] }, async ({ api }) => {
      expect((await new Vocabulary(api).customFields()).map((field) => field.key)).not.toContain(odd);
    });
  });
});
