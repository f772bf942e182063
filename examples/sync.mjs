// Plans a CSV against a sandbox, applies the plan, and undoes it: node examples/sync.mjs
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { applyPlan, fileStore, planSync, undoRun } from 'contact-sync';
import { startSandbox } from 'contact-sync/sandbox';

const dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-example-'));
const sandbox = await startSandbox({ contacts: 3 });
const [id] = sandbox.store.contacts.keys();
const csv = path.join(dir, 'edits.csv');
await writeFile(csv, `contact_id,title\n${id},Chief Example Officer\n`);

/** @type {import('contact-sync').SyncContext} */
const context = {
  api: { baseUrl: sandbox.url, key: sandbox.key },
  store: fileStore({ dir: path.join(dir, 'runs'), machineDir: path.join(dir, 'machine'), owner: process }),
  onEvent(event) {
    if (event.type === 'row_ended') console.log(`row ${event.line.row}: ${event.outcome.status}`);
  },
};

const plan = await planSync({ ...context, csv, options: { maxChanges: { count: 10 } } });
if (plan.refusals.length > 0) throw new Error(plan.refusals[0]?.message);
const run = plan.folder.dir;
const { summary } = await applyPlan({ ...context, run });
console.log(`${summary.counts.updated} updated with ${summary.calls.total} calls`);
await undoRun({ ...context, run });
await sandbox.close();
await rm(dir, { recursive: true });
