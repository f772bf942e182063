import type { Contact, FieldSchema, Tag } from '../core/contacts/types.js';
import { refused } from './api-error.js';
import { comparable, testOf, type Comparable, type FilterCase } from './operators.js';
import { canonicalId } from './ids.js';

/**
 * A compiled filter. `ids`, if present, are the only contacts that can match, and are looked up instead of scanning all
 * contacts. `exact`: each of them that exists matches.
 */
export interface Filter {
  matches: (contact: Contact) => boolean;
  ids?: ReadonlySet<string>;
  exact?: boolean;
  /** The one value of a field that matches: hundreds of them in one `or` are looked up in a set. */
  equal?: { field: FieldSchema; value: Comparable };
}

/** What a filter is validated against. */
export interface FilterContext {
  schema: readonly FieldSchema[];
  tags: readonly Tag[];
  filterCase: FilterCase;
}

const MOST_NESTING = 32;

/**
 * Compiles the `filters` of a list request: an array whose entries must all match, or `{operator, filters}`. Throws an
 * ApiError (422) for invalid filters, a bare rule among them.
 */
export function compileFilters(filters: unknown, context: FilterContext): Filter {
  if (filters === undefined || filters === null) return { matches: () => true };
  if (Array.isArray(filters)) return allOf(filters.map((part) => compilePart(part, context, 1)));
  if (isObject(filters) && !('operator' in filters)) {
    throw refused('filters: a bare rule is invalid; put it into an array or {operator, filters}');
  }
  return compilePart(filters, context, 1);
}

function compilePart(part: unknown, context: FilterContext, depth: number): Filter {
  if (!isObject(part)) throw refused('filters: each entry must be {field, condition, value} or {operator, filters}');
  if (depth > MOST_NESTING) throw refused(`filters: nested more than ${MOST_NESTING} deep`);
  return 'operator' in part || 'filters' in part ? compileGroup(part, context, depth) : compileRule(part, context);
}

function compileGroup(group: Record<string, unknown>, context: FilterContext, depth: number): Filter {
  refuseOtherKeys(group, ['operator', 'filters']);
  const { operator, filters } = group;
  if (operator !== 'and' && operator !== 'or') throw refused('filters: operator must be "and" or "or"');
  if (!Array.isArray(filters) || filters.length === 0)
    throw refused('filters: an expression needs a non-empty list of filters');
  const parts = filters.map((part) => compilePart(part, context, depth + 1));
  return operator === 'and' ? allOf(parts) : anyOf(parts, context.filterCase);
}

function compileRule(rule: Record<string, unknown>, { schema, tags, filterCase }: FilterContext): Filter {
  refuseOtherKeys(rule, ['field', 'condition', 'value']);
  const { field: key, condition, value } = rule;
  const field = schema.find((candidate) => candidate.key === key);
  if (!field?.filterable) throw refused(`filters: contacts cannot be filtered by ${JSON.stringify(key) ?? 'nothing'}`);
  if (typeof condition !== 'string' || !field.allowed_operators?.includes(condition)) {
    const known = field.allowed_operators?.join(', ') ?? '';
    throw refused(
      `filters: condition ${JSON.stringify(condition) ?? '(missing)'} on "${field.key}": must be one of ${known}`,
    );
  }
  const test = testOf(field, condition, value, { tags, filterCase });
  if (field.key === 'id' && (condition === 'equals' || condition === 'is')) {
    return withIds(new Set([canonicalId(value as string)]));
  }
  const matches = (contact: Contact): boolean => test(contact[field.key]);
  if (field.type === 'array' || (condition !== 'equals' && condition !== 'is')) return { matches };
  return { matches, equal: { field, value: comparable(field.type, value, filterCase) } };
}

function allOf(parts: readonly Filter[]): Filter {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const narrowest = parts
    .flatMap(({ ids }) => (ids ? [ids] : []))
    .reduce<ReadonlySet<string> | undefined>(
      (least, ids) => (least && least.size <= ids.size ? least : ids),
      undefined,
    );
  const matches = (contact: Contact) => parts.every((part) => part.matches(contact));
  return narrowest ? { matches, ids: narrowest } : { matches };
}

function anyOf(parts: readonly Filter[], filterCase: FilterCase): Filter {
  const byId = parts.filter((part) => part.exact);
  // Hundreds of ids in one `or` become one set: this is how a client reads many contacts with one request.
  const ids = withIds(new Set(byId.flatMap((part) => [...(part.ids ?? [])])));
  if (byId.length === parts.length) return ids;
  const others = joinEqual(
    parts.filter((part) => !part.exact),
    filterCase,
  );
  const matches = (contact: Contact) => ids.matches(contact) || others.some((part) => part.matches(contact));
  if (!others.every((part) => part.ids)) return { matches };
  return { matches, ids: new Set(parts.flatMap((part) => [...(part.ids ?? [])])) };
}

/** One look-up for each field instead of a comparison for each value. */
function joinEqual(parts: readonly Filter[], filterCase: FilterCase): Filter[] {
  const byField = new Map<FieldSchema, Set<Comparable>>();
  for (const { equal } of parts) {
    if (equal) byField.set(equal.field, (byField.get(equal.field) ?? new Set()).add(equal.value));
  }
  const joined = [...byField].map(([{ key, type }, values]): Filter => ({
    matches({ [key]: value }) {
      const isThere = value !== null && value !== undefined && value !== '';
      return isThere && values.has(comparable(type, value, filterCase));
    },
  }));
  return [...parts.filter((part) => !part.equal), ...joined];
}

function withIds(ids: ReadonlySet<string>): Filter {
  return { matches: (contact) => ids.has(contact.id), ids, exact: true };
}

function refuseOtherKeys(part: Record<string, unknown>, known: readonly string[]): void {
  const other = Object.keys(part).find((key) => !known.includes(key));
  if (other !== undefined) throw refused(`filters: unknown key "${other}"; known are ${known.join(', ')}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
