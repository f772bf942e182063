import type { FieldValue } from '../model/values.js';
import { PlanFile } from './plan-file.js';
import { siblingRun } from './run-folder.js';
import type { Session } from './session.js';
import { readSummary } from './summary-file.js';

/** A key that the plan of an earlier run resolved to a contact. */
export interface ResolvedKey {
  /** The key of its field. */
  field: string;
  value: FieldValue;
  contactId: string;
}

/**
 * What the run that this one retries found the contacts of its rows by: a row is tried again on the contact that it was
 * planned for.
 * @throws SyncError where the plan of that run is damaged
 */
export async function* resolvedKeys({ folder, summary }: Session): AsyncGenerator<ResolvedKey> {
  if (summary.command !== 'retry' || summary.parent === null) return;
  const parent = siblingRun(folder, summary.parent);
  const plan = await PlanFile.open(parent.file('plan'), (await readSummary(parent)).plan);
  try {
    for await (const { contact_id: contactId, guards } of plan.lines()) {
      if (contactId !== null && guards?.key) yield { ...guards.key, contactId };
    }
  } finally {
    await plan.close();
  }
}
