import type { FieldSchema, Tag } from '../core/contacts/types.js';
import { refused } from './api-error.js';
import { problemWithValue } from './field-values.js';

/** How a sandbox behaves where the API's reference does not say. */
export interface PatchRules {
  nulls: 'clear' | 'ignore' | 'refuse';
  normalise: boolean;
  unknownKeys: 'refuse' | 'ignore';
}

/** What a PATCH body is validated against. */
export interface PatchContext {
  schema: readonly FieldSchema[];
  tags: readonly Tag[];
  rules: PatchRules;
}

/**
 * The fields to store for a PATCH body: tags as names, values normalised if the rules say so. Empty if every key is
 * ignored. Throws an ApiError (422) that names the key.
 */
export function validatePatch(body: Readonly<Record<string, unknown>>, context: PatchContext): Record<string, unknown> {
  const { schema, rules } = context;
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(body)) {
    const field = schema.find((candidate) => candidate.key === key && candidate.updatable);
    if (!field) {
      if (rules.unknownKeys === 'refuse') throw refused(`${key}: extra fields are not permitted`);
    } else if (value === null) {
      if (rules.nulls === 'refuse') throw refused(`${key}: must not be null`);
      if (rules.nulls === 'clear') fields[key] = key === 'tags' ? [] : null;
    } else {
      fields[key] = stored(field, value, context);
    }
  }
  return fields;
}

function stored(field: FieldSchema, value: unknown, { tags, rules }: PatchContext): unknown {
  const problem = problemWithValue(field, value);
  if (problem) throw refused(`${field.key}: ${problem}`);
  if (field.key === 'tags') return tagNames(value as string[], tags);
  const kept = rules.normalise && typeof value === 'string' ? normalise(field.key, value) : value;
  if (field.key === 'email' && !isEmail(kept)) throw refused('email: not a valid e-mail address');
  return kept;
}

function tagNames(ids: readonly string[], tags: readonly Tag[]): string[] {
  const names = new Map(tags.map(({ id, name }) => [id, name]));
  const found = ids.map((id) => {
    const name = names.get(id.toLowerCase());
    if (name === undefined) throw refused(`tags: there is no tag with the id ${id}`);
    return name;
  });
  return [...new Set(found)];
}

function isEmail(value: unknown): boolean {
  return typeof value === 'string' && /^[^\s@,;]+@[^\s@,;.]+(\.[^\s@,;.]+)+$/.test(value);
}

function normalise(key: string, text: string): string {
  const trimmed = text.trim();
  if (key === 'email') return trimmed.toLowerCase();
  return key === 'phone_number' ? trimmed.replace(/[\s().-]/g, '') : trimmed;
}
