import { canonicalId } from '../contacts/contact-id.js';
import type { EditOptions } from '../contacts/row-to-edit.js';
import { findExportProblem } from '../contacts/export-line.js';
import { CHANGED_AT } from '../contacts/fields.js';
import { SyncError } from '../model/errors.js';
import type { ReferenceRole } from '../model/error-facts.js';
import type { ScratchStore } from '../disk/store.js';
import { readJsonLines } from './json-lines.js';
import { OncePerContact } from './once-per-contact.js';
import type { CsvSource } from './records.js';

/** Whether a file is NDJSON by its name; any other is a CSV. */
export function isNdjson(file: string): boolean {
  return /\.(ndjson|jsonl)$/i.test(file);
}

/** What an NDJSON export is read with. */
export interface NdjsonReading {
  /** Keys that each contact must have; no others are kept, but for when it was changed. */
  wanted: readonly string[];
  options: Pick<EditOptions, 'idFormat'>;
  role: ReferenceRole;
  /** Where the store is kept. */
  dir: string;
}

/**
 * Reads contacts as `export` writes them to NDJSON into a store on disk, by contact id.
 * @throws SyncError where it is not such a file, with its line and what was expected
 */
export async function loadNdjsonExport(source: CsvSource, reading: NdjsonReading): Promise<ScratchStore<object>> {
  const { wanted, options, role, dir } = reading;
  const file = source.name;
  const contacts = await OncePerContact.open<object>({ file, role }, dir);
  let empty = true;
  try {
    for await (const { line, value } of readJsonLines(source, role)) {
      const problem = findExportProblem(value, wanted, options);
      if (problem !== undefined) throw new SyncError('reference_invalid', { file, role, line, problem });
      const contact = value as Record<string, unknown> & { id: string };
      const kept = [CHANGED_AT, ...wanted].map((key) => [key, contact[key]]);
      await contacts.add(canonicalId(contact.id), line, Object.fromEntries(kept) as object);
      empty = false;
    }
    if (empty) throw new SyncError('reference_empty', { file, role });
    return await contacts.end();
  } catch (error) {
    await contacts.abandon();
    throw error;
  }
}
