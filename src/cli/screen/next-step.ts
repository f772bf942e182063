import type { Summary } from '../../core/run/summary.js';

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
