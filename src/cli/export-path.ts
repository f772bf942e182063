import type { Stats } from 'node:fs';
import { readlink, realpath, stat } from 'node:fs/promises';
import { UsageError } from './settings/command-error.js';
import path from 'node:path';
import { whyOf } from '../core/model/errno.js';

/** Where an export goes. */
export type Destination =
  | { kind: 'stdout' }
  /** A file that is replaced in one step. */
  | { kind: 'file'; path: string }
  /** A FIFO or a character device: written into, never replaced. */
  | { kind: 'fifo' | 'device'; path: string };

/** `-` is what people type for it. */
const STANDARD_OUTPUT: readonly (string | undefined)[] = [undefined, '-', '/dev/stdout'];

/** Files that a spreadsheet writes and that CSV text would only pretend to be. */
const WORKBOOK = /\.(xlsx?|ods|numbers)$/i;

/**
 * Decides how to write to a path, without writing anything. Links are followed to what they name.
 * @param out undefined for standard output
 * @param force lets a file that exists be overwritten
 * @throws UsageError where the path is not to be written to
 */
export async function findDestination(out: string | undefined, force: boolean): Promise<Destination> {
  if (out === undefined || STANDARD_OUTPUT.includes(out)) return { kind: 'stdout' };
  if (WORKBOOK.test(out)) {
    const csv = out.replace(WORKBOOK, '.csv');
    throw new UsageError(
      `${out}: this would be CSV, not a workbook; write to ${csv} and open that file in the spreadsheet`,
    );
  }
  try {
    const found = await statOf(out);
    if (!found) return { kind: 'file', path: await newPath(out) };
    if (found.isFIFO()) return { kind: 'fifo', path: out };
    if (found.isCharacterDevice()) return { kind: 'device', path: out };
    if (found.isDirectory()) throw new UsageError(`${out}: is a folder, expected a file`);
    if (!found.isFile()) throw new UsageError(`${out}: is not a file`);
    if (!force) throw existing(out);
    return { kind: 'file', path: await realpath(out) };
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`${out}: ${whyOf(cause)}`, { cause });
  }
}

/** The refusal of a file that exists. */
export function existing(out: string): UsageError {
  return new UsageError(`${out}: already exists; use --force to overwrite it`);
}

/** What a path leads to, by whatever links; undefined where nothing is there. */
async function statOf(out: string): Promise<Stats | undefined> {
  try {
    return await stat(out);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Where a file that does not exist yet is to be made: a link to nothing says where. */
async function newPath(out: string): Promise<string> {
  const target = await readlink(out).catch(() => undefined);
  if (target === undefined) return path.resolve(out);
  return newPath(path.resolve(await realpath(path.dirname(out)), target));
}
