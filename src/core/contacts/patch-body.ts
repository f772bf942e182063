import type { TagDirectory } from './tags.js';
import type { FieldValue } from '../model/values.js';
import type { Problem } from '../model/problem.js';
import type { Changes } from '../model/plan-line.js';

export type PatchBody = Record<string, FieldValue>;

/**
 * The PATCH body of a row's changes: the new values, tags as ids.
 * @returns a problem where a tag's name has no id, which must stop the row before anything is sent
 */
export function patchBody(
  changes: Changes,
  directory: TagDirectory | undefined,
): { body: PatchBody } | { problem: Problem } {
  const body: PatchBody = {};
  for (const [key, { to }] of Object.entries(changes)) {
    if (key !== 'tags') {
      body[key] = to;
      continue;
    }
    const ids: string[] = [];
    for (const name of Array.isArray(to) ? to : []) {
      const id = directory?.idOf(name);
      if (id === undefined) {
        return { problem: { code: 'unknown_tag', field: 'tags', message: `the API has no tag "${name}"` } };
      }
      ids.push(id);
    }
    body[key] = ids;
  }
  return { body };
}
