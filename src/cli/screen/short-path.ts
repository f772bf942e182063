import path from 'node:path';
import { oneLine } from '../output/neutralise.js';

/** A path from the working folder, where it is below it. */
export function shortPath(file: string): string {
  const relative = path.relative('.', file);
  return oneLine(path.isAbsolute(file) && !relative.startsWith('..') ? relative : file);
}
