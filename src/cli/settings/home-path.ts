import path from 'node:path';
import { homeOf, type Io } from '../output/io.js';

/** A path with `~/` as the user's folder. A shell does that only where the `~` starts a word: not in `--out=~/x`, nor in a file. */
export function inHome(file: string, io: Pick<Io, 'env'>): string {
  if (file !== '~' && !/^~[/\\]/.test(file)) return file;
  return path.join(homeOf(io), file.slice(2));
}
