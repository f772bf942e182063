/** The README's first command: a sandbox, a plan and a sync of the sample against it, and the end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { envName, OPTIONS } from './cli/settings/options.js';
import { startSandbox } from './sandbox/start-sandbox.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = path.join(root, 'dist', 'cli.js');
const { CONTACT_SYNC_RUNS_DIR } = process.env;
// Set to nothing, settings of the environment and of a .env count for nothing: the demo is the same everywhere.
const blank = Object.fromEntries(Object.keys(OPTIONS).map((name) => [envName(name), '']));

const sandbox = await startSandbox();
const env = {
  ...{ ...process.env, ...blank, CONTACT_SYNC_RUNS_DIR },
  ...{ CONTACT_SYNC_BASE_URL: sandbox.url, CONTACT_SYNC_API_KEY: sandbox.key },
};

/** Runs the command as a user would, in the project's folder. @returns its exit code */
async function run(...args: string[]): Promise<number> {
  console.log(`\n$ contact-sync ${args.join(' ')}`);
  const child = spawn(process.execPath, [cli, ...args], { stdio: 'inherit', cwd: root, env });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

console.log(`A sandbox API with ${sandbox.store.contacts.size} contacts runs at ${sandbox.url}.`);
const sample = 'samples/contact-edits.csv';
process.exitCode = (await run('plan', sample)) || (await run('sync', sample, '--yes'));
await sandbox.close();
if (process.exitCode === 0) console.log('\nThe sandbox has stopped. "npx contact-sync sandbox" starts one that stays.');
