import { expect, test } from '@jest/globals';
import type { Contact } from '../../../src/core/contacts/types.js';
import { CUSTOM_FIELDS, sandboxTagId } from '../../../src/sandbox/defaults.js';
import { seedContact } from '../../../src/sandbox/seed-contacts.js';
import { call, contactsOf, patch, withSandbox } from '../../support/sandbox-client.js';

const ID = seedContact(0).id;
const path = (id: string) => `/v1/preview/contacts/${id}`;

test('a PATCH changes the fields it names, moves updated_at, and answers with the contact', () =>
  withSandbox({ contacts: 3 }, async (sandbox) => {
    const before = sandbox.store.contacts.get(ID);
    const answer = await patch(sandbox, ID, { title: 'SVP', phone_number: null });
    expect(answer.status).toBe(200);
    expect(answer.body['meta']).toEqual({ timestamp: expect.stringMatching(/^\d{4}-.*Z$/) });
    const contact = answer.body.data as Contact;
    expect(contact).toEqual({ ...before, title: 'SVP', phone_number: null, updated_at: contact.updated_at });
    expect(Date.parse(contact.updated_at ?? '')).toBeGreaterThan(Date.parse(before?.updated_at ?? ''));
    expect((await call(sandbox, 'GET', path(ID))).body).toMatchObject({ data: contact, explanations: {} });
  }));

test('tags go in as ids, replace the list, and come out as names', () =>
  withSandbox({ contacts: 1 }, async (sandbox) => {
    const answer = await patch(sandbox, ID, { tags: [sandboxTagId('VIP'), sandboxTagId('Customer')] });
    expect(answer.body.data).toMatchObject({ tags: ['VIP', 'Customer'] });
    expect((await patch(sandbox, ID, { tags: ['VIP'] })).status).toBe(422);
    expect((await patch(sandbox, ID, { tags: [ID] })).body.error?.message).toContain('no tag');
    expect((await patch(sandbox, ID, { tags: null })).body.data).toMatchObject({ tags: [] });
  }));

const tier = CUSTOM_FIELDS.accountTier;
test.each<[string, Record<string, unknown>]>([
  ['an unknown key', { nickname: 'Joe' }],
  ['a read-only key', { created_at: '2026-01-01T00:00:00Z' }],
  ['an empty body', {}],
  ['a number as text', { title: 7 }],
  ['text as boolean', { do_not_contact: 'true' }],
  ['an e-mail that is none', { email: 'joe at example.com' }],
  ['an enum by display name', { [tier]: 'Strategic' }],
  ['a day that does not exist', { [CUSTOM_FIELDS.renewalDate]: '2026-02-30' }],
  ['a number in quotes', { [CUSTOM_FIELDS.seats]: '12' }],
  ['a word as datetime', { [CUSTOM_FIELDS.lastDemo]: 'yesterday' }],
  ['numbers in a text array', { [CUSTOM_FIELDS.interests]: [1] }],
  ['an unknown custom field', { [`custom_field_${ID}`]: 'x' }],
])('a PATCH with %s is refused and changes nothing', (_name, body) =>
  withSandbox({ contacts: 1 }, async (sandbox) => {
    const before = sandbox.store.contacts.get(ID);
    const answer = await patch(sandbox, ID, body);
    expect(answer.status).toBe(422);
    expect(answer.body.error).toEqual({ code: 'validation_error', message: expect.any(String) });
    expect(sandbox.store.contacts.get(ID)).toBe(before);
    expect(sandbox.log.patches()[0]).toMatchObject({ status: 422, applied: false, body });
  }),
);

test('custom fields take values of their type, and null clears them', () =>
  withSandbox({ contacts: 1 }, async (sandbox) => {
    const values = {
      [tier]: 'tier_2',
      [CUSTOM_FIELDS.renewalDate]: '2028-02-29',
      [CUSTOM_FIELDS.seats]: 12.5,
      [CUSTOM_FIELDS.newsletter]: false,
      [CUSTOM_FIELDS.interests]: ['Pricing', 'Mobile'],
      [CUSTOM_FIELDS.lastDemo]: '2026-03-01T09:30:00+01:00',
      [CUSTOM_FIELDS.erpNumber]: '0004711',
      [CUSTOM_FIELDS.aiSummary]: 'Two lines\nof text',
    };
    expect((await patch(sandbox, ID, values)).body.data).toMatchObject(values);
    const nulls = Object.fromEntries(Object.keys(values).map((key) => [key, null]));
    expect((await patch(sandbox, ID, nulls)).body.data).toMatchObject(nulls);
  }));

test('an e-mail address or profile of another contact is a conflict, one of its own is not', () =>
  withSandbox({ contacts: 0 }, async (sandbox) => {
    const [a, b] = [seedContact(1), seedContact(2)];
    const [email, linkedin_url] = ['a@example.com', 'https://www.linkedin.com/in/a'];
    sandbox.store.load([
      { ...a, email, linkedin_url },
      { ...b, email: null },
    ]);
    expect((await patch(sandbox, b.id, { email: 'A@Example.com' })).status).toBe(409);
    expect((await patch(sandbox, b.id, { linkedin_url: `${linkedin_url}/` })).status).toBe(409);
    expect((await patch(sandbox, a.id, { email, linkedin_url })).status).toBe(200);
    expect((await patch(sandbox, a.id, { email: 'new@example.com' })).status).toBe(200);
    expect((await patch(sandbox, b.id, { email })).status).toBe(200);
  }));

