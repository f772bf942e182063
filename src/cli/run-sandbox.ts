import { existsSync } from 'node:fs';
import type { Contact } from '../core/contacts/types.js';
import { parseFaults } from '../sandbox/faults.js';
import { loadContacts } from '../sandbox/load-contacts.js';
import { parseRateLimit } from '../sandbox/rate-limit.js';
import { startSandbox } from '../sandbox/start-sandbox.js';
import { UsageError } from './settings/command-error.js';
import { duration, whole } from './settings/kinds.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { Io } from './io.js';
import { plural } from './render-summary.js';
import { printResult } from './terminal.js';

/** What the command line gives, as text. */
export interface SandboxArgs {
  host: string;
  port: string;
  contacts: string;
  seed: string;
  rateLimit?: string | undefined;
  latency?: string | undefined;
  faults?: string | undefined;
}

/** `sandbox`: serves until it is told to stop. */
export async function runSandbox(args: SandboxArgs, io: Io): Promise<ExitCode> {
  const problems: string[] = [];
  function read<T>(flag: string, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      problems.push(`--${flag}: ${messageOf(error)}`);
      return undefined;
    }
  }
  const port = read('port', () => whole(0, 65_535).parse(args.port));
  const seed = read('seed', () => whole(0, 2 ** 31).parse(args.seed));
  const { rateLimit: limitText, latency: latencyText, faults: faultsText } = args;
  const rateLimit = read('rate-limit', () => (limitText === undefined ? undefined : parseRateLimit(limitText)));
  const latencyMs = read('latency', () => (latencyText === undefined ? 0 : duration.parse(latencyText)));
  const faults = read('faults', () => (faultsText === undefined ? [] : parseFaults(faultsText)));
  if (problems.length > 0) throw new UsageError(problems);

  const contacts = await readContacts(args.contacts);
  const sandbox = await startSandbox({ host: args.host, port, seed, rateLimit, latencyMs, faults, contacts }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error;
      throw new UsageError(`--port: ${port} is in use already; --port 0 takes a free one`, { cause: error });
    },
  );
  printResult(
    io,
    [
      `The sandbox serves ${plural(sandbox.store.contacts.size, 'contact')} at ${sandbox.url} (Ctrl-C stops it).`,
      'In another terminal:',
      `  export CONTACT_SYNC_BASE_URL=${sandbox.url}`,
      `  export CONTACT_SYNC_API_KEY=${sandbox.key}`,
      '  contact-sync sync samples/contact-edits.csv',
    ].join('\n'),
  );
  await untilAborted(io.signal);
  await sandbox.close();
  return EXIT.ok;
}

/** Forever, without a signal. */
function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function readContacts(text: string): Promise<number | Contact[]> {
  if (/^\d+$/.test(text)) return Number(text);
  if (!existsSync(text)) throw new UsageError(`--contacts: expected a number or a file, got "${text}"`);
  try {
    return await loadContacts(text);
  } catch (cause) {
    throw new UsageError(`--contacts: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(error: unknown): string {
  const issues = (error as { issues?: { message: string }[] }).issues;
  return issues ? issues.map((issue) => issue.message).join(', ') : (error as Error).message;
}
