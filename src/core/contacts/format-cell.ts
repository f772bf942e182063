import type { Field } from './fields.js';
import type { TagDirectory } from './tags.js';
import { parseTags } from './tags.js';
import { cleanText, isEmpty, type FieldValue } from '../model/values.js';

/**
 * A value as the cell that reads back as it, or undefined where no cell does (a list item with a `;` in it).
 * @param nullToken what stands for an empty value; an empty cell, where it is not given
 */
export function formatCell(
  field: Field,
  value: FieldValue,
  directory: TagDirectory | undefined,
  nullToken = '',
): string | undefined {
  if (isEmpty(value)) return nullToken;
  if (field.type.name === 'tags') return formatTags(value, directory);
  const cell = Array.isArray(value) ? value.join(';') : String(value);
  const parsed =
    cleanText(cell) === '' || cleanText(cell) === '<clear>' ? undefined : field.type.parse(cleanText(cell));
  return parsed && 'value' in parsed && field.type.same(parsed.value, value) ? cell : undefined;
}

/** Whether a cell with the name would say something else. */
function needsId(name: string, directory: TagDirectory | undefined): boolean {
  return /;|^[+-]/.test(name) || (directory !== undefined && directory.nameOf(name) !== name);
}

/** Names where they read back, and ids where a name holds what has a meaning in a cell. */
function formatTags(value: FieldValue, directory: TagDirectory | undefined): string | undefined {
  const names = Array.isArray(value) ? value : [];
  const cell = names.map((name) => (needsId(name, directory) ? (directory?.idOf(name) ?? name) : name)).join(';');
  const parsed = parseTags(cell, directory);
  return 'wanted' in parsed && parsed.wanted.kind === 'set' ? cell : undefined;
}