test('an unknown id is 404, an id that is not a UUID 422, unless a loaded contact has it', () =>
  withSandbox({ contacts: [{ id: 'con_1', first_name: 'Ann' }] }, async (sandbox) => {
    expect(await patch(sandbox, ID, { title: 'x' })).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found' } },
    });
    expect((await patch(sandbox, 'con_2', { title: 'x' })).status).toBe(422);
    expect((await patch(sandbox, 'con_1', { title: 'x' })).body.data).toMatchObject({
      id: 'con_1',
      title: 'x',
      tags: [],
    });
    expect((await call(sandbox, 'GET', path('nope'))).status).toBe(422);
  }));

test('null can clear, be ignored or be refused', async () => {
  const outcome = async (nulls: 'clear' | 'ignore' | 'refuse') => {
    let result: unknown;
    await withSandbox({ contacts: [{ id: ID, title: 'VP' }], nulls }, async (sandbox) => {
      const { status } = await patch(sandbox, ID, { title: null });
      result = [status, sandbox.store.contacts.get(ID)?.title];
    });
    return result;
  };
  expect(await outcome('clear')).toEqual([200, null]);
  expect(await outcome('ignore')).toEqual([200, 'VP']);
  expect(await outcome('refuse')).toEqual([422, 'VP']);
});

test('a lenient server says 200 to unknown keys and changes nothing', () =>
  withSandbox({ contacts: 1, unknownKeys: 'ignore' }, async (sandbox) => {
    expect((await patch(sandbox, ID, { nickname: 'Joe' })).status).toBe(200);
    expect(sandbox.store.contacts.get(ID)).not.toHaveProperty('nickname');
    expect(sandbox.log.patches()[0]).toMatchObject({ applied: true, before: {}, after: {} });
  }));

test('a normalising server stores tidied values', () =>
  withSandbox({ contacts: 1, normalise: true }, async (sandbox) => {
    const answer = await patch(sandbox, ID, {
      email: ' Zoe@Example.COM',
      phone_number: '+49 (151) 123-45.67',
      title: ' VP ',
    });
    expect(answer.body.data).toMatchObject({ email: 'zoe@example.com', phone_number: '+491511234567', title: 'VP' });
  }));

test('ids match in any case, and two writes in a row differ in updated_at', () =>
  withSandbox({ contacts: 1 }, async (sandbox) => {
    const first = sandbox.store.write(ID, { title: 'A' }, new Date(0)).contact.updated_at;
    const answer = await patch(sandbox, ID.toUpperCase(), { title: 'B' });
    expect(answer.body.data).toMatchObject({ id: ID, title: 'B' });
    expect((answer.body.data as Contact).updated_at).not.toBe(first);
  }));

test('a body that is no JSON, missing, or no object is refused', () =>
  withSandbox({ contacts: 1 }, async (sandbox) => {
    const send = (body: string | null, type = 'application/json') =>
      fetch(sandbox.url + path(ID), {
        method: 'PATCH',
        body,
        headers: { authorization: `Bearer ${sandbox.key}`, 'content-type': type },
      });
    expect((await send('{"title":')).status).toBe(400);
    expect((await send('[]')).status).toBe(422);
    expect((await send('')).status).toBe(422);
    expect((await send('title=x', 'application/x-www-form-urlencoded')).status).toBe(415);
  }));

test('a wrong or missing key is 401 with a detail, and other addresses are 404', () =>
  withSandbox({ contacts: 1, key: 'mks_other' }, async (sandbox) => {
    for (const headers of [{}, { authorization: 'Bearer mks_wrong' }]) {
      const response = await fetch(sandbox.url + '/v1/me', { headers });
      expect([response.status, await response.json()]).toEqual([401, { detail: 'No key found' }]);
    }
    expect((await call(sandbox, 'GET', `/v1/contacts/${ID}`)).body).toEqual({ detail: 'Not Found' });
    expect(sandbox.log.entries.map(({ kind, status }) => [kind, status])).toEqual([
      ['me', 401],
      ['me', 401],
      ['other', 404],
    ]);
  }));

test('the prefix of contacts can be set; schemas, tags and me stay under /v1', () =>
  withSandbox({ contacts: 1, prefix: '/v1' }, async (sandbox) => {
    expect((await call(sandbox, 'GET', `/v1/contacts/${ID}`)).status).toBe(200);
    const schema = (await call(sandbox, 'GET', '/v1/schemas/contacts')).body.data as { key: string; type: string }[];
    expect(schema).toContainEqual(expect.objectContaining({ key: 'id', filterable: true, updatable: false }));
    expect(new Set(schema.map(({ type }) => type))).toEqual(
      new Set(['uuid', 'datetime', 'string', 'text', 'boolean', 'array', 'object', 'enum', 'date', 'number']),
    );
    expect((await call(sandbox, 'GET', '/v1/me')).body.data).toMatchObject({ organization: { name: 'Sandbox Ltd' } });
  }));

test('tags need the slash and the query', () =>
  withSandbox({ contacts: 0 }, async (sandbox) => {
    const tags = await call(sandbox, 'GET', '/v1/tags/?object=contacts');
    expect(contactsOf(tags)).toContainEqual({ id: sandboxTagId('VIP'), name: 'VIP' });
    expect((await call(sandbox, 'GET', '/v1/tags/')).status).toBe(422);
    const headers = { authorization: `Bearer ${sandbox.key}` };
    const redirect = await fetch(`${sandbox.url}/v1/tags?object=contacts`, { headers, redirect: 'manual' });
    expect([redirect.status, redirect.headers.get('location')]).toEqual([
      307,
      `${sandbox.url}/v1/tags/?object=contacts`,
    ]);
  }));
