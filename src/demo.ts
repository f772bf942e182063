/** The README's first command: a sandbox, one sync of the sample against it, and the end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSandbox } from './sandbox/start-sandbox.js';

const cli = fileURLToPath(new URL('cli.js', import.meta.url));
const sample = 'samples/contact-edits.csv';

const root = fileURLToPath(new URL('..', import.meta.url));
// Neither settings nor a .env of the user's own: the demo is the same everywhere.
const elsewhere = mkdtempSync(path.join(tmpdir(), 'contact-sync-demo-'));
const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('CONTACT_SYNC_'));

const sandbox = await startSandbox();
console.log(`A sandbox API with ${sandbox.store.contacts.size} contacts runs at ${sandbox.url}. Now:\n`);
console.log(`  contact-sync sync ${sample}\n`);
const child = spawn(process.execPath, [cli, 'sync', path.join(root, sample), '--runs-dir', path.join(root, 'runs')], {
  stdio: 'inherit',
  cwd: elsewhere,
  env: { ...Object.fromEntries(clean), CONTACT_SYNC_BASE_URL: sandbox.url, CONTACT_SYNC_API_KEY: sandbox.key },
});
const [code] = (await once(child, 'exit')) as [number | null];
await sandbox.close();
rmSync(elsewhere, { recursive: true });
if (code === 0)
  console.log(
    '\nThe sandbox has ended. `npx contact-sync sandbox` starts one that stays; README.md goes on from here.',
  );
process.exitCode = code ?? 1;
