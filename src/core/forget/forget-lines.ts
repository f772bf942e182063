import { canonicalId, shownId } from '../contacts/contact-id.js';
import type { PlanLine } from '../model/plan-line.js';
import type { Problem } from '../model/problem.js';
import type { ResultLine } from '../model/outcome.js';

/** Why a row is not carried out whose contact was taken out of its run. */
export const FORGOTTEN: Problem = { code: 'forgotten', message: 'the contact was taken out of this run' };

/** What a message says whose words were purged: they may quote a contact. */
const PURGED = 'its values were purged';

/** Whether a line of the plan or a record of a CSV is about a contact. @param id in canonical form */
export function isAbout(
  id: string,
  { contact_id, cells = [], error = {} }: Partial<Pick<PlanLine, 'contact_id' | 'cells'>> & { error?: object },
): boolean {
  if (typeof contact_id === 'string' && canonicalId(contact_id) === id) return true;
  // One of several that the row could have meant.
  if ('contacts' in error && Array.isArray(error.contacts) && error.contacts.includes(id)) return true;
  return cells.some((cell) => canonicalId(cell.trim()) === id);
}

/** A line of the plan without its contact and values. What was to be written is held back. Pure. */
export function forgetPlanLine(planned: PlanLine & { format?: number }): PlanLine {
  const { format, row, line, status, error } = planned;
  const end: Pick<PlanLine, 'status' | 'error'> =
    status === 'planned' ? { status: 'held', error: FORGOTTEN } : { status, ...withoutWords(error) };
  return { ...formatOf(format), row, line, contact_id: null, ...end, forgotten: true };
}

/** A line of the results without its contact and values: how the row ended stays. Pure. */
export function forgetResultLine(ended: ResultLine & { format?: number }): ResultLine {
  const { format, row, line, status, error, warnings, attempts, http_status, duration_ms, at } = ended;
  const facts = { attempts, http_status, duration_ms };
  return {
    ...formatOf(format),
    ...{ row, line, contact_id: null, status, ...withoutWords(error) },
    ...(warnings ? { warnings: warnings.flatMap((warning) => withoutWords(warning).error ?? []) } : {}),
    ...(facts as Pick<ResultLine, 'attempts'>),
    at,
  };
}

/** A line of the plan without values; a row that would be sent stays one. Pure. */
export function purgePlanLine(planned: PlanLine & { format?: number }): PlanLine {
  const { format, row, line, contact_id, status, error, forgotten } = planned;
  return {
    ...formatOf(format),
    ...{ row, line, contact_id: contact_id && shownId(contact_id), status },
    ...(status === 'planned' ? { changes: {} } : {}),
    ...withoutWords(error, PURGED),
    ...(forgotten ? { forgotten } : {}),
  };
}

/** A line of the results without values. Pure. */
export function purgeResultLine(ended: ResultLine & { format?: number }): ResultLine {
  const { format, row, line, contact_id, status, error, warnings, attempts, http_status, duration_ms, at } = ended;
  const facts = { attempts, http_status, duration_ms };
  return {
    ...formatOf(format),
    ...{ row, line, contact_id: contact_id && shownId(contact_id), status, ...withoutWords(error, PURGED) },
    ...(warnings ? { warnings: warnings.flatMap((warning) => withoutWords(warning, PURGED).error ?? []) } : {}),
    ...(facts as Pick<ResultLine, 'attempts'>),
    at,
  };
}

/** A problem by its code and field; its message and what was kept instead may quote the contact. */
function withoutWords(
  problem: (Problem & { form?: unknown }) | undefined,
  message = FORGOTTEN.message,
): { error?: Problem } {
  if (!problem) return {};
  const { code, field, form } = problem;
  const known = { ...(field === undefined ? {} : { field }), ...(form === undefined ? {} : { form }) };
  return { error: { code, message, ...known } };
}

function formatOf(format: number | undefined): object {
  return format === undefined ? {} : { format };
}
