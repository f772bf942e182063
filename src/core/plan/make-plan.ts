import { createHash } from 'node:crypto';
import path from 'node:path';
import type { CurrentValues } from '../read/current-values.js';
import type { Edit, RowEdit } from '../contacts/row-to-edit.js';
import { idsNamed, matchRows, type Matches } from '../match/match-rows.js';
import { lookAhead } from '../model/batches.js';
import { SyncError } from '../model/errors.js';
import { joinProblems, type Hints } from '../model/problem.js';
import { closingAll } from '../disk/close-all.js';
import { NdjsonWriter } from '../disk/ndjson.js';
import { PendingChanges } from './pending.js';
import { settleEmptyCells } from './empty-cells.js';
import { planRow, type RowRules } from './plan-row.js';
import type { PlannedRow } from '../model/events.js';
import type { PlanLine } from '../model/plan-line.js';
import type { Base } from './base.js';
import { batchRows, type BatchRow, type RowReading } from './row-batches.js';
import type { LastRows } from '../input/last-rows.js';

export interface MakePlanOptions extends RowReading {
  current: CurrentValues;
  /** Which contacts rows name by the values of fields, where some do. */
  matches?: Matches | undefined;
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
    const batches = batchRows(options, (chunk) => hash.update(chunk));
    for await (const batch of readAhead(batches, options)) await planBatch(batch, options, pending, plan);
  });
  if (hash.digest('hex') !== survey.sha256)
    throw new SyncError('input_changed', { file: survey.source.name, when: 'while_reading' });
  return plan.digest;
}

/** The same batches, while the contacts of those that follow are being read. */
function readAhead(
  batches: AsyncIterable<BatchRow[]>,
  { current, matches }: MakePlanOptions,
): AsyncIterable<BatchRow[]> {
  // Contacts that are named by a field were read while they were looked for.
  if (matches) return batches;
  const depth = (): number => current.prefetch?.depth ?? 0;
  return lookAhead(batches, depth, (batch) => current.prefetch?.start(idsNamed(editsOf(batch))));
}

function editsOf(batch: readonly BatchRow[]): RowEdit[] {
  return batch.flatMap((item) => ('edit' in item ? [item.edit] : []));
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
  const matched = await matchRows(editsOf(batch), options.current, options.matches);
  const ids = [...new Set([...matched.values()].flatMap((match) => ('edit' in match ? [match.edit.contactId] : [])))];
  const last = await options.lastRows?.of(ids);
  await options.base?.loadRows(ids);
  await pending.load(ids);
  const rules = { ...options.rules, fields: options.header.rules, hints: options.hints };
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
    const match = matched.get(item.edit)!;
    if ('status' in match) {
      const { status, error } = match;
      await end({ row, line, contact_id: null, status, error: joinProblems([error], options.hints), cells });
      continue;
    }
    const { contactId } = match.edit;
    const speaker = last?.get(contactId) ?? row;
    if (speaker > row) await end(superseded(match.edit, speaker));
    else {
      const edit = options.base?.apply(match.edit) ?? settleEmptyCells(match.edit, options.edit.empty);
      await write(planRow(edit, cells, match.found, pending, rules, options.directory));
    }
  }
  await pending.save();
}

/** Where only the last row about a contact counts, an earlier one asks for nothing. */
function superseded({ row, line, contactId }: Edit, speaker: number): PlanLine {
  const message = `row ${speaker} is about the same contact and comes last`;
  return { row, line, contact_id: contactId, status: 'unchanged', warnings: [{ code: 'superseded', message }] };
}
