import path from 'node:path';
import type { FieldValue } from '../model/values.js';
import { SyncError } from '../model/errors.js';
import { parseResultLine, parseSentLine } from './lines.js';
import { readNdjson } from '../disk/ndjson.js';
import { sentAt, type SentLine } from './past-results.js';
import { PlanFile } from './plan-file.js';
import type { RunFolder } from './run-folder.js';
import { RUN_STATES } from './state.js';
import type { Summary } from './summary.js';
import { additionOf } from '../contacts/addition.js';
import { inBatches } from '../model/batches.js';
import { ScratchStore } from '../disk/store.js';
import type { Changes, PlanLine } from '../model/plan-line.js';
import type { ResultLine } from '../model/outcome.js';

/** What a run did to one field of a contact, all of its rows taken together. */
export interface WrittenField {
  /** The value before the run. */
  from: FieldValue;
  /** What the run left there: one value, or several where a crash leaves open how far it came. */
  to: FieldValue[];
  /** What the run added to the value, part by part, where it only added to it. */
  added?: string[];
}

export interface WrittenContact {
  /** The line of the first row about the contact. */
  line: number;
  fields: Record<string, WrittenField>;
}

/** What sent.ndjson says of a row: the fields of its requests, whether one before the last was lost, when the last was. */
type SentRow = { fields: string[]; lost: boolean; at: number };

/** What results.ndjson says of a row: whether it was surely written, and the values that the API kept otherwise. */
interface WriteState {
  written: 'yes' | 'no' | 'perhaps';
  /** A request was made for it. */
  attempted: boolean;
  kept: Record<string, FieldValue>;
}

export interface Written {
  contacts: ScratchStore<WrittenContact>;
  /** When the last request was sent that may still be carried out, as far as the files tell. Epoch milliseconds. */
  lostAt: number;
  /** Rows that the run wrote, or may have, and whose contact was taken out of it since. */
  forgotten: Pick<PlanLine, 'row' | 'line'>[];
}

const BATCH = 1000;

/**
 * Everything that a run wrote, by contact, from its files alone; also from those of a run that crashed.
 * @throws SyncError where the files are not whole: undo must not put back a part and call it all
 */
export async function collectWritten(run: RunFolder, summary: Summary, scratchDir: string): Promise<Written> {
  const plan = await PlanFile.open(run.file('plan'), summary.plan);
  const sent = await ScratchStore.open<SentRow>(path.join(scratchDir, 'sent'));
  const fates = await ScratchStore.open<WriteState>(path.join(scratchDir, 'fates'));
  const contacts = await ScratchStore.open<WrittenContact>(path.join(scratchDir, 'written'));
  const written: Written = { contacts, lostAt: 0, forgotten: [] };
  try {
    await fillSent(sent, readNdjson(run.file('sent'), parseSentLine));
    const results = await fillFates(fates, readNdjson(run.file('results'), parseResultLine, 'empty'));
    if (RUN_STATES[summary.state].isFinished && results !== summary.plan.rows) {
      const damage = { kind: 'incomplete' as const, lines: results, rows: summary.plan.rows };
      throw new SyncError('file_damaged', { file: run.file('results'), damage });
    }
    let batch: PlanLine[] = [];
    for await (const line of plan.lines()) {
      if (line.status === 'planned' || line.forgotten) batch.push(line);
      if (batch.length < BATCH) continue;
      await addBatch(run, batch, sent, fates, written);
      batch = [];
    }
    await addBatch(run, batch, sent, fates, written);
  } catch (error) {
    await contacts.close();
    throw error;
  } finally {
    await plan.close();
    await sent.close();
    await fates.close();
  }
  return written;
}

