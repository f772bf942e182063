import type { Status } from '../model/problem.js';

/** What a status is called in a report, and what it means there. */
export const STATUS_TEXTS: Readonly<Record<Status, { name: string; meaning: string }>> = {
  updated: { name: 'Updated', meaning: 'sent, accepted and verified' },
  unchanged: { name: 'Unchanged', meaning: 'already up to date' },
  planned: { name: 'Planned', meaning: 'not sent yet' },
  invalid: { name: 'Invalid', meaning: 'failed validation' },
  not_found: { name: 'Not found', meaning: 'no such contact' },
  conflict: { name: 'Conflict', meaning: 'the contact is not as expected' },
  held: { name: 'Held', meaning: 'held back by a guard' },
  failed: { name: 'Failed', meaning: 'refused by the API, or kept failing' },
  unknown: { name: 'Unknown', meaning: 'sent but never answered' },
};
