import type { Status } from '../model/problem.js';

/** What a status is called in a report, and what it means there. */
export const STATUS_TEXTS: Readonly<Record<Status, { title: string; meaning: string }>> = {
  updated: { title: 'Updated', meaning: 'sent, accepted and verified' },
  unchanged: { title: 'Unchanged', meaning: 'already up to date' },
  planned: { title: 'Planned', meaning: 'not sent yet' },
  invalid: { title: 'Invalid', meaning: 'failed validation' },
  not_found: { title: 'Not found', meaning: 'no such contact' },
  conflict: { title: 'Conflict', meaning: 'the contact is not as expected' },
  held: { title: 'Held', meaning: 'held back by a guard' },
  failed: { title: 'Failed', meaning: 'refused by the API, or kept failing' },
  unknown: { title: 'Unknown', meaning: 'sent but never answered' },
};
