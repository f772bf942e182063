import path from 'node:path';
import type { FieldValue } from '../edit/values.js';
import { readNdjson } from '../run/ndjson.js';
import type { SentLine } from '../run/past-results.js';
import type { ResultLine } from '../run/recorder.js';
import type { RunFolder } from '../run/run-folder.js';
import { inBatches } from '../batches.js';
import { ScratchStore } from '../store.js';
import type { Changes, PlanLine } from './plan-line.js';

/** What a run did to one field of a contact, all of its rows taken together. */
export interface WrittenField {
  /** The value before the run. */
  from: FieldValue;
  /** What the run left there: one value, or several where a crash leaves open how far it came. */
  to: FieldValue[];
}

export interface WrittenContact {
  /** The line of the first row about the contact. */
  line: number;
  fields: Record<string, WrittenField>;
}

/** What results.ndjson says of a row: whether it was surely written, and the values that the API kept otherwise. */
type Fate = { written: 'yes' | 'no' | 'perhaps'; kept: Record<string, FieldValue> };

const BATCH = 1000;

/** Everything that a run wrote, by contact, from its files alone; also from those of a run that crashed. */
export async function collectWritten(run: RunFolder, scratchDir: string): Promise<ScratchStore<WrittenContact>> {
  const sent = await ScratchStore.open<string[]>(path.join(scratchDir, 'sent'));
  const fates = await ScratchStore.open<Fate>(path.join(scratchDir, 'fates'));
  const written = await ScratchStore.open<WrittenContact>(path.join(scratchDir, 'written'));
  try {
    await fillSent(sent, readNdjson<SentLine>(run.file('sent'), 'empty'));
    await fillFates(fates, readNdjson<ResultLine>(run.file('results'), 'empty'));
    let batch: PlanLine[] = [];
    for await (const line of readNdjson<PlanLine>(run.file('plan'))) {
      if (line.status === 'planned') batch.push(line);
      if (batch.length < BATCH) continue;
      await addBatch(batch, sent, fates, written);
      batch = [];
    }
    await addBatch(batch, sent, fates, written);
  } finally {
    await sent.close();
    await fates.close();
  }
  return written;
}

/** A row that was begun twice, before a crash and after it, wrote the fields of both. */
async function fillSent(store: ScratchStore<string[]>, lines: AsyncIterable<SentLine>): Promise<void> {
  for await (const batch of inBatches(lines, BATCH)) {
    const rows = [...new Set(batch.map(({ row }) => String(row)))];
    const known = await store.getMany(rows);
    const fields = new Map(rows.map((row, at) => [row, known[at] ?? []]));
    for (const line of batch) {
      const row = String(line.row);
      fields.set(row, [...new Set([...fields.get(row)!, ...line.fields])]);
    }
    await store.putMany(fields);
  }
}

async function fillFates(store: ScratchStore<Fate>, lines: AsyncIterable<ResultLine>): Promise<void> {
  for await (const batch of inBatches(lines, BATCH)) {
    await store.putMany(batch.map((line) => [String(line.row), fateOf(line)]));
  }
}

function fateOf({ status, http_status = 0, warnings = [] }: ResultLine): Fate {
  const kept = Object.fromEntries(
    warnings.flatMap((warning) =>
      warning.field !== undefined && 'kept' in warning ? [[warning.field, warning.kept]] : [],
    ),
  ) as Record<string, FieldValue>;
  if (status === 'updated') return { written: 'yes', kept };
  // The API's refusal is final; any other way of failing leaves open what became of the request.
  const isFinal = http_status >= 400 && http_status < 500 && http_status !== 408 && http_status !== 425;
  const refused = isFinal && status !== 'unknown';
  return { written: refused || status === 'unchanged' ? 'no' : 'perhaps', kept };
}

async function addBatch(
  lines: readonly PlanLine[],
  sent: ScratchStore<string[]>,
  fates: ScratchStore<Fate>,
  written: ScratchStore<WrittenContact>,
): Promise<void> {
  const rows = lines.map((line) => String(line.row));
  const [fields, fate] = [await sent.getMany(rows), await fates.getMany(rows)];
  const ids = [...new Set(lines.flatMap((line) => line.contact_id ?? []))];
  const known = await written.getMany(ids);
  const contacts = new Map(known.flatMap((contact, at) => (contact ? [[ids[at]!, contact]] : [])));
  lines.forEach(({ line, contact_id, changes = {} }, at) => {
    const { written: sure, kept } = fate[at] ?? { written: 'perhaps', kept: {} };
    const keys = fields[at];
    if (contact_id === null || keys === undefined || sure === 'no') return;
    const contact = contacts.get(contact_id) ?? { line, fields: {} };
    contacts.set(contact_id, contact);
    for (const key of keys) addField(contact, key, changes, kept, sure === 'yes');
  });
  await written.putMany(contacts);
}

function addField(
  { fields }: WrittenContact,
  key: string,
  changes: Changes,
  kept: Record<string, FieldValue>,
  sure: boolean,
): void {
  const change = changes[key];
  if (!change) return;
  const before = fields[key];
  const to = key in kept ? kept[key]! : change.to;
  fields[key] = { from: before ? before.from : change.from, to: sure ? [to] : [...(before?.to ?? []), to] };
}