/** A row that was begun twice, before a crash and after it, wrote the fields of both. */
async function fillSent(store: ScratchStore<SentRow>, lines: AsyncIterable<SentLine>): Promise<void> {
  for await (const batch of inBatches(lines, BATCH)) {
    const rows = [...new Set(batch.map(({ row }) => String(row)))];
    const known = await store.getMany(rows);
    const sent = new Map(rows.map((row, at) => [row, known[at] ?? { fields: [], lost: false, at: 0 }]));
    for (const line of batch) {
      const row = String(line.row);
      const { fields, lost, at } = sent.get(row)!;
      sent.set(row, {
        fields: [...new Set([...fields, ...line.fields])],
        lost: lost || line.lost === true,
        at: Math.max(at, sentAt(line)),
      });
    }
    await store.putMany(sent);
  }
}

/** @returns how many lines there are */
async function fillFates(store: ScratchStore<WriteState>, lines: AsyncIterable<ResultLine>): Promise<number> {
  let count = 0;
  for await (const batch of inBatches(lines, BATCH)) {
    count += batch.length;
    await store.putMany(batch.map((line) => [String(line.row), fateOf(line)]));
  }
  return count;
}

function fateOf({ status, http_status = 0, warnings = [], attempts = 0 }: ResultLine): WriteState {
  const attempted = attempts > 0;
  const kept = Object.fromEntries(
    warnings.flatMap((warning) =>
      warning.field !== undefined && 'kept' in warning ? [[warning.field, warning.kept]] : [],
    ),
  ) as Record<string, FieldValue>;
  if (status === 'updated') return { written: 'yes', attempted, kept };
  // The API's refusal is final; any other way of failing leaves open what became of the request.
  const isFinal = http_status >= 400 && http_status < 500 && http_status !== 408 && http_status !== 425;
  const refused = isFinal && status !== 'unknown';
  return { written: refused || status === 'unchanged' ? 'no' : 'perhaps', attempted, kept };
}

async function addBatch(
  run: RunFolder,
  lines: readonly PlanLine[],
  sent: ScratchStore<SentRow>,
  fates: ScratchStore<WriteState>,
  written: Written,
): Promise<void> {
  const rows = lines.map((line) => String(line.row));
  const [sentRows, fate] = [await sent.getMany(rows), await fates.getMany(rows)];
  const ids = [...new Set(lines.flatMap((line) => line.contact_id ?? []))];
  const known = await written.contacts.getMany(ids);
  const contacts = new Map(known.flatMap((contact, at) => (contact ? [[ids[at]!, contact]] : [])));
  lines.forEach(({ row, line, contact_id, changes = {}, forgotten }, at) => {
    const { written: sure, attempted, kept } = fate[at] ?? { written: 'perhaps', attempted: false, kept: {} };
    const requests = sentRows[at];
    if (attempted && requests === undefined) {
      throw new SyncError('file_damaged', { file: run.file('sent'), damage: { kind: 'row_missing', row } });
    }
    if ((contact_id === null && !forgotten) || requests === undefined) return;
    const { fields, lost, at: lastAt } = requests;
    if (fate[at] === undefined || lost) written.lostAt = Math.max(written.lostAt, lastAt);
    // The last request was refused; one before it may have been lost, and carried out.
    if (sure === 'no' && !lost) return;
    if (contact_id === null) {
      written.forgotten.push({ row, line });
      return;
    }
    const contact = contacts.get(contact_id) ?? { line, fields: {} };
    contacts.set(contact_id, contact);
    for (const key of fields) addField(contact, key, changes, kept, sure === 'yes');
  });
  await written.contacts.putMany(contacts);
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
  // What the API kept otherwise may have been a late or a normalised answer: the value meant may stand there as well.
  const to = Object.hasOwn(kept, key) ? [change.to, kept[key]!] : [change.to];
  fields[key] = {
    from: before ? before.from : change.from,
    to: sure ? to : [...(before?.to ?? []), ...to],
    ...(change.rule === 'append' ? { added: [...(before?.added ?? []), ...additionOf(change)] } : {}),
  };
}
