import { MAX_PAGE_SIZE, unwrap, type ContactsApi, type ListPage } from '../contacts/contacts-api.js';
import { CREATED_AT } from '../contacts/fields.js';
import type { Contact } from '../contacts/types.js';
import { canonicalId } from '../contacts/contact-id.js';
import { ScratchStore } from '../disk/store.js';
import { PageWatch } from './page-watch.js';
import type { ContactReader, Found } from './reader.js';

/** Oldest first: contacts that others add meanwhile come at the end and shift no page. */
export function listPage(api: ContactsApi, page: number): Promise<ListPage> {
  return api.listContacts({ page, page_size: MAX_PAGE_SIZE, sort: CREATED_AT }).then(unwrap);
}

/** Told of the contacts of a scan. */
export interface ScanListener {
  /** Waited for. */
  onContacts: (contacts: readonly Contact[]) => Promise<void>;
  /** @param isComplete whether every contact was seen */
  onEnd: (isComplete: boolean) => void;
}

/**
 * Reads the whole list once, 500 contacts a call, into a store on disk.
 * @param first the first page, already read
 * @param byGet asks for a contact that the scan did not see, where the scan may have missed some
 * @param onPage told after each page: pages read and pages in all
 * @param listener told of the contacts as well
 */
export async function readByScan(
  api: ContactsApi,
  first: ListPage,
  options: {
    dir: string;
    byGet: ContactReader;
    onPage?: (done: number, total: number) => void;
    listener?: ScanListener;
  },
): Promise<ContactReader> {
  const store = await ScratchStore.open<Contact>(options.dir);
  const complete = await readPages(api, first, store, options).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  options.listener?.onEnd(complete);
  return {
    way: 'list',
    async read(ids) {
      const contacts = await store.getMany(ids);
      const missing = complete ? [] : ids.filter((_, at) => contacts[at] === undefined);
      const found: Found = missing.length > 0 ? await options.byGet.read(missing) : new Map<string, never>();
      contacts.forEach((contact, at) => contact && found.set(ids[at]!, { contact }));
      return found;
    },
    close: () => store.close(),
  };
}

/** @returns whether every contact was seen */
async function readPages(
  api: ContactsApi,
  first: ListPage,
  store: ScratchStore<Contact>,
  { onPage, listener }: { onPage?: (done: number, total: number) => void; listener?: ScanListener },
): Promise<boolean> {
  const watch = new PageWatch(Date.now());
  let page = first;
  let seen = 0;
  for (let at = 1; ; at++) {
    watch.note(page);
    const added = await keep(store, page.contacts);
    seen += added;
    await listener?.onContacts(page.contacts);
    onPage?.(at, page.totalPages);
    // Some servers count pages without end: one with nothing new is taken for the last.
    if (at >= page.totalPages || added === 0) break;
    page = await listPage(api, at + 1);
  }
  return seen === page.totalCount && watch.isSteady;
}

/** @returns how many of them were new */
async function keep(store: ScratchStore<Contact>, contacts: readonly Contact[]): Promise<number> {
  const byId = new Map(contacts.map((contact) => [canonicalId(contact.id), contact]));
  const known = await store.getMany([...byId.keys()]);
  await store.putMany(byId);
  return known.filter((contact) => contact === undefined).length;
}
