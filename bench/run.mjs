// `npm run bench`: memory, throughput, then the table of goals and rivals. `node bench/run.mjs memory`, `… throughput` or
// `… rivals` runs one of them.
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import console from 'node:console';
import process from 'node:process';
import { benchMemory } from './memory.mjs';
import { startServer } from './processes.mjs';
import { benchRivals } from './rivals.mjs';
import { benchThroughput } from './throughput.mjs';

const CONTACTS = 200_000;

const parts = process.argv.slice(2);
const wants = (part) => parts.length === 0 || parts.includes(part);

console.log(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`);
const dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-bench-files-'));
const server = await startServer({ contacts: CONTACTS });
try {
  if (wants('memory') && !(await benchMemory(server, dir))) process.exitCode = 1;
  if (wants('throughput')) await benchThroughput(server, dir);
  if (wants('rivals')) await benchRivals(server, dir);
} catch (error) {
  // A run that ended badly, such as one whose memory did not suffice, is a result: exit 1, with what it said.
  console.error(error.message.slice(0, 2000));
  process.exitCode = 1;
} finally {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
}
