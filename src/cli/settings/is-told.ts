import type { Settings } from './schemas.js';

/** Whether anything but errors goes to standard error: what runs every night must not send mail when all is well. */
export function isTold({ quiet, progress }: Pick<Settings, 'quiet' | 'progress'>): boolean {
  return progress && !quiet;
}
