import { MAX_PAGE_SIZE } from '../contacts/contacts-api.js';
import { noteAnswer, type Entry, type Found } from '../read/reader.js';
import type { PlanLine } from '../model/plan-line.js';
import type { GuardOptions } from '../plan/plan-guards.js';
import { closingAll, type Closable } from '../disk/close-all.js';
import { NdjsonWriter, syncFolder } from '../disk/ndjson.js';
import { PlanFile } from '../run/plan-file.js';
import type { PastResults, SentLine } from '../run/past-results.js';
import type { Recorder } from '../run/recorder.js';
import type { Session } from '../run/session.js';
import { askApproval } from './ask-approval.js';
import { checkGuards } from './check-guards.js';
import { Canary } from './canary.js';
import { decide, type Decided, type Seen } from './decide.js';
import { LateSettler, type OpenRow } from './late-settler.js';
import { LiveBatch } from './live-batch.js';
import { passCanary } from './pass-canary.js';
import { Pool } from './pool.js';
import { plannedOutcome, recordPlan } from './record-plan.js';
import { RowSender } from './send-row.js';
import { WriteGate } from './write-gate.js';
import type { Outcome } from '../model/outcome.js';

export interface ApplyOptions {
  /** When the plan's values were read, epoch milliseconds; 0: so long ago that they must be read again. */
  readAt: number;
  /** What an earlier process did, where this one continues: how many rows that ended, and a gate that knows of them. */
  past?: { results: PastResults; done: number; gate: WriteGate };
}

/** Everything that brings rows to their end. */
interface Applying {
  session: Session;
  recorder: Recorder;
  past: PastResults | undefined;
  sender: RowSender;
  pool: Pool;
  gate: WriteGate;
  settler: LateSettler;
}

/**
 * What follows once a plan is on disk, wherever it came from: the guards, then the writes, or in a dry run the results as
 * the plan has them.
 * @throws SyncError `plan_refused`, and what stops the writes
 */
export async function carryOut(session: Session, guards: GuardOptions, plan: ApplyOptions): Promise<void> {
  await checkGuards(session, guards);
  if (session.summary.dry_run) return recordPlan(session);
  await askApproval(session);
  await applyPlanFile(session, plan);
}

/**
 * Streams the plan through the pool. Rows that need no request end as the plan says, the others as the API shows.
 * @throws what stops the whole run; rows that did not end then have no result
 */
export async function applyPlanFile(session: Session, { readAt, past }: ApplyOptions): Promise<void> {
  const { folder, summary } = session;
  const plan = await PlanFile.open(folder.file('plan'), summary.plan);
  const open: Closable[] = [plan];
  await closingAll(open, async () => {
    if (!past) session.emit({ type: 'results_began' });
    const recorder = await session.openRecorder('applying', summary.input, past ? 'a' : 'w', past?.done);
    open.push(recorder);
    // The results were begun before: were this file there first, a crash could leave it beside those of a dry run.
    const sent = await NdjsonWriter.open<SentLine>(folder.file('sent'), past ? 'a' : 'w');
    open.push(sent);
    await syncFolder(folder.dir);
    await session.begin();
    const onSend = async (line: SentLine): Promise<void> => {
      await sent.add(line);
      await sent.sync();
    };
    const { fieldByKey, directory } = session.vocabulary;
    const sender = new RowSender({ api: session.api, fieldByKey, directory, onSend });
    const gate = past?.gate ?? new WriteGate(summary.write_guards);
    await applyLines(plan.lines(), { session, recorder, past: past?.results, sender, gate }, readAt);
  });
}

async function applyLines(
  lines: AsyncIterable<PlanLine>,
  parts: Pick<Applying, 'session' | 'recorder' | 'past' | 'sender' | 'gate'>,
  readAt: number,
): Promise<void> {
  const { session } = parts;
  const pool = new Pool(session.options.concurrency);
  const live = new LiveBatch(session, readAt);
  const settler: LateSettler = new LateSettler({
    session,
    read: (ids) => live.readNow(ids),
    conclude: (row, found) => concludeOpenRow(row, found, applying),
  });
  const applying: Applying = { ...parts, pool, settler };
  const { canary: rows, canary_kept_at } = session.summary.write_guards;
  let canary = rows > 0 && canary_kept_at === null ? new Canary(rows) : undefined;
  const settleRows = async (): Promise<void> => {
    await pool.drain();
    await settler.settleAll();
    if (canary && canary.size > 0) await checkCanary(canary, live, applying);
    canary = undefined;
  };
  try {
    for await (const batch of batches(lines, canary)) {
      live.begin();
      await applyBatch(batch, live, applying);
      if (canary?.isFull) await settleRows();
    }
    await settleRows();
  } catch (error) {
    session.stop.abort(error);
    throw error;
  } finally {
    await pool.idle();
    await live.close();
  }
}

function checkCanary(canary: Canary, live: LiveBatch, { session, recorder, past, gate }: Applying): Promise<void> {
  return passCanary(canary, {
    session,
    answeredAt: gate.answeredAt,
    isBroken: (row) => recorder.broken.has(row) || past?.broken.has(row) === true,
    read: (ids) => live.readNow(ids),
  });
}

