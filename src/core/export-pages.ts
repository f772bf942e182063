import path from 'node:path';
import { MAX_PAGE_SIZE, unwrap, type Filter } from './contacts/contacts-api.js';
import { CREATED_AT } from './contacts/fields.js';
import { canonicalId } from './contacts/contact-id.js';
import { PageWatch } from './read/page-watch.js';
import { ScratchStore } from './disk/store.js';
import type { ApiSession } from './run/api-session.js';
import type { ExportFormat } from './contacts/export-formats.js';

/** What an export says of its pages. */
export interface ExportedPages {
  contacts: number;
  /** The least and the most contacts that the API counted, from page to page. */
  counted: { least: number; most: number };
  /** No contact can be missing: none was deleted meanwhile, so that none slipped between two pages. */
  complete: boolean;
}

/**
 * Streams all contacts as records of a file, each contact once.
 * @param write takes the format's head, then a record for each contact
 */
export async function exportPages<R>(
  session: ApiSession,
  scratchDir: string,
  filters: Filter | undefined,
  format: ExportFormat<R>,
  write: (record: R) => Promise<void>,
): Promise<ExportedPages> {
  const { api, stop } = session;
  const seen = await ScratchStore.open<true>(path.join(scratchDir, 'exported'));
  const result: ExportedPages = { contacts: 0, counted: { least: Infinity, most: 0 }, complete: false };
  const watch = new PageWatch(Date.now());
  try {
    for (const record of format.head) await write(record);
    for (let page = 1, pages = 1; page <= pages; page++) {
      stop.signal.throwIfAborted();
      const query = { page, page_size: MAX_PAGE_SIZE, sort: CREATED_AT, ...(filters ? { filters } : {}) };
      const answer = unwrap(await api.listContacts(query));
      const { contacts, totalCount, totalPages } = answer;
      watch.note(answer);
      pages = totalPages;
      const { least, most } = result.counted;
      result.counted = { least: Math.min(least, totalCount), most: Math.max(most, totalCount) };
      // Pages are offsets: a contact can show twice while others write.
      const ids = contacts.map((contact) => canonicalId(contact.id));
      const known = await seen.getMany(ids);
      const before = result.contacts;
      for (const [at, contact] of contacts.entries()) {
        if (known[at] || ids.indexOf(ids[at]!) < at) continue;
        await write(format.record(contact));
        result.contacts++;
      }
      await seen.putMany(ids.map((id) => [id, true]));
      result.complete = watch.isSteady && result.contacts === totalCount;
      session.progress('reading contacts', result.contacts, totalCount);
      // Some servers count pages without end. What they count and do not show makes the export incomplete.
      if (result.contacts === before) break;
    }
  } finally {
    await seen.close();
  }
  return result;
}
