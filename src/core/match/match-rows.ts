import { MAX_PAGE_SIZE } from '../contacts/contacts-api.js';
import { canonicalId } from '../contacts/contact-id.js';
import type { Field } from '../contacts/fields.js';
import { isFieldKey, keyText, type FieldKey } from '../contacts/keys.js';
import type { Edit, RowEdit } from '../contacts/row-to-edit.js';
import type { Entry, Found } from '../read/reader.js';
import { decideMatch, type NoMatch, type Searched } from './decide-match.js';
import type { KeyIndex } from './key-index.js';

/** Which contacts the rows of a file name by the values of fields. */
export interface Matches {
  index: KeyIndex;
  /** Where the contacts of keys by a field were looked for. */
  searched: (by: Field) => Searched;
}

/** The contact of a row, and its values as they were read; or how the row ends that names none, or several. */
export type Match = { edit: Edit; found: Entry | undefined } | NoMatch;

/** Reads the contacts of rows. */
interface Reads {
  read(ids: readonly string[]): Promise<Found>;
}

/**
 * Finds the contact of each row, and reads it.
 * @param matches undefined where all rows name their contacts by id
 */
export async function matchRows(
  edits: readonly RowEdit[],
  current: Reads,
  matches: Matches | undefined,
): Promise<Map<RowEdit, Match>> {
  const keys = edits.flatMap(({ key }) => (isFieldKey(key) ? [key] : []));
  const holders = await matches?.index.holders([...new Set(keys.map(keyText))]);
  const holdersOf = (key: FieldKey): readonly string[] => holders?.get(keyText(key)) ?? [];
  const found = await readAll(idsNamed(edits, holdersOf), current);
  const matchOf = (edit: RowEdit): Match => {
    const { key } = edit;
    if (!isFieldKey(key)) return { edit: { ...edit, contactId: key.value }, found: found.get(key.value) };
    const held = holdersOf(key).map((id) => found.get(id));
    const decided = decideMatch(key, held, matches?.searched(key.by) ?? 'api');
    if ('status' in decided) return decided;
    return { edit: { ...edit, contactId: canonicalId(decided.contact.id) }, found: decided };
  };
  return new Map(edits.map((edit) => [edit, matchOf(edit)]));
}

/**
 * The contacts that rows are about, in the order in which `matchRows` reads them.
 * @param holdersOf contacts that hold a key
 */
export function idsNamed(edits: readonly RowEdit[], holdersOf: (key: FieldKey) => readonly string[] = none): string[] {
  return [...new Set(edits.flatMap(({ key }) => (isFieldKey(key) ? holdersOf(key) : [key.value])))];
}

function none(): readonly string[] {
  return [];
}

/** A batch can be about more contacts than one call reads: several may hold a key. */
async function readAll(ids: readonly string[], current: Reads): Promise<Found> {
  const found: Found = new Map();
  for (let at = 0; at < ids.length; at += MAX_PAGE_SIZE) {
    for (const [id, entry] of await current.read(ids.slice(at, at + MAX_PAGE_SIZE))) found.set(id, entry);
  }
  return found;
}