async function applyBatch(batch: readonly PlanLine[], live: LiveBatch, applying: Applying): Promise<void> {
  const { recorder, past, pool, settler, session } = applying;
  for (const [at, line] of batch.entries()) {
    session.stop.signal.throwIfAborted();
    await makeRoom(applying);
    if (past?.ended.has(line.row)) await recorder.replay(line, await past.endOf(line.row));
    else if (line.status !== 'planned' && line.after === undefined) await recorder.end(line, endOf(line, past), false);
    else {
      if (live.isStale()) {
        // What is in flight could change what is read.
        await pool.idle();
        await live.read(batch.slice(at).filter((later) => !past?.ended.has(later.row)));
      }
      const seen = live.seen;
      const id = line.contact_id ?? '';
      const clear = () => orStop(session, () => settler.clear(id, seen.values));
      const conclude = () => orStop(session, () => concludeRow(line, seen, applying));
      await pool.add(id, conclude, clear);
    }
  }
}

/** Bounds what is kept in memory: rows that wait to be settled, and those that wait behind them for rejected.csv. */
async function makeRoom({ recorder, settler, pool }: Applying): Promise<void> {
  if (settler.isFull) await settler.settleSome();
  if (!recorder.isFull) return;
  // Once nothing is in flight, only a row that waits to be settled can be what holds the others back.
  await pool.idle();
  await settler.settleAll();
}

/** What is thrown stops the whole run. */
async function orStop({ stop }: Session, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    stop.abort(error);
    throw error;
  }
}

/** Brings a row that waited for its turn to its end, or leaves it to be settled. */
async function concludeRow(line: PlanLine, seen: Seen, applying: Applying): Promise<void> {
  const { session, recorder, past } = applying;
  session.stop.signal.throwIfAborted();
  const lost = line.after?.find((row) => recorder.broken.has(row) || past?.broken.has(row));
  if (lost !== undefined) await recorder.end(line, dependsOn(lost), true);
  else if (line.status !== 'planned') await recorder.end(line, plannedOutcome(line), true);
  else await sendLine(line, seen, applying);
}

async function sendLine(line: PlanLine, seen: Seen, applying: Applying): Promise<void> {
  const sent = await applying.gate.pass(() => decide(line, seen, applying));
  const { lostAt, isOpen } = sent;
  const id = line.contact_id ?? '';
  if (isOpen && lostAt !== undefined) return applying.settler.add(id, { line, sent, values: seen.values }, lostAt);
  if (lostAt !== undefined) applying.settler.note(id, lostAt);
  await endRow(line, sent, seen.values, applying);
}

/** Brings a row to its end whose request was never answered. @param found what was read of its contact since */
function concludeOpenRow({ line, sent, values }: OpenRow, found: Entry | undefined, applying: Applying): Promise<void> {
  const { changes = line.changes ?? {} } = sent;
  const settled = applying.sender.settled(changes, sent.outcome, found);
  return endRow(line, { ...settled, changes, left: sent.left ?? [] }, values, applying);
}

/** @param values where later rows of the batch look for the contact */
async function endRow(line: PlanLine, sent: Decided, values: Found | undefined, applying: Applying): Promise<void> {
  const { contact_id } = line;
  const { outcome, changes, contact, left = [] } = sent;
  // Before anything is waited for: the next row must not pass where this one was refused.
  applying.gate.note(outcome, Date.now());
  if (contact && contact_id !== null) noteAnswer(values, contact_id, contact);
  const { mirror } = applying.session;
  if (contact) await mirror?.put(contact);
  // A contact that is out of reach ends as not_found as well, and is there.
  else if (outcome.http_status === 404 && contact_id !== null) await mirror?.remove(contact_id);
  const warnings = [...(line.warnings ?? []), ...left, ...(outcome.warnings ?? [])];
  if (warnings.length > 0) outcome.warnings = warnings;
  const ended: PlanLine = { ...line };
  if (outcome.status === 'unchanged') delete ended.changes;
  else if (changes) ended.changes = changes;
  await applying.recorder.end(ended, outcome, true);
}

/** So many lines are held at most while looking for contacts that are to be written: few are held long, and small. */
const MOST_LINES = 20 * MAX_PAGE_SIZE;

/**
 * Lines of the plan, so many at a time that one call can read the contacts that are to be written.
 * @param canary is given the planned rows that it has room for; the last of them ends its batch
 */
async function* batches(lines: AsyncIterable<PlanLine>, canary: Canary | undefined): AsyncGenerator<PlanLine[]> {
  let batch: PlanLine[] = [];
  let planned = 0;
  for await (const line of lines) {
    batch.push(line);
    let endsCanary = false;
    if (line.status === 'planned') {
      planned++;
      endsCanary = canary?.add(line) === 'full';
    }
    if (planned < MAX_PAGE_SIZE && batch.length < MOST_LINES && !endsCanary) continue;
    yield batch;
    batch = [];
    planned = 0;
  }
  if (batch.length > 0) yield batch;
}

/** A request for a row may have been sent before its contact was taken out: nothing is left to settle it by. */
function endOf(line: PlanLine, past: PastResults | undefined): Outcome {
  const outcome = plannedOutcome(line);
  return line.forgotten && past?.sent.has(line.row) ? { ...outcome, status: 'unknown' } : outcome;
}

function dependsOn(row: number): Outcome {
  const message = `depends on row ${row} for the same contact, which failed or was not kept`;
  return { status: 'conflict', error: { code: 'earlier_row', message } };
}
