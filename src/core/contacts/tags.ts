import type { Tag } from './types.js';
import { didYouMean } from '../model/suggest.js';
import { trimBlank } from '../model/invisible.js';
import { cleanText, splitList } from '../model/values.js';

/** A tags cell: a whole new list, or names to add to and remove from the live list. */
export type TagsWanted = { kind: 'set'; names: string[] } | { kind: 'change'; add: string[]; remove: string[] };

/** What a tag's name in a cell stands for. `twins`: ids of several tags that look alike. */
type Named = { name: string } | { twins: readonly string[] } | undefined;

/** The organisation's tags. Contacts show names, PATCH takes ids. */
export class TagDirectory {
  readonly #idByName = new Map<string, string>();
  readonly #nameById = new Map<string, string>();
  /** Names that look alike: they differ in blanks or in Unicode's form. */
  readonly #alike = new Map<string, string[]>();
  readonly #names: string[] = [];

  constructor(tags: readonly Tag[]) {
    for (const { id, name } of tags) {
      this.#idByName.set(name, id);
      this.#nameById.set(id.toLowerCase(), name);
      this.#alike.set(cleanText(name), [...(this.#alike.get(cleanText(name)) ?? []), name]);
      this.#names.push(name);
    }
  }

  /** The name of a tag given by id or name, as the API spells it; an id is never taken for a name. */
  find(nameOrId: string): Named {
    const byId = this.#nameById.get(nameOrId.toLowerCase());
    if (byId !== undefined) return { name: byId };
    const [name, ...twins] = this.#alike.get(cleanText(nameOrId)) ?? [];
    if (name === undefined) return undefined;
    return twins.length === 0 ? { name } : { twins: [name, ...twins].map((twin) => this.#idByName.get(twin)!) };
  }

  /** The name of a tag given by name or id, as the API spells it; undefined where no tag or several are called so. */
  nameOf(nameOrId: string): string | undefined {
    const found = this.find(nameOrId);
    return found && 'name' in found ? found.name : undefined;
  }

  /** @param name as the API spells it, or one that looks like no other */
  idOf(name: string): string | undefined {
    const [only, ...twins] = this.#alike.get(cleanText(name)) ?? [];
    return (
      this.#idByName.get(name) ?? (only !== undefined && twins.length === 0 ? this.#idByName.get(only) : undefined)
    );
  }

  /** Whether a name with a sign in front is a tag's own. */
  isSigned(item: string): boolean {
    return /^[+-]/.test(item) && this.#alike.has(cleanText(item));
  }

  /** What to say of a tag that cannot be told. */
  unknown(name: string): string {
    const found = this.find(name);
    if (found && 'twins' in found)
      return `one tag; ${found.twins.length} look like "${name}", so give its id: ${found.twins.join(', ')}`;
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
  const unclear = items.find((item) => directory?.isSigned(item));
  if (unclear !== undefined) {
    const id = directory!.idOf(unclear);
    return {
      expected: `the id of a tag, since one is called "${unclear}": ${id} replaces, +${id} adds, -${id} removes`,
    };
  }
  const signed = items.filter((item) => /^[+-]/.test(item));
  if (signed.length > 0 && signed.length < items.length) {
    return { expected: 'either A;B (replace) or +A;-B (add and remove), not both in one cell' };
  }
  const change = signed.length > 0;
  const names: string[] = [];
  for (const item of items) {
    const given = change ? trimBlank(item.slice(1)) : item;
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
