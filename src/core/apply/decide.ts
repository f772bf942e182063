import type { Earlier, LateReply } from '../api/call.js';
import { entryOf } from '../read/read-by-get.js';
import type { Found } from '../read/reader.js';
import type { PlanLine } from '../model/plan-line.js';
import type { Problem } from '../model/problem.js';
import type { PastResults } from '../run/past-results.js';
import type { Session } from '../run/session.js';
import { recheck } from './recheck.js';
import type { RowSender, Sent } from './send-row.js';

/** Values are never too old before this: reading them again costs a call, and time as well. */
const SHORTEST_AGE_MS = 2000;
/** Where calls are so far apart that values are too old each time, one more reading would not help. */
const MOST_READINGS = 3;

/** Values of contacts that are to be written over. */
export interface Seen {
  /** Undefined: those that the plan has. */
  values: Found | undefined;
  /** When they were read, epoch milliseconds: values also age while the machine sleeps, which stops the other clock. */
  readAt: number;
}

interface DecideDeps {
  session: Session;
  sender: RowSender;
  past?: PastResults | undefined;
}

/** How a row ended, the changes that were written, and a warning for each that its rule left alone since the plan. */
export type Decided = Sent & Pick<PlanLine, 'changes'> & { left?: Problem[] };

/**
 * Sends a planned row, if the live contact still lets it. Where it waited until the values had grown too old, the
 * contact is read again, alone.
 */
export async function decide(line: PlanLine, seen: Seen, deps: DecideDeps): Promise<Decided> {
  const { session, past } = deps;
  let { values, readAt } = seen;
  // Whoever continues a run has waited for what was sent before.
  let earlier: Earlier = { attempts: 0, retried: 0, lostAt: past?.sent.has(line.row) ? -Infinity : undefined };
  for (let readings = 0; ; readings++) {
    const maxAge = readings < MOST_READINGS ? Math.max(session.options.planMaxAge, SHORTEST_AGE_MS) : Infinity;
    const decided = await decideOnce(line, values, { until: readAt + maxAge, earlier }, deps);
    if (!('kind' in decided)) {
      if (earlier.attempts > 0) decided.outcome.attempts ??= earlier.attempts;
      return readings > 0 ? { ...contactIn(values, line), ...decided } : decided;
    }
    ({ earlier } = decided);
    // What is read before then does not tell whether the request that was lost is carried out.
    if (earlier.lostAt !== undefined) await session.outlast(earlier.lostAt);
    readAt = Date.now();
    values = await readOne(session, contactOf(line));
  }
}

/** The contact that a planned row is about. */
function contactOf({ row, contact_id }: PlanLine): string {
  if (contact_id === null) throw new Error(`the plan's row ${row} is planned and has no contact`);
  return contact_id;
}

/** A contact that cannot be read is a problem of its row alone. */
async function readOne({ api }: Session, id: string): Promise<Found> {
  const entry = entryOf(await api.getContact(id));
  return new Map(entry ? [[id, entry]] : []);
}

/** What was read again is what later rows for the contact are held against. */
function contactIn(values: Found | undefined, { contact_id }: PlanLine): Pick<Decided, 'contact'> {
  const found = contact_id === null ? undefined : values?.get(contact_id);
  return found && 'contact' in found ? { contact: found.contact } : {};
}

async function decideOnce(
  line: PlanLine,
  values: Found | undefined,
  { until, earlier }: { until: number; earlier: Earlier },
  { session, sender }: DecideDeps,
): Promise<Decided | LateReply> {
  const { row, changes } = line;
  const contact_id = contactOf(line);
  if (!changes) throw new Error(`the plan's row ${row} is planned and changes nothing`);
  const { vocabulary } = session;
  const { expected = {}, key: named } = line.guards ?? {};
  const guarding = [...Object.keys(expected), ...(named ? [named.field] : [])];
  await vocabulary.learnTypes(guarding);
  const gone = [...Object.keys(changes), ...guarding].find((key) => !vocabulary.has(key));
  if (gone !== undefined) return { outcome: { status: 'failed', error: noField(gone) } };
  if (!values) return sender.send({ row, contact_id, changes, until, earlier });
  // Nothing is told of a row by values that are too old.
  if (Date.now() >= until) return { kind: 'late', earlier };
  const found = values.get(contact_id);
  const maybeSent = earlier.lostAt !== undefined;
  if (!found)
    return { outcome: { status: 'not_found', error: { code: 'not_found', message: 'the API has no such contact' } } };
  if ('problem' in found) return { outcome: { status: maybeSent ? 'unknown' : 'failed', error: found.problem } };
  const { contact } = found;
  const checked = recheck(line, contact, vocabulary.fieldByKey, maybeSent);
  switch (checked.kind) {
    case 'was_applied':
      return sender.updated(changes, contact);
    case 'unchanged':
      return { outcome: { status: 'unchanged' }, left: checked.left };
    case 'conflict':
      return { outcome: { status: 'conflict', error: checked.problem } };
    case 'send': {
      const sent = await sender.send({ row, contact_id, changes: checked.changes, until, earlier });
      return 'kind' in sent ? sent : { ...sent, changes: checked.changes, left: checked.left };
    }
  }
}

function noField(field: string): Problem {
  return { code: 'unknown_field', field, message: 'the API no longer has this field' };
}
