import type { Contact } from '../api/types.js';
import { canonicalId } from '../contact-id.js';
import { UsageError } from '../exit.js';
import { loadExport, type ExportReading } from '../input/export-file.js';
import { readNdjson } from '../run/ndjson.js';
import { ScratchStore } from '../store.js';
import type { ContactReader } from './reader.js';

const BATCH = 1000;

/**
 * Current values as a file has them, without any call: a CSV as `export` writes, or NDJSON with a contact a line.
 * They may be old, so whatever is written upon them is read again first.
 * @param wanted keys of the fields that the CSV edits: the snapshot must have them
 * @throws UsageError where the file is no such snapshot
 */
export async function readBySnapshot(
  file: string,
  wanted: readonly string[],
  reading: ExportReading,
): Promise<ContactReader> {
  const source = { path: file, name: file };
  const { store, fields } = /\.(ndjson|jsonl)$/i.test(file)
    ? { store: await loadNdjson(file, reading.dir), fields: undefined }
    : await loadExport(source, reading);
  const missing = wanted.filter((key) => fields && !fields.has(key));
  if (missing.length > 0) {
    await store.close();
    throw new UsageError(`--snapshot ${file}: has no column for ${missing.join(', ')}, which the file edits`);
  }
  return {
    way: 'snapshot',
    async read(ids) {
      const rows = await store.getMany(ids);
      return new Map(rows.flatMap((row, at) => (row ? [[ids[at]!, { contact: { ...row, id: ids[at]! } }]] : [])));
    },
    close: () => store.close(),
  };
}

async function loadNdjson(file: string, dir: string): Promise<ScratchStore<object>> {
  const store = await ScratchStore.open<object>(dir);
  let batch: [string, object][] = [];
  let line = 0;
  for await (const contact of readNdjson<Contact>(file)) {
    line++;
    if (typeof contact?.id !== 'string')
      throw new UsageError(`--snapshot ${file}: line ${line}: expected a contact with an id`);
    batch.push([canonicalId(contact.id), contact]);
    if (batch.length < BATCH) continue;
    await store.putMany(batch);
    batch = [];
  }
  await store.putMany(batch);
  return store;
}
