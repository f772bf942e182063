import { createHash } from 'node:crypto';
import { SyncError } from '../model/errors.js';
import type { Summary } from './summary.js';

/** What a run knows of an approval, as its caller was given it. */
export interface Approval {
  /** The digest of the plan that was approved, or its first 12 hex digits or more; with or without `sha256:`. */
  approved?: string | undefined;
  /** Nothing is sent without an approval. */
  isRequired?: boolean;
}

/** What would send something. */
export type WritingVerb = 'sync' | 'apply' | 'resume' | 'retry' | 'undo';

const SHORTEST_DIGITS = 12;

/**
 * What changes while a plan waits and while it is carried out, and decides nothing of what is sent. Whatever else a summary
 * has is covered by the digest, so that what is added to it is covered as well.
 */
const CHANGING: ReadonlySet<string> = new Set<keyof Summary>([
  ...(['digest', 'state', 'dry_run', 'pid', 'began_at', 'ended_at', 'undone_by'] as const),
  ...(['exit_code', 'error', 'error_code', 'counts', 'not_kept', 'calls', 'retries'] as const),
  ...(['rate_limited', 'waited_seconds', 'estimate', 'reserve', 'write_guards'] as const),
]);

/**
 * The digest that names a plan: what it is to write and to whom (by the SHA-256 of plan.ndjson), with which guards, and
 * whose contacts these are.
 * @returns `sha256:` and 64 hex digits; null where the plan is not complete
 */
export function digestOf(summary: Readonly<Summary>): string | null {
  if (summary.plan.sha256 === '') return null;
  const covered = Object.entries(summary).filter(([key]) => !CHANGING.has(key));
  return `sha256:${createHash('sha256')
    .update(canonical(Object.fromEntries(covered)))
    .digest('hex')}`;
}

/** JSON in which the order of keys says nothing: a file that was read and written again has another one. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    const isObject = typeof part === 'object' && part !== null && !Array.isArray(part);
    return isObject ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part;
  });
}

/**
 * Refuses to send a plan that is to be approved and is not, or that is another one than the approved.
 * @param summary of the run, as it is on disk now
 * @throws SyncError `approval_missing`, `approval_differs`
 */
export function assertApproved(
  verb: WritingVerb,
  summary: Readonly<Summary>,
  { approved, isRequired = false }: Approval,
): void {
  const { run_id: run } = summary;
  if (approved === undefined) {
    if (isRequired) throw new SyncError('approval_missing', { verb, run });
    return;
  }
  const digest = digestOf(summary);
  const digits = approved
    .trim()
    .toLowerCase()
    .replace(/^sha256:/, '');
  const isShort = !/^[0-9a-f]*$/.test(digits) || digits.length < SHORTEST_DIGITS;
  if (digest !== null && !isShort && digest.startsWith(`sha256:${digits}`)) return;
  throw new SyncError('approval_differs', { run, digest, isShort });
}

/** Refuses a verb that plans and sends at once. @param run that it is about @throws SyncError `approval_missing` */
export function assertMaySend(verb: WritingVerb, run: string | null, { isRequired = false }: Approval = {}): void {
  if (isRequired) throw new SyncError('approval_missing', { verb, run });
}
