import { FORM_FIELDS } from '../../core/contacts/form-fields.js';
import type { OptionSpec } from './option-spec.js';
import { OUTPUT_OPTIONS, REPORTING_OPTIONS, RUN_GROUP, WRITING_OPTIONS } from './run-options.js';

const CSV = 'CSV input:';
const PLAN = 'Planning:';
const API = 'API:';
export const GUARD_GROUP = 'Guards, checked before the first write:';
const BUDGET = 'Request budget:';

/**
 * Every setting, its kind, meaning and default: the help, the variables and the job file are read off this table. What
 * each takes is in `schemas.ts`, which `--help` does not load.
 */
export const OPTIONS = {
  key: {
    ...{ group: CSV, type: 'string', value: 'columns', default: 'contact_id' },
    describe:
      'What rows name their contacts by: contact_id, email, linkedin_url or a custom field; or several in order, such as contact_id,email',
  },
  map: {
    ...{ group: CSV, type: 'array', value: 'column=field' },
    describe: 'Map a column to a field: "Job Title=title" (repeatable)',
  },
  ignoreUnknownColumns: {
    ...{ group: CSV, type: 'boolean', default: false },
    describe: 'Skip unknown columns instead of stopping',
  },
  ignoreColumn: {
    ...{ group: CSV, type: 'array', value: 'name' },
    describe: 'Skip this column, whatever it is called (repeatable)',
  },
  delimiter: {
    ...{ group: CSV, type: 'string', value: 'auto|comma|semicolon|tab|pipe', default: 'auto' },
    describe: 'Delimiter: auto, comma, semicolon, tab or pipe',
  },
  skipLines: {
    ...{ group: CSV, type: 'string', value: 'n', default: '0' },
    describe: 'Lines to skip above the header, such as titles',
  },
  shortRows: {
    ...{ group: CSV, type: 'string', value: 'refuse|empty', default: 'refuse' },
    describe: 'Rows with fewer cells than the header: refuse them, or take the missing cells as empty',
  },
  empty: {
    ...{ group: CSV, type: 'string', value: 'leave|clear' },
    describe: 'Leave or clear the field of an empty cell (default: leave; with --base, clear if the cell was emptied)',
  },
  nullToken: {
    ...{ group: CSV, type: 'string', value: 'text', default: '<clear>' },
    describe: 'Cell text that clears a field',
  },
  idFormat: {
    ...{ group: CSV, type: 'string', value: 'uuid|any', default: 'uuid' },
    describe: 'Contact ids to accept: uuid or any',
  },
  rule: {
    ...{ group: PLAN, type: 'array', value: 'field=rule', inJobs: 'rules' },
    describe:
      'What edits may do to a field: "notes=append"; overwrite, fill (only where it has no value), append or ignore (repeatable)',
  },
  skipEquivalent: {
    ...{ group: PLAN, type: 'string', value: 'fields', default: 'none' },
    describe: `Skip values that differ only in format: all (the default without a value), none, or some of ${FORM_FIELDS.join(',')}`,
  },
  exact: {
    ...{ group: PLAN, type: 'boolean', default: false },
    describe: 'Let blanks around live values count as differences, to clean them up',
  },
  reads: {
    ...{ group: PLAN, type: 'string', value: 'auto|ids|list|get|snapshot', default: 'auto' },
    describe:
      'How to read current values: ids (500 per call), list (all contacts), get (one per call), snapshot, or auto (fewest calls)',
  },
  snapshot: {
    ...{ group: PLAN, type: 'string', value: 'file', isPath: true },
    describe: 'Plan from this export (a file, or latest-export) instead of reading contacts',
  },
  mirror: {
    ...{ group: PLAN, type: 'boolean', default: false },
    describe: 'Keep a local copy of all contacts and fetch only what changed',
  },
  mirrorMaxAge: {
    ...{ group: PLAN, type: 'string', value: 'duration', default: '7d' },
    describe: 'Rebuild the mirror when it is older than this',
  },
  duplicates: {
    ...{ group: PLAN, type: 'string', value: 'allow|error|last', default: 'allow' },
    describe: 'Several rows for one contact: allow (apply in file order), error, or last (apply the last row)',
  },
  base: {
    ...{ group: PLAN, type: 'string', value: 'file', isPath: true },
    describe: 'Export that the CSV was made from; a cell equal to it is not an edit',
  },
  lint: {
    ...{ group: GUARD_GROUP, type: 'string', value: 'hold|warn|off', default: 'hold' },
    describe: 'Values damaged by a spreadsheet: hold the row, warn and send it, or off',
  },
  allowOptIn: {
    ...{ group: GUARD_GROUP, type: 'boolean', default: false },
    describe: 'Allow do_not_contact to change from true to false',
  },
  maxChanges: {
    ...{ group: GUARD_GROUP, type: 'string', value: 'n|n%' },
    describe: 'Send nothing if more rows would change: a number, or a share of the rows such as 10%',
  },
  maxClears: {
    ...{ group: GUARD_GROUP, type: 'string', value: 'n|n%' },
    describe: 'Send nothing if more values would be cleared: a number, or a share of the rows such as 1%',
  },
  strict: {
    ...{ group: GUARD_GROUP, type: 'boolean' },
    describe: 'Send nothing unless every row is planned or unchanged',
  },
  ...WRITING_OPTIONS,
  exitCode: {
    ...{ group: RUN_GROUP, type: 'boolean', default: false },
    describe: 'Exit with 10 if there are changes',
  },
  dryRun: {
    ...{ group: RUN_GROUP, type: 'boolean', default: false },
    describe: 'Show what would be done, without sending or deleting anything',
  },
  baseUrl: {
    ...{ group: API, type: 'string', value: 'url', default: 'https://api.monaco.com' },
    describe: 'Base URL of the API',
  },
  organisation: {
    ...{ group: API, type: 'string', value: 'id|name' },
    describe: 'Refuse to run unless the API key belongs to the organisation with this id or name',
  },
  allowHttp: {
    ...{ group: API, type: 'boolean', default: false },
    describe: 'Allow plain http to another machine: the key and all contacts are readable on the way',
  },
  trustEnvFile: {
    ...{ group: API, type: 'boolean', default: false, notInFiles: true },
    describe: 'Let .env and a job file in the working folder name the API, the key file, outputs and weaker guards',
  },
  apiPrefix: {
    ...{ group: API, type: 'string', value: 'path', default: '/v1/preview' },
    describe: 'Path prefix of the contacts endpoints',
  },
  rate: {
    ...{ group: BUDGET, type: 'string', value: 'rate', default: '1000/h' },
    describe: 'Rate limit to assume until the API reports one: 1000/h, 100/m, or none',
  },
  reserve: {
    ...{ group: BUDGET, type: 'string', value: 'n|n%' },
    describe: 'Requests to leave to other integrations: a number, or a share of the rate limit such as 20%',
  },
  maxRequests: {
    ...{ group: BUDGET, type: 'string', value: 'n' },
    describe: 'Stop cleanly after this many requests (exit 4)',
  },
  maxDuration: {
    ...{ group: BUDGET, type: 'string', value: 'duration' },
    describe: 'Stop cleanly within this time, such as 3h (exit 4)',
  },
  stopAt: {
    ...{ group: BUDGET, type: 'string', value: 'time' },
    describe: 'Stop cleanly by this local time, such as 05:00 (exit 4)',
  },
  outageLimit: {
    ...{ group: BUDGET, type: 'string', value: 'duration', default: '10m' },
    describe: 'Stop cleanly when the API has not answered for this long (exit 4)',
  },
  concurrency: {
    ...{ group: BUDGET, type: 'string', value: 'n', default: '8' },
    describe: 'Maximum requests in flight; fewer while the API is slow',
  },
  retries: {
    ...{ group: API, type: 'string', value: 'n', default: '5' },
    describe: 'Retries for transient errors',
  },
  timeout: {
    ...{ group: API, type: 'string', value: 'duration', default: '30s' },
    describe: 'Timeout of each request',
  },
  runsDir: {
    ...{ group: RUN_GROUP, type: 'string', value: 'folder', default: 'runs', isPath: true },
    describe: 'Folder of the runs',
  },
  lockDir: {
    ...{ group: RUN_GROUP, type: 'string', value: 'folder', isPath: true },
    describe: 'Folder of the locks, and of what this machine remembers of keys (default: ~/.contact-sync)',
  },
  sharedRunsDir: {
    ...{ group: RUN_GROUP, type: 'boolean', default: false, notInFiles: true },
    describe: 'Use a folder of runs that is a link, belongs to another user, or can be written by others',
  },
  out: {
    ...{ group: RUN_GROUP, type: 'string', value: 'file', isPath: true },
    describe:
      "Output file; export writes NDJSON to a name in .ndjson or .jsonl (default: standard output, or report.html in the run's folder)",
  },
  force: { group: RUN_GROUP, type: 'boolean', default: false, describe: 'Overwrite an existing file' },
  formulas: {
    ...{ group: RUN_GROUP, type: 'string', value: 'keep|quote|drop', default: 'quote' },
    describe: "Cells that a spreadsheet would run: keep them, quote them with ' (sync takes it off), or drop them",
  },
  filter: {
    ...{ group: API, type: 'array', value: 'condition' },
    describe: 'Export only matching contacts: "title contains VP" (repeatable; all must match)',
  },
  ...REPORTING_OPTIONS,
  keep: {
    ...{ group: RUN_GROUP, type: 'string', value: 'n' },
    describe: 'Keep this many of the newest runs that wrote something (prune)',
  },
  keepDays: {
    ...{ group: RUN_GROUP, type: 'string', value: 'n' },
    describe: 'Keep the runs of this many days (prune)',
  },
  yes: {
    ...{ group: RUN_GROUP, type: 'boolean', default: false },
    describe: 'Send without asking; off a terminal nothing asks',
  },
  ...OUTPUT_OPTIONS,
} as const satisfies Record<string, OptionSpec>;

export type OptionName = keyof typeof OPTIONS;

/** `ignoreUnknownColumns` to `ignore-unknown-columns`, as flags and job files have it. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** What a job file calls a setting. */
export function jobName(name: OptionName): string {
  const { inJobs }: OptionSpec = OPTIONS[name];
  return inJobs ?? kebab(name);
}

/** `ignoreUnknownColumns` to `CONTACT_SYNC_IGNORE_UNKNOWN_COLUMNS`. */
export function envName(name: string): string {
  return `CONTACT_SYNC_${kebab(name).replaceAll('-', '_').toUpperCase()}`;
}
