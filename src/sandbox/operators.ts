import type { FieldSchema, Tag } from '../core/contacts/types.js';
import { refused } from './api-error.js';

/** Whether a contact's value matches a rule. */
export type Test = (value: unknown) => boolean;

const isEmpty: Test = (value) =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
const lower = (value: unknown) => String(value).toLowerCase();
const not =
  (test: Test): Test =>
  (value) =>
    !test(value);

/** Which conditions on text tell capitals apart: those that compare the whole of it, all, or none. */
export type FilterCase = 'equals' | 'all' | 'none';

/** What rules are tested against. */
export interface TestContext {
  tags: readonly Tag[];
  filterCase: FilterCase;
}

/** The test of one rule. Throws an ApiError (422) for an unknown operator or a value of the wrong type. */
export function testOf(field: FieldSchema, operator: string, wanted: unknown, { tags, filterCase }: TestContext): Test {
  if (operator === 'is_empty') return isEmpty;
  if (operator === 'is_not_empty') return not(isEmpty);
  checkValue(field, wanted);
  if (field.type === 'array') return arrayTest(operator, tagName(field, wanted, tags));
  const negated = NEGATED[operator];
  return negated ? not(plainTest(field, negated, wanted, filterCase)) : plainTest(field, operator, wanted, filterCase);
}

const NEGATED: Record<string, string> = { not_equals: 'equals', is_not: 'equals', not_contains: 'contains' };

function plainTest(field: FieldSchema, operator: string, wanted: unknown, filterCase: FilterCase): Test {
  const fold = filterCase === 'all' ? String : lower;
  switch (operator) {
    case 'equals':
    case 'is': {
      const target = comparable(field.type, wanted, filterCase);
      return (value) => !isEmpty(value) && comparable(field.type, value, filterCase) === target;
    }
    case 'contains':
      return textTest((text) => fold(text).includes(fold(wanted)));
    case 'starts_with':
      return textTest((text) => fold(text).startsWith(fold(wanted)));
    case 'ends_with':
      return textTest((text) => fold(text).endsWith(fold(wanted)));
    default:
      return orderTest(field.type, operator, wanted);
  }
}

function textTest(test: (text: string) => boolean): Test {
  return (value) => typeof value === 'string' && test(value);
}

/** A value as conditions compare it. */
export type Comparable = string | number | boolean;

const ORDER: Record<string, (a: Comparable, b: Comparable) => boolean> = {
  greater_than: (a, b) => a > b,
  greater_or_equal: (a, b) => a >= b,
  less_than: (a, b) => a < b,
  less_or_equal: (a, b) => a <= b,
  after: (a, b) => a > b,
  on_or_after: (a, b) => a >= b,
  before: (a, b) => a < b,
  on_or_before: (a, b) => a <= b,
};

function orderTest(type: string, operator: string, wanted: unknown): Test {
  const compare = ORDER[operator];
  if (!compare) throw refused(`Unknown condition "${operator}"`);
  const target = comparable(type, wanted);
  return (value) => !isEmpty(value) && compare(comparable(type, value), target);
}

function arrayTest(operator: string, wanted: unknown): Test {
  const contains: Test = (value) => Array.isArray(value) && value.includes(wanted);
  if (operator === 'contains') return contains;
  if (operator === 'not_contains') return not(contains);
  throw refused(`Unknown condition "${operator}"`);
}

/** Tags are filtered by id or by name; contacts hold names. */
function tagName(field: FieldSchema, wanted: unknown, tags: readonly Tag[]): unknown {
  if (field.key !== 'tags') return wanted;
  return tags.find(({ id }) => id === wanted)?.name ?? wanted;
}

/** Text in lower case where capitals are not told apart. */
export function comparable(type: string, value: unknown, filterCase: FilterCase = 'equals'): Comparable {
  if (type === 'datetime') return Date.parse(String(value));
  if (type === 'uuid' || (filterCase === 'none' && typeof value === 'string')) return lower(value);
  return typeof value === 'number' || typeof value === 'boolean' ? value : String(value);
}

function checkValue({ key, type }: FieldSchema, value: unknown): void {
  const wantedType = type === 'number' || type === 'boolean' ? type : 'string';
  if (typeof value !== wantedType) throw refused(`A filter on "${key}" needs a ${wantedType} as its value`);
  if ((type === 'date' || type === 'datetime') && Number.isNaN(Date.parse(value as string))) {
    throw refused(`A filter on "${key}" needs an ISO date as its value`);
  }
}
