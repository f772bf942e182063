import { createHash, type Hash } from 'node:crypto';
import path from 'node:path';
import type { CurrentValues } from '../read/current-values.js';
import { MAX_PAGE_SIZE } from '../contacts/contacts-api.js';
import { rowToEdit, type Edit, type EditOptions } from '../contacts/row-to-edit.js';
import type { TagDirectory } from '../contacts/tags.js';
import { SyncError } from '../model/errors.js';
import { LEFT_OUT_COLUMN } from '../model/formula-cell.js';
import { trimBlank } from '../model/invisible.js';
import type { Header } from '../contacts/header.js';
import { readRecords } from '../input/records.js';
import type { CsvRecord } from '../model/csv-record.js';
import type { Survey } from '../input/survey.js';
import { joinProblems, type Hints, type Problem } from '../model/problem.js';
import { closingAll } from '../disk/close-all.js';
import { NdjsonWriter } from '../disk/ndjson.js';
import { PendingChanges } from './pending.js';
import { settleEmptyCells, withoutLeftOut } from './empty-cells.js';
import { planRow, type RowRules } from './plan-row.js';
import type { PlannedRow } from '../model/events.js';
import type { PlanLine } from '../model/plan-line.js';
import type { Base } from './base.js';
import type { LastRows } from '../input/last-rows.js';

export interface MakePlanOptions {
  survey: Survey;
  /** The survey's header with its custom fields known. */
  header: Header;
  edit: EditOptions;
  directory: TagDirectory | undefined;
  current: CurrentValues;
  rules: RowRules;
  hints?: Hints;
  base: Base | undefined;
  /** Where only the last row about a contact is to count. */
  lastRows: LastRows | undefined;
  /** Aborted when the run is to end. */
  signal: AbortSignal;
  planFile: string;
  scratchDir: string;
  /** Told of each row as its line is written. */
  onRow: (row: PlannedRow) => void;
}

type BatchRow =
  { record: CsvRecord; edit: Edit } | { record: CsvRecord; contactId: string | null; problems: Problem[] };

/**
 * Writes plan.ndjson: a line for each record in the order of the file, complete and on disk when this resolves.
 * @returns the digest of plan.ndjson
 * @throws SyncError where the file is not the one that was surveyed
 */
export async function makePlan(options: MakePlanOptions): Promise<{ lines: number; sha256: string }> {
  const { survey, planFile, scratchDir } = options;
  const plan = await NdjsonWriter.open<PlanLine>(planFile, 'w');
  const pending = await PendingChanges.open(path.join(scratchDir, 'pending'));
  const hash = createHash('sha256');
  await closingAll([pending, plan], async () => {
    for await (const batch of batches(options, hash)) await planBatch(batch, options, pending, plan);
  });
  if (hash.digest('hex') !== survey.sha256)
    throw new SyncError('input_changed', { file: survey.source.name, when: 'while_reading' });
  return plan.digest;
}

async function planBatch(
  batch: readonly BatchRow[],
  options: MakePlanOptions,
  pending: PendingChanges,
  plan: NdjsonWriter<PlanLine>,
): Promise<void> {
  const write = (planned: PlannedRow): Promise<void> => {
    options.onRow(planned);
    return plan.add(planned.line);
  };
  const end = (line: PlanLine): Promise<void> => write({ line, equivalent: [], emptyLeft: 0 });
  options.signal.throwIfAborted();
  const ids = [...new Set(batch.flatMap((item) => ('edit' in item ? [item.edit.contactId] : [])))];
  const found = await options.current.read(ids);
  const last = await options.lastRows?.of(ids);
  await options.base?.loadRows(ids);
  await pending.load(ids);
  const rules = { ...options.rules, hints: options.hints };
  for (const item of batch) {
    const { row, line, cells } = item.record;
    if ('problems' in item) {
      await end({
        row,
        line,
        contact_id: item.contactId,
        status: 'invalid',
        error: joinProblems(item.problems, options.hints),
        cells,
      });
      continue;
    }
    const { contactId } = item.edit;
    const speaker = last?.get(contactId) ?? row;
    if (speaker > row) await end(superseded(item.edit, speaker));
    else {
      const edit = options.base?.apply(item.edit) ?? settleEmptyCells(item.edit, options.edit.empty);
      await write(planRow(edit, cells, found.get(contactId), pending, rules, options.directory));
    }
  }
  await pending.save();
}

/** Where only the last row about a contact counts, an earlier one asks for nothing. */
function superseded({ row, line, contactId }: Edit, speaker: number): PlanLine {
  const message = `row ${speaker} is about the same contact and comes last`;
  return { row, line, contact_id: contactId, status: 'unchanged', warnings: [{ code: 'superseded', message }] };
}

/** Rows in batches about at most as many contacts as one call reads. */
async function* batches(options: MakePlanOptions, hash: Hash): AsyncGenerator<BatchRow[]> {
  const { survey, header, edit, directory } = options;
  let batch: BatchRow[] = [];
  let ids = new Set<string>();
  const { delimiter, skipLines, padRows } = survey;
  const leftOutAt = header.names.findIndex((name) => trimBlank(name) === LEFT_OUT_COLUMN);
  const onBytes = (chunk: Buffer): void => void hash.update(chunk);
  for await (const record of readRecords(survey.source, { delimiter, skipLines, padRows, onBytes })) {
    if (record.row === 0) continue;
    const result = withoutLeftOut(rowToEdit(record, header, edit, directory), record.cells[leftOutAt]);
    if ('edit' in result) ids.add(result.edit.contactId);
    batch.push({ record, ...result });
    if (ids.size < MAX_PAGE_SIZE && batch.length < 4 * MAX_PAGE_SIZE) continue;
    yield batch;
    batch = [];
    ids = new Set();
  }
  if (batch.length > 0) yield batch;
}
