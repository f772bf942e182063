import type { Logger } from 'winston';
import type { ContactsApi } from '../api/contacts-api.js';
import type { Vocabulary } from '../api/vocabulary.js';
import type { PlanLine } from '../plan/plan-line.js';
import { NdjsonWriter, readNdjson } from '../run/ndjson.js';
import type { Outcome, Recorder } from '../run/recorder.js';
import type { RunFolder } from '../run/run-folder.js';
import { Pool } from './pool.js';
import { RowSender } from './send-row.js';

export interface ApplyOptions {
  folder: RunFolder;
  recorder: Recorder;
  concurrency: number;
  log: Logger;
  api: ContactsApi;
  vocabulary: Vocabulary;
  /** Aborted when the run must end: calls that wait are let go. */
  stop: AbortController;
}

/**
 * Streams the plan through the pool. Rows that need no request end as the plan says, the others as the API shows.
 * @throws what stops the whole run; rows that did not end then have no result
 */
export async function applyPlan({
  folder,
  recorder,
  concurrency,
  log,
  api,
  vocabulary,
  stop,
}: ApplyOptions): Promise<void> {
  const sent = await NdjsonWriter.open<{ row: number }>(folder.file('sent'), 'a');
  const onSend = async (row: number): Promise<void> => {
    await sent.add({ row });
    await sent.sync();
  };
  const { fieldByKey, directory } = vocabulary;
  const sender = new RowSender({ api, fieldByKey, directory, onSend });
  const pool = new Pool(concurrency);
  const stopAll = (error: unknown): never => {
    stop.abort(error);
    throw error;
  };
  try {
    for await (const line of readNdjson<PlanLine>(folder.file('plan'))) {
      await recorder.room();
      const waits = line.status === 'planned' || line.after !== undefined;
      if (!waits) await recorder.end(line, planned(line), false);
      else await pool.add(line.contact_id ?? '', () => concludeRow(line, sender, recorder, log).catch(stopAll));
    }
    await pool.drain();
  } finally {
    await pool.idle();
    await sent.close();
  }
}

/** Brings a row that waited for its turn to its end. */
async function concludeRow(line: PlanLine, sender: RowSender, recorder: Recorder, log: Logger): Promise<void> {
  const { row, contact_id, changes } = line;
  const lost = line.after?.find((earlier) => recorder.rejected.has(earlier));
  let outcome = lost === undefined ? planned(line) : dependsOn(lost);
  if (outcome.status === 'planned' && contact_id !== null && changes) {
    outcome = await sender.send({ ...line, contact_id, changes });
    const warnings = [...(line.warnings ?? []), ...(outcome.warnings ?? [])];
    if (warnings.length > 0) outcome.warnings = warnings;
    const { status, attempts, http_status, duration_ms, error } = outcome;
    const facts = { row, contact_id, status, attempts, http_status, duration_ms, error: error?.code };
    log.log(error ? 'warn' : 'info', 'row ended', facts);
  }
  await recorder.end(line, outcome, true);
}

/** Ends every row as the plan has it, for a dry run. */
export async function recordPlan(folder: RunFolder, recorder: Recorder): Promise<void> {
  for await (const line of readNdjson<PlanLine>(folder.file('plan'))) await recorder.end(line, planned(line), false);
}

/** The outcome that the plan already holds. */
function planned({ status, error, warnings }: PlanLine): Outcome {
  return { status, ...(error ? { error } : {}), ...(warnings ? { warnings } : {}) };
}

function dependsOn(row: number): Outcome {
  const message = `row ${row} for the same contact did not make it, and this row was decided upon its values`;
  return { status: 'conflict', error: { code: 'earlier_row', message } };
}
