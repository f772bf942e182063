import { LateError } from '../api/client.js';
import { readByGet } from '../current/read-by-get.js';
import type { Found } from '../current/reader.js';
import type { PlanLine } from '../plan/plan-line.js';
import type { Problem } from '../problem.js';
import type { PastResults } from '../run/past-results.js';
import type { Session } from '../session.js';
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
  /** When they were read, epoch milliseconds. */
  readAt: number;
}

interface DecideDeps {
  session: Session;
  sender: RowSender;
  past?: PastResults;
}

/** How a row ended, and the changes that were written. */
export type Decided = Sent & Pick<PlanLine, 'changes'>;

/**
 * Sends a planned row, if the live contact still lets it. Where it waited at the gate until the values had grown too
 * old, the contact is read again, alone.
 */
export async function decide(line: PlanLine, seen: Seen, deps: DecideDeps): Promise<Decided> {
  const { session, past } = deps;
  let { values, readAt } = seen;
  let maybeSent = past?.sent.has(line.row) ?? false;
  for (let attempts = 0, readings = 0; ; readings++) {
    const maxAge = readings < MOST_READINGS ? Math.max(session.options.planMaxAge, SHORTEST_AGE_MS) : Infinity;
    try {
      const decided = await decideOnce(line, values, { until: readAt + maxAge, maybeSent }, deps);
      if (attempts > 0) decided.outcome.attempts = attempts + (decided.outcome.attempts ?? 0);
      return decided;
    } catch (error) {
      if (!(error instanceof LateError) || line.contact_id === null) throw error;
      attempts += error.attempts;
      maybeSent ||= attempts > 0;
      readAt = Date.now();
      values = await readByGet(session.api, 1).read([line.contact_id]);
    }
  }
}

async function decideOnce(
  line: PlanLine,
  values: Found | undefined,
  { until, maybeSent }: { until: number; maybeSent: boolean },
  { session, sender }: DecideDeps,
): Promise<Decided> {
  const { row, contact_id, changes } = line;
  if (contact_id === null || !changes) throw new Error(`the plan's row ${row} is planned and changes nothing`);
  const { vocabulary } = session;
  const { expected = {} } = line.guards ?? {};
  if (Object.keys(expected).some((key) => key.startsWith('custom_field_'))) await vocabulary.read();
  const gone = Object.keys({ ...changes, ...expected }).find((key) => !vocabulary.has(key));
  if (gone !== undefined) return { outcome: { status: 'failed', error: noField(gone) } };
  if (!values) return sender.send({ row, contact_id, changes, until });
  const found = values.get(contact_id);
  if (!found)
    return { outcome: { status: 'not_found', error: { code: 'not_found', message: 'the API has no such contact' } } };
  if ('problem' in found) return { outcome: { status: 'failed', error: found.problem } };
  const { contact } = found;
  const checked = recheck(line, contact, vocabulary.fieldByKey, maybeSent);
  switch (checked.kind) {
    case 'was_applied':
      return sender.updated(changes, contact);
    case 'unchanged':
      return { outcome: { status: 'unchanged' } };
    case 'conflict':
      return { outcome: { status: 'conflict', error: checked.problem } };
    case 'send':
      return {
        ...(await sender.send({ row, contact_id, changes: checked.changes, until })),
        changes: checked.changes,
      };
  }
}

function noField(field: string): Problem {
  return { code: 'unknown_field', field, message: 'the API has no such field any more' };
}
