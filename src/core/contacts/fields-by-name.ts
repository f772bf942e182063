import { foldName } from '../model/fold-name.js';
import type { Field } from './fields.js';

/** Fields by each of their folded names: the key, and what people call it. */
export function fieldsByName(fields: readonly Field[]): Map<string, Field[]> {
  const found = new Map<string, Field[]>();
  for (const field of fields) {
    for (const name of new Set([foldName(field.key), foldName(field.label)])) {
      found.set(name, [...(found.get(name) ?? []), field]);
    }
  }
  return found;
}
