import { existsSync } from 'node:fs';
import type { Contact } from '../core/contacts/types.js';
import { parseFaults } from '../sandbox/faults.js';
import { isLoopback, urlsOf } from '../sandbox/hosts.js';
import { loadContacts } from '../sandbox/load-contacts.js';
import { parseRateLimit } from '../sandbox/rate-limit.js';
import { startSandbox, type Sandbox } from '../sandbox/start-sandbox.js';
import { UsageError } from './settings/command-error.js';
import { duration, whole } from './settings/kinds.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import type { Io } from './output/io.js';
import { plural } from '../core/report/format.js';
import { printError, printResult } from './output/terminal.js';

/** The flags as the command line has them, as text. */
export interface SandboxArgs {
  host: string;
  port: string;
  contacts: string;
  seed: string;
  rateLimit?: string | undefined;
  latency?: string | undefined;
  faults?: string | undefined;
}

/** `sandbox`: serves until its signal is aborted. Throws a UsageError for invalid flags, and where it cannot listen. */
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
  const host = read('host', () => nonEmpty(args.host)) ?? '';
  const port = read('port', () => whole(0, 65_535).parse(args.port));
  const seed = read('seed', () => whole(0, 2 ** 31).parse(args.seed));
  const { rateLimit: limitText, latency: latencyText, faults: faultsText } = args;
  const rateLimit = read('rate-limit', () => (limitText === undefined ? undefined : parseRateLimit(limitText)));
  const latencyMs = read('latency', () => (latencyText === undefined ? 0 : duration.parse(latencyText)));
  const faults = read('faults', () => (faultsText === undefined ? [] : parseFaults(faultsText)));
  if (problems.length > 0) throw new UsageError(problems);

  const contacts = await readContacts(args.contacts);
  const sandbox = await startSandbox({ host, port, seed, rateLimit, latencyMs, faults, contacts }).catch(
    (error: NodeJS.ErrnoException) => {
      throw explainListenError(error, host, port);
    },
  );
  if (!isLoopback(host))
    printError(io, `warning: --host ${host} lets other machines reach these contacts, unencrypted`);
  announce(sandbox, host, io);
  await untilAborted(io.signal);
  await sandbox.close();
  return EXIT.ok;
}

/** Never resolves without a signal. */
function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

function announce({ url, key, store }: Sandbox, host: string, io: Io): void {
  // A URL leaves out port 80.
  const urls = urlsOf(host, Number(new URL(url).port || 80));
  printResult(
    io,
    [
      `The sandbox serves ${plural(store.contacts.size, 'contact')} at ${urls.join(', ')} (Ctrl-C stops it).`,
      'In another terminal:',
      `  export CONTACT_SYNC_BASE_URL=${url}`,
      `  export CONTACT_SYNC_API_KEY=${key}`,
      '  contact-sync sync samples/contact-edits.csv',
    ].join('\n'),
  );
}

/** What the user can do where the sandbox cannot listen; other errors as they are. */
function explainListenError(error: NodeJS.ErrnoException, host: string, port: number | undefined): Error {
  const { code = '' } = error;
  const problem = new Map([
    ['EADDRINUSE', `--port: ${port} is already in use; use --port 0 for any free port`],
    ['EACCES', `--port: no permission to listen on ${port}`],
    ['EADDRNOTAVAIL', `--host: "${host}" is not an address of this machine`],
    ['ENOTFOUND', `--host: "${host}" is not an address of this machine`],
  ]).get(code);
  return problem === undefined ? error : new UsageError(problem, { cause: error });
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

function nonEmpty(text: string): string {
  if (text === '') throw new Error('expected an address such as 127.0.0.1');
  return text;
}

function messageOf(error: unknown): string {
  const issues = (error as { issues?: { message: string }[] }).issues;
  return issues ? issues.map((issue) => issue.message).join(', ') : (error as Error).message;
}
