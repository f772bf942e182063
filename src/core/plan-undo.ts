import { whoIs } from './contacts/contact-name.js';
import type { Found } from './read/reader.js';
import { KEY_COLUMN, type Field } from './contacts/fields.js';
import { formatCell } from './contacts/format-cell.js';
import { withoutAddition } from './contacts/addition.js';
import { isEmpty } from './model/values.js';
import { inBatches } from './model/batches.js';
import { MAX_PAGE_SIZE } from './contacts/contacts-api.js';
import type { Changes, PlanLine } from './model/plan-line.js';
import { collectWritten, type WrittenContact } from './run/written.js';
import { FORGOTTEN } from './forget/forget-lines.js';
import { joinProblems, type Problem } from './model/problem.js';
import { closingAll } from './disk/close-all.js';
import { NdjsonWriter } from './disk/ndjson.js';
import type { RunFolder } from './run/run-folder.js';
import type { Session } from './run/session.js';
import type { FreshPlan } from './plan-csv.js';
import { notShown } from './plan/diff.js';
import { readSummary } from './run/summary-file.js';

/**
 * Plans to put back what a run wrote: `from` for each field that still holds what the run left there. A field that
 * someone changed since is a conflict and is left alone. One line a contact, and one more each where it has conflicts or
 * fields that the API no longer has.
 */
export async function planUndo(session: Session, parent: RunFolder): Promise<FreshPlan> {
  const { folder, vocabulary, stop } = session;
  const before = await readSummary(parent);
  await session.planBegins();
  const { contacts: written, lostAt, forgotten } = await collectWritten(parent, before, folder.file('scratch'));
  // What is read before that may change by itself.
  await session.outlastPast(lostAt);
  await session.vocabulary.learn(Object.keys(before.changes));
  // A field that was deleted since fails by itself; the others are still put back.
  const fields = Object.keys(before.changes).filter(vocabulary.has).map(vocabulary.fieldByKey);
  const header = [KEY_COLUMN, ...fields.map((field) => field.key)];
  const input = { sha256: '', bytes: 0, rows: 0, header, delimiter: ',', bom: false };
  session.emit({ type: 'surveyed', input, invalid: 0, blank: 0 });

  const plan = await NdjsonWriter.open<PlanLine>(folder.file('plan'), 'w');
  session.planIsAbout(Object.keys(before.changes));
  const { current } = await session.openToPlan(before.writes_planned);
  let row = 0;
  const write = async (batch: readonly (readonly [string, WrittenContact])[]): Promise<void> => {
    stop.signal.throwIfAborted();
    const found = await current.read(batch.map(([id]) => id));
    for (const [id, contact] of batch) {
      for (const line of undoContact(id, contact, found.get(id), vocabulary)) {
        const cells = line.status === 'unchanged' ? {} : { cells: cellsOf(line, fields, session) };
        const numbered = { row: ++row, ...line, ...cells };
        session.emit({ type: 'row_planned', line: numbered, equivalent: [], emptyLeft: 0 });
        await plan.add(numbered);
      }
    }
    session.progress('planning', row, 0);
  };
  await closingAll([plan, current, written], async () => {
    for await (const batch of inBatches(written.entries(), MAX_PAGE_SIZE)) await write(batch);
    // What nobody can put back must not be called put back.
    for (const { line } of forgotten) {
      const held: PlanLine = { row: ++row, line, contact_id: null, status: 'held', error: FORGOTTEN, forgotten: true };
      session.emit({ type: 'row_planned', line: held, equivalent: [], emptyLeft: 0 });
      await plan.add(held);
    }
  });
  // Others may write as well: what is put back is read again just before.
  await session.planReady(current.choice, plan.digest, { readAgain: true, fields });
  return { readAt: 0 };
}

type UndoLine = Omit<PlanLine, 'row'>;

/** What is to become of one contact. Pure. */
export function undoContact(
  contact_id: string,
  { line, fields }: WrittenContact,
  found: ReturnType<Found['get']>,
  { has, fieldByKey }: { has: (key: string) => boolean; fieldByKey: (key: string) => Field },
): UndoLine[] {
  const base = { line, contact_id };
  if (!found)
    return [{ ...base, status: 'not_found', error: { code: 'not_found', message: 'the API has no such contact' } }];
  if ('problem' in found) return [{ ...base, status: 'failed', error: found.problem }];
  const changes: Changes = {};
  const conflicts: Problem[] = [];
  const gone: Problem[] = [];
  for (const [key, { from, to, added }] of Object.entries(fields)) {
    if (!has(key)) {
      gone.push({
        code: 'unknown_field',
        field: key,
        message: `${key} was not put back: the API no longer has this field`,
      });
      continue;
    }
    const field = fieldByKey(key);
    const { type } = field;
    if (!Object.hasOwn(found.contact, key)) {
      gone.push({ ...notShown(field), message: `${key} was not put back: ${notShown(field).message}` });
      continue;
    }
    const live = type.read(found.contact[key]);
    // What reads the same may be other characters, such as an accent on its own: those are put back as well.
    if (type.same(live, from) && (typeof live !== 'string' || isEmpty(from) || live === from)) continue;
    const isAsWritten = to.some((value) => type.same(live, value));
    const rest = isAsWritten || !added ? undefined : withoutAddition(type, live, added);
    if (isAsWritten) changes[key] = { from: live, to: isEmpty(from) ? null : from };
    // Something else was changed since: what was added is all that is taken away.
    else if (rest !== undefined) {
      if (!type.same(live, rest)) changes[key] = { from: live, to: rest };
    } else {
      const [now, wrote] = [live, to[0] ?? null].map((value) => JSON.stringify(value));
      const message = `${key} was changed since: it is ${now} now, and the run wrote ${wrote}`;
      conflicts.push({ code: 'changed_since_run', field: key, message });
    }
  }
  const lines: UndoLine[] = [];
  if (Object.keys(changes).length > 0) lines.push({ ...base, ...whoIs(found.contact), status: 'planned', changes });
  if (conflicts.length > 0) lines.push({ ...base, status: 'conflict', error: joinProblems(conflicts) });
  if (gone.length > 0) lines.push({ ...base, status: 'failed', error: joinProblems(gone) });
  return lines.length > 0 ? lines : [{ ...base, status: 'unchanged' }];
}

/** The row for rejected.csv: the values that were to be put back. */
function cellsOf({ contact_id, changes = {} }: UndoLine, fields: readonly Field[], { vocabulary }: Session): string[] {
  const cells = fields.map((field) => {
    const change = changes[field.key];
    return change ? (formatCell(field, change.to, vocabulary.directory, '<clear>') ?? '') : '';
  });
  return [contact_id ?? '', ...cells];
}
