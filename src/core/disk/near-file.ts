import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { whyOf } from '../model/errno.js';
import { nearest, suggested } from '../model/suggest.js';

/**
 * What may be meant by the name of a file that is not there: ` (did you mean "edits.csv"?)`, or where it was looked for.
 * @param errno why it cannot be read; empty for other reasons
 */
export function nearFile(file: string, errno: string): string {
  if (errno !== 'ENOENT') return '';
  const [dir, base] = [path.dirname(path.resolve(file)), path.basename(file)];
  const drive = /^([a-z]:)([^/\\]+)$/i.exec(file);
  if (drive) {
    return `. If this was a Windows path such as ${drive[1]}\\folder\\file, the shell took its backslashes away: quote it, or use /`;
  }
  const names = namesIn(dir);
  if (names === undefined) return `: there is no folder ${dir}`;
  const found = nearest(
    base,
    names.filter((name) => name !== base),
  );
  return found === undefined ? ` in ${dir}` : suggested(path.join(path.dirname(file), found));
}

function namesIn(dir: string): string[] | undefined {
  try {
    return readdirSync(dir);
  } catch {
    return undefined;
  }
}

/** Why a file or folder cannot be made. The system says of a folder around it that is missing that there is no such file. */
export function whyNotMade(file: string, error: unknown): string {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return whyOf(error);
  const dir = path.dirname(path.resolve(file));
  return existsSync(dir) ? `nothing can be made in ${dir}` : `there is no folder ${dir}`;
}
