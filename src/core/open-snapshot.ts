import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Field } from './contacts/fields.js';
import type { Contact } from './contacts/types.js';
import type { ExportReading } from './input/export-file.js';
import { localMinute } from './model/local-minute.js';
import type { RowReading } from './plan/row-batches.js';
import type { CurrentValues } from './read/current-values.js';
import { readBySnapshot } from './read/read-by-snapshot.js';
import { countSentSince } from './run/run-folder.js';
import type { Session } from './run/session.js';

/** A file of contacts, and what it is read with. */
export interface Snapshot {
  path: string;
  reading: Omit<ExportReading, 'role' | 'dir'>;
}

/**
 * Current values from a file, without a call.
 * @param onContacts told of all contacts of the file, and waited for
 */
export async function openSnapshot(
  session: Session,
  { survey, header }: RowReading,
  snapshot: Snapshot,
  onContacts?: (contacts: readonly Contact[]) => Promise<void>,
): Promise<CurrentValues> {
  const { path: file, reading } = snapshot;
  // Guards and keys are held against the snapshot as well, so that it must have what they look at.
  const fields = new Map(header.columns.flatMap((column) => fieldOf(column).map((field) => [field.key, field])));
  const role = 'snapshot' as const;
  const from = {
    ...reading,
    customFields: [...fields.values()],
    role,
    dir: path.join(session.folder.file('scratch'), 'snapshot'),
  };
  const reader = await readBySnapshot(file, [...fields.keys()], from, onContacts);
  const why = `no call at all, ${file} of ${await tellAge(session, file)}`;
  return session.openFrom(reader, survey.rows - survey.invalid, { way: 'snapshot', why, costs: {} });
}

function fieldOf(column: RowReading['header']['columns'][number]): Field[] {
  if ('field' in column) return [column.field];
  return column.kind === 'key' && column.by !== 'id' ? [column.by] : [];
}

/** What was written since a snapshot, it does not show: rows may seem unchanged that are not. @returns when it was made */
async function tellAge({ folder, emit }: Session, snapshot: string): Promise<string> {
  const { mtime } = await stat(snapshot);
  const runs = await countSentSince(path.dirname(folder.dir), mtime);
  if (runs > 0) emit({ type: 'warning', code: 'written_since_snapshot', facts: { runs } });
  return localMinute(mtime);
}
