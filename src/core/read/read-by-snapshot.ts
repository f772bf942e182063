import { SyncError } from '../model/errors.js';
import { loadExport, type ExportReading } from '../input/export-file.js';
import { isNdjson, loadNdjsonExport } from '../input/ndjson-export.js';
import type { Contact } from '../contacts/types.js';
import { inBatches } from '../model/batches.js';
import type { Problem } from '../model/problem.js';
import type { ScratchStore } from '../disk/store.js';
import type { ContactReader } from './reader.js';

const BATCH = 1000;

/** The API was not asked, so that it cannot be said to have no such contact. */
const NOT_IN_SNAPSHOT: Problem = {
  code: 'not_in_snapshot',
  message: 'the snapshot has no such contact; the API was not asked',
};

/**
 * Current values as a file has them, without any call: a CSV as `export` writes, or NDJSON with a contact a line.
 * They may be old, so whatever is written upon them is read again first.
 * @param wanted keys of the fields that the CSV edits: the snapshot must have them
 * @param onContacts told of all of them, and waited for
 * @throws SyncError where the file is not such a snapshot
 */
export async function readBySnapshot(
  file: string,
  wanted: readonly string[],
  reading: ExportReading,
  onContacts?: (contacts: readonly Contact[]) => Promise<void>,
): Promise<ContactReader> {
  const store = await load(file, wanted, reading);
  if (onContacts) await eachBatch(store, onContacts);
  return {
    way: 'snapshot',
    async read(ids) {
      const rows = await store.getMany(ids);
      return new Map(
        rows.map((row, at) => {
          const id = ids[at]!;
          return [id, row ? { contact: { ...row, id } } : { problem: NOT_IN_SNAPSHOT }];
        }),
      );
    },
    close: () => store.close(),
  };
}

type Contacts = Pick<ScratchStore<object>, 'getMany' | 'entries' | 'close'>;

async function eachBatch(store: Contacts, onContacts: (contacts: readonly Contact[]) => Promise<void>): Promise<void> {
  try {
    for await (const batch of inBatches(store.entries(), BATCH)) {
      await onContacts(batch.map(([id, row]) => ({ ...row, id })));
    }
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function load(file: string, wanted: readonly string[], reading: ExportReading): Promise<Contacts> {
  const source = { path: file, name: file };
  if (isNdjson(file)) return loadNdjsonExport(source, { ...reading, wanted });
  const { store, fields } = await loadExport(source, reading);
  const missing = wanted.filter((key) => !fields.has(key));
  if (missing.length === 0) return store;
  await store.close();
  throw new SyncError('reference_incomplete', { file, role: reading.role, fields: missing });
}
