import path from 'node:path';
import { MAX_PAGE_SIZE, needed, type Filter } from '../api/contacts-api.js';
import type { Contact } from '../api/types.js';
import { canonicalId } from '../contact-id.js';
import { CONTACT_FIELDS, type Field } from '../edit/fields.js';
import { formatCell } from '../edit/format-cell.js';
import { foldName, typoOf } from '../input/header.js';
import { ScratchStore } from '../store.js';
import type { ApiSession } from '../session.js';

/** What an export says of itself. */
export interface Exported {
  contacts: number;
  /** Values that no cell reads back as; their cells are empty, which leaves them alone. */
  leftOut: number;
  /** The API's own count at the end: where it differs, others added or deleted contacts meanwhile. */
  total: number;
}

/**
 * Streams all contacts as rows of a CSV that `sync` takes back unchanged.
 * @param write takes the header, then a row for each contact
 */
export async function exportContacts(
  { api, vocabulary, onProgress, stop }: ApiSession,
  scratchDir: string,
  filters: Filter | undefined,
  write: (cells: readonly string[]) => Promise<void>,
): Promise<Exported> {
  const directory = await vocabulary.readTags();
  const fields = [...CONTACT_FIELDS, ...(await vocabulary.customFields())];
  const seen = await ScratchStore.open<true>(path.join(scratchDir, 'exported'));
  const result: Exported = { contacts: 0, leftOut: 0, total: 0 };
  const cell = (field: Field, contact: Contact): string => {
    const text = formatCell(field, field.type.read(contact[field.key]), directory);
    if (text === undefined) result.leftOut++;
    return text ?? '';
  };
  try {
    await write(['contact_id', ...columnNames(fields), 'updated_at', 'created_at', 'source']);
    for (let page = 1, pages = 1; page <= pages; page++) {
      stop.signal.throwIfAborted();
      const query = { page, page_size: MAX_PAGE_SIZE, sort: 'created_at', ...(filters ? { filters } : {}) };
      const { contacts, totalCount, totalPages } = needed(await api.listContacts(query));
      pages = totalPages;
      result.total = totalCount;
      // Pages are offsets: a contact can show twice while others write.
      const ids = contacts.map((contact) => canonicalId(contact.id));
      const known = await seen.getMany(ids);
      for (const [at, contact] of contacts.entries()) {
        if (known[at] || ids.indexOf(ids[at]!) < at) continue;
        const cells = fields.map((field) => cell(field, contact));
        const { updated_at, created_at, source } = contact;
        await write([contact.id, ...cells, updated_at ?? '', created_at ?? '', source ?? '']);
        result.contacts++;
      }
      await seen.putMany(ids.map((id) => [id, true]));
      onProgress('reading contacts', result.contacts, totalCount);
    }
  } finally {
    await seen.close();
  }
  return result;
}

/** Display names for custom fields, and keys where a name is taken or means something else. */
function columnNames(fields: readonly Field[]): string[] {
  const reserved = new Set([
    'id',
    'contactid',
    'updatedat',
    'createdat',
    'accountid',
    'source',
    'scoring',
    'heatscore',
    'object',
    '',
  ]);
  const counts = new Map<string, number>();
  for (const { label } of fields) counts.set(foldName(label), (counts.get(foldName(label)) ?? 0) + 1);
  return fields.map(({ key, label }) => {
    const folded = foldName(label);
    const standard = CONTACT_FIELDS.some((field) => field.key === key);
    const unclear = reserved.has(folded) || counts.get(folded)! > 1 || /^(_|expected:)/i.test(label);
    return standard || !(unclear || typoOf(label) !== undefined) ? label : key;
  });
}
