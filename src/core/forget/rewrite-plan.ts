import { rewriteLines, type ChangeLine } from '../disk/rewrite-lines.js';
import { digestOf } from '../run/approval.js';
import type { RunFolder } from '../run/run-folder.js';
import type { Summary } from '../run/summary.js';
import { writeSummary } from '../run/summary-file.js';

/**
 * Changes lines of a run's plan, and saves its summary. The summary knows the plan's digest before and after: at no time is it
 * taken for a plan that was edited.
 * @param onDisk SHA-256 of plan.ndjson as it is
 * @param change undefined: no line changes
 */
export async function rewritePlan(
  folder: RunFolder,
  summary: Summary,
  onDisk: string,
  change: ChangeLine | undefined,
): Promise<void> {
  const { plan } = summary;
  // A plan that was damaged before stays so.
  const isWhole = plan.sha256 !== '' && [plan.sha256, plan.next].includes(onDisk);
  const save = (): Promise<void> => writeSummary(folder.file('summary'), summary);
  if (isWhole) Object.assign(plan, { sha256: onDisk, next: undefined });
  let next = onDisk;
  if (change !== undefined) {
    await rewriteLines(folder.file('plan'), change, async ({ sha256 }) => {
      next = sha256;
      if (isWhole) plan.next = sha256;
      await save();
    });
  }
  if (isWhole) Object.assign(plan, { sha256: next, next: undefined });
  summary.digest = digestOf(summary);
  await save();
}
