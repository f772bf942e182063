import { expect, jest, test } from '@jest/globals';
import { CUSTOM_FIELDS, sandboxTagId } from '../../../src/sandbox/defaults.js';
import { seedContact } from '../../../src/sandbox/seed-contacts.js';
import { contactsOf, list, patch, withSandbox } from '../../support/sandbox-client.js';

const byId = (id: string) => ({ field: 'id', condition: 'equals', value: id });
const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => seedContact(from + i).id);

test('pages go from the newest contact to the oldest and add up to all of them', () =>
  withSandbox({ contacts: 120 }, async (sandbox) => {
    const first = await list(sandbox, {});
    expect(first.body.pagination).toEqual({ page: 1, page_size: 50, total_count: 120, total_pages: 3 });
    const pages = [
      first,
      await list(sandbox, { page: 2 }),
      await list(sandbox, { page: 3 }),
      await list(sandbox, { page: 4 }),
    ];
    const seen = pages.flatMap(contactsOf).map(({ id }) => id);
    expect(seen).toEqual(ids(0, 120).reverse());
  }));

test.each<[string, unknown]>([
  ['an unknown key', { limit: 5 }],
  ['page 0', { page: 0 }],
  ['a page size above 500', { page_size: 501 }],
  ['a page as text', { page: '1' }],
  ['an unsortable field', { sort: 'tags' }],
  ['an unknown sort field', { sort: '-age' }],
  ['a bare rule', { filters: byId('x') }],
  ['an unfilterable field', { filters: [{ field: 'scoring', condition: 'equals', value: 1 }] }],
  ['an unknown condition', { filters: [{ field: 'title', condition: 'like', value: 'V' }] }],
  ['an unknown key in a rule', { filters: [{ ...byId('x'), not: true }] }],
  ['an unknown key in an expression', { filters: { operator: 'or', filters: [byId('x')], not: true } }],
  ['an unknown operator', { filters: { operator: 'xor', filters: [byId('x')] } }],
  ['a value of the wrong type', { filters: [{ field: CUSTOM_FIELDS.seats, condition: 'equals', value: '5' }] }],
  ['no body', undefined],
])('a list query with %s is refused', (_name, body) =>
  withSandbox({ contacts: 1 }, async (sandbox) => {
    const answer = await list(sandbox, body);
    expect([answer.status, answer.body.error?.code]).toEqual([422, 'validation_error']);
  }),
);

test('filters hold together in an array, and nest in expressions', () =>
  withSandbox({ contacts: 0 }, async (sandbox) => {
    const people = ['Ann', 'Bob', 'Cyd'].map((first_name, i) => ({ ...seedContact(i), first_name, last_name: null }));
    sandbox.store.load(people);
    sandbox.store.write(people[0]?.id ?? '', { [CUSTOM_FIELDS.seats]: 5, tags: ['VIP'], title: 'VP Sales' });
    sandbox.store.write(people[1]?.id ?? '', { [CUSTOM_FIELDS.seats]: 50, tags: [], title: 'vp sales' });
    sandbox.store.write(people[2]?.id ?? '', { [CUSTOM_FIELDS.seats]: null, tags: ['VIP'], title: null });
    const names = async (filters: unknown) =>
      contactsOf(await list(sandbox, { filters, sort: 'first_name' })).map((contact) => contact.first_name);
    const rule = (field: string, condition: string, value?: unknown) => ({ field, condition, value });
    const vip = rule('tags', 'contains', sandboxTagId('VIP'));
    const many = rule(CUSTOM_FIELDS.seats, 'greater_than', 9);

    expect(await names([])).toEqual(['Ann', 'Bob', 'Cyd']);
    expect(await names([vip, rule('title', 'is_not_empty')])).toEqual(['Ann']);
    expect(await names([rule('title', 'contains', 'vp')])).toEqual(['Ann', 'Bob']);
    expect(await names([rule('title', 'equals', 'VP Sales')])).toEqual(['Ann']);
    expect(await names([rule('title', 'not_equals', 'VP Sales')])).toEqual(['Bob', 'Cyd']);
    expect(await names({ operator: 'or', filters: [many, rule('title', 'is_empty')] })).toEqual(['Bob', 'Cyd']);
    expect(await names([rule('created_at', 'after', seedContact(1).created_at)])).toEqual(['Cyd']);
    expect(
      await names({ operator: 'and', filters: [vip, { operator: 'or', filters: [many, byId(people[2]?.id ?? '')] }] }),
    ).toEqual(['Cyd']);
    expect(await names([byId(people[1]?.id ?? ''), vip])).toEqual([]);
  }));

test('a sort order follows writes, and puts contacts without a value last', () =>
  withSandbox(
    { contacts: [{ id: ids(0, 1)[0] ?? '', title: 'B' }, { id: ids(1, 2)[0] ?? '', title: 'C' }, { id: 'con_3' }] },
    async (sandbox) => {
      const titles = async (sort: string) => contactsOf(await list(sandbox, { sort })).map(({ title }) => title);
      expect(await titles('title')).toEqual(['B', 'C', null]);
      await patch(sandbox, ids(1, 2)[0] ?? '', { title: 'A' });
      expect(await titles('title')).toEqual(['A', 'B', null]);
      expect(await titles('-title')).toEqual(['B', 'A', null]);
      sandbox.store.contacts.delete('con_3');
      expect(await titles('title')).toEqual(['A', 'B']);
    },
  ));

test('custom fields can be left out, and id can be made unfilterable', () =>
  withSandbox({ contacts: 2, idFilterable: false }, async (sandbox) => {
    const [contact] = contactsOf(await list(sandbox, { include_custom_fields: false }));
    expect(Object.keys(contact ?? {}).filter((key) => key.startsWith('custom_field_'))).toEqual([]);
    expect((await list(sandbox, { filters: [byId(ids(0, 1)[0] ?? '')] })).status).toBe(422);
  }));

test('500 ids are looked up, however many contacts there are, and pages do not sort again', () =>
  withSandbox({ contacts: 20_000 }, async (sandbox) => {
    const lookUp = jest.spyOn(sandbox.store.contacts, 'get');
    const goThrough = jest.spyOn(sandbox.store.contacts, 'values');
    const counted = async (query: unknown) => {
      const before = [lookUp.mock.calls.length, goThrough.mock.calls.length] as const;
      const answer = await list(sandbox, query);
      const looked = lookUp.mock.calls.length - before[0];
      return { answer, looked, sorted: goThrough.mock.calls.length - before[1] };
    };
    const wanted = Array.from({ length: 500 }, (_, i) => seedContact(i * 39).id);
    const or = { operator: 'or', filters: [...wanted, seedContact(20_001).id].map(byId) };
    for (const filters of [or, [or]]) {
      const { answer, ...work } = await counted({ filters, page_size: 500 });
      expect(work).toEqual({ looked: 501, sorted: 0 });
      expect(contactsOf(answer).map(({ id }) => id)).toEqual([...wanted].reverse());
      expect(answer.body.pagination).toMatchObject({ total_count: 500, total_pages: 1 });
    }
    expect(await counted({ page_size: 500 })).toMatchObject({ looked: 500, sorted: 1 });
    await patch(sandbox, wanted[0] ?? '', { title: 'SVP' });
    for (let page = 1; page <= 10; page++) {
      expect(await counted({ page, page_size: 500 })).toMatchObject({ looked: 500, sorted: 0 });
    }
  }));
