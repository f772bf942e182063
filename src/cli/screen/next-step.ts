import path from 'node:path';
import type { Summary } from '../../core/run/summary.js';
import { shortPath } from './short-path.js';

/**
 * A run as a command line names it: by its id in the folder where a command without settings looks, elsewhere by its own
 * folder.
 */
export function runName(dir: string): string {
  const id = path.basename(dir);
  if (path.resolve(dir) === path.resolve('runs', id)) return id;
  const file = shortPath(dir);
  return /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`;
}

/** What to do about a run that stopped, as an imperative, and the command for it. */
export function nextStep({ run_id, error_code }: Pick<Summary, 'run_id' | 'error_code'>): readonly [string, string] {
  switch (error_code) {
    case 'canary_failed':
      return ['undo', `contact-sync undo ${run_id}`];
    case 'too_many_refused':
      return ['continue', `contact-sync resume ${run_id} --max-failures N%`];
    default:
      return ['continue', `contact-sync resume ${run_id}`];
  }
}
