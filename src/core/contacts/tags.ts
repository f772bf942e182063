import type { Tag } from './types.js';
import { didYouMean } from '../model/suggest.js';
import { cleanText, splitList } from '../model/values.js';

/** A tags cell: a whole new list, or names to add to and remove from the live list. */
export type TagsWanted = { kind: 'set'; names: string[] } | { kind: 'change'; add: string[]; remove: string[] };

/** The organisation's tags. Contacts show names, PATCH takes ids. */
export class TagDirectory {
  readonly #idByName = new Map<string, string>();
  readonly #nameById = new Map<string, string>();
  readonly #names: string[] = [];

  constructor(tags: readonly Tag[]) {
    for (const { id, name } of tags) {
      this.#idByName.set(cleanText(name), id);
      this.#nameById.set(id.toLowerCase(), name);
      this.#names.push(name);
    }
  }

  /** The name of a tag given by name or id, as the API spells it. */
  nameOf(nameOrId: string): string | undefined {
    if (this.#idByName.has(nameOrId)) return nameOrId;
    return this.#nameById.get(nameOrId.toLowerCase());
  }

  idOf(name: string): string | undefined {
    return this.#idByName.get(cleanText(name));
  }

  /** What to say of a tag that does not exist. */
  unknown(name: string): string {
    return `a tag that exists; "${name}" does not${didYouMean(name, this.#names)}`;
  }
}

/**
 * Reads `A;B` (replace) or `+A;-B` (add and remove).
 * @param directory resolves names and ids; without it (offline) only the form is checked
 */
export function parseTags(
  text: string,
  directory: TagDirectory | undefined,
): { wanted: TagsWanted } | { expected: string } {
  const items = splitList(text);
  if (items.length === 0) return { expected: 'names or ids of tags, separated by ;' };
  const signed = items.filter((item) => /^[+-]/.test(item) && directory?.nameOf(item) === undefined);
  if (signed.length > 0 && signed.length < items.length) {
    return { expected: 'either A;B (replace) or +A;-B (add and remove), not both in one cell' };
  }
  const change = signed.length > 0;
  const names: string[] = [];
  for (const item of items) {
    const given = change ? cleanText(item.slice(1)) : item;
    const name = directory ? directory.nameOf(given) : given;
    if (name === undefined || name === '') return { expected: directory?.unknown(given) ?? 'a tag after + or -' };
    names.push(name);
  }
  if (!change) return { wanted: { kind: 'set', names: [...new Set(names)] } };
  const add = names.filter((_, at) => items[at]!.startsWith('+'));
  const remove = names.filter((_, at) => items[at]!.startsWith('-'));
  const both = add.find((name) => remove.includes(name));
  if (both !== undefined) return { expected: `"${both}" either added or removed, not both` };
  return { wanted: { kind: 'change', add: [...new Set(add)], remove: [...new Set(remove)] } };
}
