import { CHANGED_AT } from './fields.js';
import type { FieldSchema } from './types.js';

/** The operator with which the API filters on `id`, if it does. */
export function idCondition(schema: readonly FieldSchema[]): string | undefined {
  const id = schema.find((field) => field.key === 'id');
  if (id?.filterable !== true) return undefined;
  const operators = id.allowed_operators ?? ['equals'];
  return ['equals', 'is', 'eq'].find((operator) => operators.includes(operator));
}

/** The operator that finds what changed after a time, if the API has one and can sort by it. */
export function changedCondition(schema: readonly FieldSchema[]): string | undefined {
  const field = schema.find((entry) => entry.key === CHANGED_AT);
  if (field?.filterable !== true || field.sortable !== true) return undefined;
  const operators = field.allowed_operators ?? [];
  return ['greater_than', 'is_after', 'after', 'gt'].find((operator) => operators.includes(operator));
}
