import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FieldSchema } from '../../../src/core/contacts/types.js';
import { idCondition } from '../../../src/core/contacts/filters.js';
import { chooseReads } from '../../../src/core/read/choose-reads.js';
import type { ReadWay } from '../../../src/core/model/read-choice.js';

const rows = fc.integer({ min: 0, max: 100_000 });
const pages = (contacts: number) => Math.max(1, Math.ceil(contacts / 500));

describe('the cheapest way to read', () => {
  test('a contact or two is to ask for each, without the schema; for more the schema must be known first', () => {
    expect([0, 1, 2].map((count) => chooseReads({ rows: count, schemaRead: false })?.way)).toEqual([
      'get',
      'get',
      'get',
    ]);
    expect([3, 500, 100_000].map((count) => chooseReads({ rows: count, schemaRead: false }))).toEqual([
      ...[undefined, undefined, undefined],
    ]);
  });

  test('is by ids wherever the API filters by them: 500 contacts a call', () => {
    fc.assert(
      fc.property(rows, fc.option(rows, { nil: undefined }), (count, total) => {
        const facts = { rows: count, schemaRead: true, idFilterable: true };
        const choice = chooseReads(total === undefined ? facts : { ...facts, totalContacts: total });
        expect(choice).toMatchObject({ way: 'ids', costs: { ids: pages(count), get: count } });
      }),
    );
  });

  test('is not known before the first page, where the API does not filter by id', () => {
    expect(chooseReads({ rows: 1000, schemaRead: true, idFilterable: false })).toBeUndefined();
  });

  test('is then the whole list, its first page being there already, or one call a contact, whichever is fewer', () => {
    fc.assert(
      fc.property(rows, rows, (count, totalContacts) => {
        const choice = chooseReads({ rows: count, schemaRead: true, idFilterable: false, totalContacts })!;
        const left: Partial<Record<ReadWay, number>> = { get: count, list: pages(totalContacts) - 1 };
        expect(left[choice.way]).toBe(Math.min(count, pages(totalContacts) - 1));
        expect(choice.costs).toEqual({ get: count, list: pages(totalContacts) });
        expect(choice.why).toContain('the API does not filter by id');
      }),
    );
  });
});

describe('the condition for ids', () => {
  const schema = (id: Partial<FieldSchema>): FieldSchema[] => [
    { name: 'Title', key: 'title', type: 'string', filterable: true, allowed_operators: ['equals'] },
    { name: 'ID', key: 'id', type: 'uuid', ...id },
  ];
  test.each<[Partial<FieldSchema>, string | undefined]>([
    [{ filterable: true, allowed_operators: ['not_equals', 'equals'] }, 'equals'],
    [{ filterable: true, allowed_operators: ['is', 'is_empty'] }, 'is'],
    [{ filterable: true, allowed_operators: ['eq'] }, 'eq'],
    [{ filterable: true }, 'equals'],
    [{ filterable: true, allowed_operators: ['contains'] }, undefined],
    [{ filterable: true, allowed_operators: [] }, undefined],
    [{ filterable: false, allowed_operators: ['equals'] }, undefined],
    [{}, undefined],
  ])('of a schema that says %p is %p', (id, condition) => {
    expect(idCondition(schema(id))).toBe(condition);
  });

  test('is none where the schema has no id', () => {
    expect(idCondition(schema({}).slice(0, 1))).toBeUndefined();
  });
});
