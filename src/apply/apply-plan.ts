import { MAX_PAGE_SIZE } from '../api/contacts-api.js';
import type { CurrentValues } from '../current/current-values.js';
import type { PlanLine } from '../plan/plan-line.js';
import { NdjsonWriter, syncFolder } from '../run/ndjson.js';
import { PlanFile } from '../run/plan-file.js';
import type { PastResults, SentLine } from '../run/past-results.js';
import type { Outcome, Recorder } from '../run/recorder.js';
import type { Session } from '../session.js';
import { decide, type Seen } from './decide.js';
import { Pool } from './pool.js';
import { RowSender } from './send-row.js';

export interface ApplyOptions {
  recorder: Recorder;
  /** When the plan's values were read, epoch milliseconds; 0: so long ago that they must be read again. */
  readAt: number;
  /** What an earlier process did, where this one goes on. */
  past?: PastResults;
}

/** Everything that brings rows to their end. */
interface Applying extends ApplyOptions {
  session: Session;
  sender: RowSender;
  pool: Pool;
}

/**
 * Streams the plan through the pool. Rows that need no request end as the plan says, the others as the API shows.
 * @throws what stops the whole run; rows that did not end then have no result
 */
export async function applyPlan(session: Session, options: ApplyOptions): Promise<void> {
  const { folder, stop, api, vocabulary, tally } = session;
  const plan = await PlanFile.open(folder.file('plan'), tally.summary.plan);
  // The results were begun anew before: were this file there first, a crash could leave it beside those of a dry run.
  const sent = await NdjsonWriter.open<SentLine>(folder.file('sent'), options.past ? 'a' : 'w');
  await syncFolder(folder.dir);
  await tally.begin();
  const onSend = async (line: SentLine): Promise<void> => {
    await sent.add(line);
    await sent.sync();
  };
  const { fieldByKey, directory } = vocabulary;
  const sender = new RowSender({ api, fieldByKey, directory, onSend });
  const pool = new Pool(session.options.concurrency);
  const live = new LiveBatch(session, options.readAt);
  try {
    for await (const batch of batches(plan.lines())) {
      live.begin();
      await applyBatch(batch, live, { ...options, session, sender, pool });
    }
    await pool.drain();
  } catch (error) {
    stop.abort(error);
    throw error;
  } finally {
    await pool.idle();
    await live.close();
    await plan.close();
    await sent.close();
  }
}

/** Ends every row as the plan has it. @param hold the outcome of planned rows, where a guard refused the plan */
export async function recordPlan(session: Session, recorder: Recorder, hold?: Outcome): Promise<void> {
  const plan = await PlanFile.open(session.folder.file('plan'), session.tally.summary.plan);
  try {
    for await (const line of plan.lines()) {
      session.stop.signal.throwIfAborted();
      await recorder.end(line, hold && line.status === 'planned' ? hold : planned(line), false);
    }
  } finally {
    await plan.close();
  }
}

async function applyBatch(batch: readonly PlanLine[], live: LiveBatch, applying: Applying): Promise<void> {
  const { recorder, past, pool, session } = applying;
  for (const [at, line] of batch.entries()) {
    session.stop.signal.throwIfAborted();
    await recorder.room(session.stop.signal);
    if (past?.ended.has(line.row)) await recorder.replay(line, await past.rejection(line.row));
    else if (line.status !== 'planned' && line.after === undefined) await recorder.end(line, planned(line), false);
    else {
      if (live.isStale()) {
        // What is in flight could change what is read.
        await pool.idle();
        await live.read(batch.slice(at).filter((later) => !past?.ended.has(later.row)));
      }
      const seen = live.seen;
      await pool.add(line.contact_id ?? '', () => concludeRow(line, seen, applying));
    }
  }
}

/** Brings a row that waited for its turn to its end. */
async function concludeRow(line: PlanLine, seen: Seen, applying: Applying): Promise<void> {
  const { session, recorder, past } = applying;
  session.stop.signal.throwIfAborted();
  try {
    const lost = line.after?.find((row) => recorder.broken.has(row) || past?.broken.has(row));
    if (lost !== undefined) await recorder.end(line, dependsOn(lost), true);
    else if (line.status !== 'planned') await recorder.end(line, planned(line), true);
    else await sendLine(line, seen, applying);
  } catch (error) {
    session.stop.abort(error);
    throw error;
  }
}

