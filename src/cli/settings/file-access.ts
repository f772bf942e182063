import { realpathSync, type Stats } from 'node:fs';
import path from 'node:path';

const [GROUP_READ, OTHERS_READ] = [0o040, 0o004];
const [GROUP_WRITE, OTHERS_WRITE] = [0o020, 0o002];

/** Whoever else decides on what a file holds, in words behind its name; undefined where it is this user and root alone. */
export function foreignWriter({ uid, gid, mode }: Stats): string | undefined {
  const me = process.getuid?.();
  // Windows keeps other records of that.
  if (me === undefined) return undefined;
  if (uid !== me && uid !== 0) return 'is owned by another user';
  // Where each user has a group of their own, files are writable by it.
  const isOwnGroup = gid === process.getgid?.();
  const writable = OTHERS_WRITE | (isOwnGroup ? 0 : GROUP_WRITE);
  return (mode & writable) === 0 ? undefined : 'can be written by other users';
}

/**
 * A warning about a file with a secret that others can read.
 * @returns undefined where that is not so: a file of root's that this user's group may read is meant to be
 */
export function warnOfReaders(file: string, { uid, mode }: Stats): string | undefined {
  const me = process.getuid?.();
  if (me === undefined) return undefined;
  const isMine = uid === me;
  if ((mode & (OTHERS_READ | (isMine ? GROUP_READ : 0))) === 0) return undefined;
  return `warning: ${file} holds the API key and can be read by other users; run: chmod ${isMine ? '600' : '640'} ${file}`;
}

/** Whether a file is in a folder or below it, links followed. In the root folder: directly in it. */
export function isWithin(folder: string, file: string): boolean {
  const [top, real] = [realPath(folder), realPath(file)];
  // Services start in the root folder, below which all files are.
  if (top === path.parse(top).root) return path.dirname(real) === top;
  const way = path.relative(top, real);
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

/** As far as it exists; what does not exist yet has no links. */
function realPath(file: string): string {
  const absolute = path.resolve(file);
  try {
    return realpathSync(absolute);
  } catch {
    const folder = path.dirname(absolute);
    return folder === absolute ? absolute : path.join(realPath(folder), path.basename(absolute));
  }
}
