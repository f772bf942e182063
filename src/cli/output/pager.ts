import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Io, Output } from './io.js';
import { printParts } from './terminal.js';

/** A program and its arguments. What only a shell understands is not run. */
const PLAIN_COMMAND = /^[\w@%+=:,./ -]+$/;

/**
 * Prints parts of a screen on standard output; on a terminal through the program that `PAGER` names, if it can be started.
 * Whoever leaves the pager ends the reading of what is left.
 */
export async function printPaged(io: Io, parts: AsyncIterable<string>): Promise<void> {
  const pager = await startPager(io);
  if (pager === undefined) return printParts(io.stdout, parts);
  try {
    await printParts(pager.stdin, parts);
  } finally {
    pager.stdin.end();
    await pager.closed;
  }
}

async function startPager({ env, stdout }: Io): Promise<{ stdin: Output; closed: Promise<unknown> } | undefined> {
  const command = env['PAGER']?.trim() ?? '';
  if (stdout.isTTY !== true || !PLAIN_COMMAND.test(command)) return undefined;
  const [program = '', ...args] = command.split(/ +/);
  // `less` shows colours, and ends at once where one screen is enough. The key is none of a pager's business.
  const variables = Object.entries({ LESS: 'FRX', ...env }).filter(([name]) => !name.startsWith('CONTACT_SYNC_'));
  const { fd } = stdout as { fd?: unknown };
  const child: ChildProcess = spawn(program, args, {
    env: Object.fromEntries(variables),
    stdio: ['pipe', typeof fd === 'number' ? fd : 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  try {
    await Promise.race([once(child, 'spawn'), closed]);
  } catch {
    closed.catch(() => undefined);
    return undefined;
  }
  child.stdout?.pipe(stdout, { end: false });
  child.stdin?.on('error', () => undefined);
  return child.stdin === null ? undefined : { stdin: child.stdin, closed };
}
