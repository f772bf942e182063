export const ABOUT =
  'Apply a CSV of contact edits to a CRM: plan first, send only what differs, verify every response.';

/** What a command exits with, and when. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'every row is updated or unchanged (or planned)'],
  [1, 'internal error'],
  [2, 'invalid usage, settings, input file or target: nothing was sent'],
  [3, 'finished, but some rows were not applied: see rejected.csv'],
  [4, 'stopped cleanly before the end: "resume" continues'],
  [5, 'refused by a guard: nothing was sent'],
  [6, 'another run holds the lock'],
  [7, 'the API refuses the key, or there is none'],
  [10, '"plan --exit-code" only: there are changes'],
];

export const SETTINGS_ORDER =
  'Settings, first match wins: flag, CONTACT_SYNC_… in the environment, .env, job file, default.';

/** The end of the overview. */
export const EPILOGUE = `${SETTINGS_ORDER}
The API key comes only from CONTACT_SYNC_API_KEY or the file named by CONTACT_SYNC_API_KEY_FILE.

Exit codes:
${EXIT_CODES.map(([code, meaning]) => `${String(code).padStart(3)}  ${meaning}`).join('\n')}`;
