import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { splitLines, syncFolder } from './ndjson.js';
import { openBeside } from './replace-file.js';

/** Text gathered before it is written. */
const BUFFER_CHARS = 64 * 1024;

/** A line without its end to what takes its place; the same text leaves it as it is, undefined takes it out. */
export type ChangeLine = (line: string) => string | undefined;

/** What a file of lines is, or would be. `sha256` is in hex. */
export interface Rewritten {
  changed: number;
  sha256: string;
}

/** What `rewriteLines` would make of a file, which is left alone. A file that is not there has nothing to change. */
export async function surveyLines(file: string, change: ChangeLine): Promise<Rewritten> {
  return pass(file, change, () => Promise.resolve());
}

/**
 * Rewrites a file line by line, in one step: a crash leaves the old one or the new one. A last line that a crash tore is
 * left out.
 * @param beforeSwap told of the new file when it is on disk, before it takes the place of the old one; waited for
 */
export async function rewriteLines(
  file: string,
  change: ChangeLine,
  beforeSwap: (made: Rewritten) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  if (!existsSync(file)) return;
  const { file: next, path: nextPath } = await openBeside(file);
  try {
    let made: Rewritten;
    try {
      made = await pass(file, change, (text) => next.appendFile(text));
      await next.datasync();
    } finally {
      await next.close();
    }
    await beforeSwap(made);
    await rename(nextPath, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    await rm(nextPath, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function pass(file: string, change: ChangeLine, write: (text: string) => Promise<void>): Promise<Rewritten> {
  const hash = createHash('sha256');
  let [changed, buffer] = [0, ''];
  const flush = async (): Promise<void> => {
    hash.update(buffer);
    await write(buffer);
    buffer = '';
  };
  if (existsSync(file)) {
    for await (const { bytes, ended } of splitLines(createReadStream(file), file)) {
      const line = bytes.toString('utf8');
      const next = change(line);
      if (next !== line) changed++;
      if (ended && next !== undefined) buffer += `${next}\n`;
      if (buffer.length >= BUFFER_CHARS) await flush();
    }
    await flush();
  }
  return { changed, sha256: hash.digest('hex') };
}
