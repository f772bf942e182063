import { MAX_PAGE_SIZE, type ContactsApi } from '../contacts/contacts-api.js';
import { readByGet } from './read-by-get.js';
import { listPage, readByScan } from './read-by-scan.js';
import { isMissing } from './missing.js';
import type { ContactReader } from './reader.js';

/**
 * Contacts as they are at each reading, from an API that does not filter by id: by the whole list, read again each time,
 * or by a call for each contact, whichever takes fewer calls.
 */
export function rescan(
  api: ContactsApi,
  { concurrency, scanDir }: { concurrency: number; scanDir: string },
): ContactReader {
  const byGet = readByGet(api, concurrency);
  // As far as is known by now: a page tells how many there are.
  let pages = 1;
  return {
    way: 'get',
    async read(ids) {
      if (ids.length <= pages) return byGet.read(ids);
      const first = await listPage(api, 1).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
        return undefined;
      });
      if (first === undefined) {
        pages = Infinity;
        return byGet.read(ids);
      }
      pages = Math.ceil(first.totalCount / MAX_PAGE_SIZE);
      if (ids.length < pages) return byGet.read(ids);
      const scan = await readByScan(api, first, { dir: scanDir, byGet });
      try {
        return await scan.read(ids);
      } finally {
        await scan.close();
      }
    },
    close: () => byGet.close(),
  };
}