async function sendLine(line: PlanLine, seen: Seen, applying: Applying): Promise<void> {
  const { row, contact_id } = line;
  const { outcome, changes, contact } = await decide(line, seen, applying);
  if (contact && contact_id !== null) seen.values?.set(contact_id, { contact });
  const { mirror } = applying.session;
  if (contact) await mirror?.put(contact);
  // A contact that is out of reach ends as not_found as well, and is there.
  else if (outcome.http_status === 404 && contact_id !== null) await mirror?.remove(contact_id);
  const warnings = [...(line.warnings ?? []), ...(outcome.warnings ?? [])];
  if (warnings.length > 0) outcome.warnings = warnings;
  const { status, attempts, http_status, duration_ms, error } = outcome;
  const facts = { row, contact_id, status, attempts, http_status, duration_ms, error: error?.code };
  applying.session.log.log(error ? 'warn' : 'info', 'row ended', facts);
  const ended: PlanLine = { ...line };
  if (status === 'unchanged') delete ended.changes;
  else if (changes) ended.changes = changes;
  await applying.recorder.end(ended, outcome, true);
}

/** The live values of the batch under way, where those of the plan are too old to be written over. */
class LiveBatch {
  #seen: Seen;
  #usedSince: number;
  #current: CurrentValues | undefined;

  constructor(
    private readonly session: Session,
    readAt: number,
  ) {
    this.#seen = { values: undefined, readAt };
    this.#usedSince = readAt;
  }

  get seen(): Seen {
    return this.#seen;
  }

  /** A new batch: what was read for the last one says nothing of it. */
  begin(): void {
    if (!this.#seen.values) return;
    this.#seen = { values: undefined, readAt: 0 };
    this.#usedSince = 0;
  }

  /** At half the age that values may have: rows wait before they are sent, and to read one alone costs a call. */
  isStale(): boolean {
    // Where each contact takes a call in any case, those that wait too long are read one by one.
    if (this.#seen.values && this.#current?.choice.way !== 'ids') return false;
    return Date.now() - this.#usedSince > this.session.options.planMaxAge / 2;
  }

  async read(lines: readonly PlanLine[]): Promise<void> {
    const ids = new Set(
      lines.flatMap((line) => (line.status === 'planned' && line.contact_id ? [line.contact_id] : [])),
    );
    this.#current ??= await this.session.openCurrentValues(this.session.tally.summary.writes_planned, 'now');
    const readAt = Date.now();
    this.#seen = { values: await this.#current.read([...ids]), readAt };
    // Reading may itself take long: were that counted, there would be no end to it.
    this.#usedSince = Date.now();
  }

  async close(): Promise<void> {
    await this.#current?.close();
    this.#current = undefined;
  }
}

/** So many lines are held at most while looking for contacts that are to be written: few are held long, and small. */
const MOST_LINES = 20 * MAX_PAGE_SIZE;

/** Lines of the plan, so many at a time that one call can read the contacts that are to be written. */
async function* batches(lines: AsyncIterable<PlanLine>): AsyncGenerator<PlanLine[]> {
  let batch: PlanLine[] = [];
  let planned = 0;
  for await (const line of lines) {
    batch.push(line);
    if (line.status === 'planned') planned++;
    if (planned < MAX_PAGE_SIZE && batch.length < MOST_LINES) continue;
    yield batch;
    batch = [];
    planned = 0;
  }
  if (batch.length > 0) yield batch;
}

/** The outcome that the plan already holds. */
function planned({ status, error, warnings }: PlanLine): Outcome {
  return { status, ...(error ? { error } : {}), ...(warnings ? { warnings } : {}) };
}

function dependsOn(row: number): Outcome {
  const message = `row ${row} for the same contact did not make it or was not kept, and this row was decided upon its values`;
  return { status: 'conflict', error: { code: 'earlier_row', message } };
}
