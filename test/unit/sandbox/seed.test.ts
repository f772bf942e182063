import { expect, test } from '@jest/globals';
import { isUuid } from '../../../src/sandbox/ids.js';
import { uuidFrom } from '../../../src/sandbox/random.js';
import { seedContact, seedContacts } from '../../../src/sandbox/seed-contacts.js';
import { sandboxSchema } from '../../../src/sandbox/contact-schema.js';
import { problemWithValue } from '../../../src/sandbox/field-values.js';
import { withSandbox } from '../../support/sandbox-client.js';

const people = [...seedContacts(5000)];

test('a contact is the same for every total, and another for another seed', () =>
  withSandbox({ contacts: 8 }, (sandbox) => {
    expect([...sandbox.store.contacts.values()]).toEqual(people.slice(0, 8).map((c) => expect.objectContaining(c)));
    expect(seedContact(7, 2).id).not.toBe(seedContact(7).id);
    // Sample files name this contact: a change here breaks them.
    expect(seedContact(0)).toMatchObject({
      id: 'dc5302de-d903-41a2-89e8-29d75c64ad8e',
      email: 'soren.ostergaard0@mail.example.com',
      created_at: '2020-01-06T08:00:47.957Z',
    });
    return Promise.resolve();
  }));

test('ids are UUIDs and e-mail addresses are ASCII; no two contacts share either or a profile', () => {
  const values = (key: 'id' | 'email' | 'linkedin_url') =>
    people.map((contact) => contact[key]).filter((v) => v !== null);
  for (const key of ['id', 'email', 'linkedin_url'] as const)
    expect(new Set(values(key)).size).toBe(values(key).length);
  expect(values('id').every(isUuid)).toBe(true);
  const odd = values('email').filter((email) => !/^[a-z]+\.[a-z]+\d+@[a-z.]*example\.(com|org|net)$/.test(email ?? ''));
  expect(odd).toEqual([]);
  expect(new Set(Array.from({ length: 100_000 }, (_, n) => uuidFrom(9, n))).size).toBe(100_000);
});

test('seeded values are valid by the schema, and each field is null in some contacts and set in others', () => {
  for (const field of sandboxSchema()) {
    const values = people.map((contact) => contact[field.key]);
    const set = values.filter((value) => value !== null);
    expect([field.key, set.length > 100]).toEqual([field.key, true]);
    if (field.updatable && !['first_name', 'last_name', 'tags'].includes(field.key)) {
      expect([field.key, set.length < people.length]).toEqual([field.key, true]);
    }
    if (field.key !== 'tags') expect(set.map((value) => problemWithValue(field, value)).filter(Boolean)).toEqual([]);
  }
});

test('contacts are created in the order of their numbers', () => {
  const created = people.map((contact) => contact.created_at ?? '');
  expect([...created].sort()).toEqual(created);
});
