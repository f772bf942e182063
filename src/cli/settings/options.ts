import { z } from 'zod';
import { CONTACT_FIELDS } from '../../core/contacts/fields.js';
import { LINT_MODES } from '../../core/contacts/lint.js';
import { DUPLICATE_MODES } from '../../core/input/last-rows.js';
import { DELIMITERS, type Delimiter } from '../../core/input/sniff.js';
import { LOG_LEVELS } from './log-levels.js';
import { choice, duration, flag, httpUrl, limit, list, rate, timeOfDay, whole, words } from './kinds.js';
import { READ_WAYS } from '../../core/model/read-choice.js';

/** One setting: a flag, a variable `CONTACT_SYNC_…`, and a key of a job file. */
export interface OptionSpec {
  group: string;
  describe: string;
  /** How yargs takes it from the command line. */
  type: 'string' | 'boolean' | 'array';
  /** Checks and converts the text, wherever it comes from. */
  schema: z.ZodType;
  /** As a person would write it; undefined: not set. */
  default?: string | boolean;
  /** A path: relative to the job file where that is where it stands. */
  isPath?: true;
}

const CSV = 'Reading the CSV:';
const PLAN = 'Planning:';
const API = 'The API:';
const GUARD = 'Guards, before the first write:';
const BUDGET = 'The budget:';
const RUN = 'The run:';

/** Fields that can differ in form alone. */
const FORM_FIELDS = CONTACT_FIELDS.filter((field) => 'sameForm' in field.type).map((field) => field.key);

const delimiter = z.string('expected auto, comma, semicolon or tab').transform((text, ctx): Delimiter | undefined => {
  if (text === 'auto') return undefined;
  const named = DELIMITERS[text as keyof typeof DELIMITERS] ?? (text === '\\t' ? '\t' : text);
  const found = Object.values(DELIMITERS).find((value) => value === named);
  if (found === undefined) {
    ctx.addIssue({ code: 'custom', message: `expected auto, comma, semicolon or tab, got "${text}"` });
    return z.NEVER;
  }
  return found;
});

const skipEquivalent = list.transform((names, ctx): readonly string[] => {
  if (names.length === 0 || names.includes('all')) return FORM_FIELDS;
  if (names.length === 1 && names[0] === 'none') return [];
  const wrong = names.find((name) => !FORM_FIELDS.includes(name));
  if (wrong !== undefined) {
    ctx.addIssue({ code: 'custom', message: `expected fields among ${FORM_FIELDS.join(',')}, got "${wrong}"` });
    return z.NEVER;
  }
  return names;
});

const pathPrefix = z
  .string('expected a path such as /v1/preview')
  .regex(/^(\/[\w.-]+)*$/, 'expected a path such as /v1/preview, without a slash at the end');

/** Every setting, its kind, meaning and default: the help, the variables and the job file are read off this table. */
export const OPTIONS = {
  map: {
    ...{ group: CSV, type: 'array', schema: list },
    describe: 'Name a column\'s field: "Job Title=title" (may be repeated)',
  },
  ignoreUnknownColumns: {
    ...{ group: CSV, type: 'boolean', schema: flag, default: false },
    describe: 'Skip columns that are not a field, instead of stopping',
  },
  delimiter: {
    ...{ group: CSV, type: 'string', schema: delimiter, default: 'auto' },
    describe: 'auto, comma, semicolon or tab',
  },
  empty: {
    ...{ group: CSV, type: 'string', schema: choice(['leave', 'clear']).optional() },
    describe: 'What an empty cell does: leave its field (the default) or clear it; with --base, an emptied cell clears',
  },
  nullToken: {
    ...{ group: CSV, type: 'string', schema: words, default: '<clear>' },
    describe: 'The cell that clears its field',
  },
  idFormat: {
    ...{ group: CSV, type: 'string', schema: choice(['uuid', 'any']), default: 'uuid' },
    describe: 'What a contact id must be: uuid or any',
  },
  skipEquivalent: {
    ...{ group: PLAN, type: 'string', schema: skipEquivalent, default: 'none' },
    describe: `Leave values alone that differ only in form; for all of, or some of ${FORM_FIELDS.join(',')}`,
  },
  reads: {
    ...{ group: PLAN, type: 'string', schema: choice(['auto', ...READ_WAYS]), default: 'auto' },
    describe:
      'How current values are read: ids (500 a call), list (all), get (one a call), snapshot, auto (fewest calls)',
  },
  snapshot: {
    ...{ group: PLAN, type: 'string', schema: words.optional(), isPath: true },
    describe: 'Plan without reading: from a CSV or NDJSON as export writes, or latest-export',
  },
  mirror: {
    ...{ group: PLAN, type: 'boolean', schema: flag, default: false },
    describe: 'Keep all contacts in a store beside the runs, refreshed by what changed',
  },
  mirrorMaxAge: {
    ...{ group: PLAN, type: 'string', schema: duration, default: '7d' },
    describe: 'Rebuild the mirror when it is older',
  },
  duplicates: {
    ...{ group: PLAN, type: 'string', schema: choice(DUPLICATE_MODES), default: 'allow' },
    describe: 'Several rows for one contact: allow (in file order), error, or last (the last row counts)',
  },
  base: {
    ...{ group: PLAN, type: 'string', schema: words.optional(), isPath: true },
    describe: 'The export that the file was made from: a cell that equals it is not an edit',
  },
  lint: {
    ...{ group: GUARD, type: 'string', schema: choice(LINT_MODES), default: 'hold' },
    describe: 'Values that a spreadsheet damaged: hold them back, warn and send, or off',
  },
  allowOptIn: {
    ...{ group: GUARD, type: 'boolean', schema: flag, default: false },
    describe: 'Let do_not_contact go from true to false',
  },
  maxChanges: {
    ...{ group: GUARD, type: 'string', schema: limit.optional() },
    describe: 'Send nothing if more rows than this would change: a number, or a share of the rows such as 10%',
  },
  maxClears: {
    ...{ group: GUARD, type: 'string', schema: limit.optional() },
    describe: 'Send nothing if more values than this would be cleared: a number, or a share of the rows',
  },
  strict: {
    ...{ group: GUARD, type: 'boolean', schema: flag.optional() },
    describe: 'Send nothing unless every row is planned or unchanged',
  },
  exitCode: {
    ...{ group: PLAN, type: 'boolean', schema: flag, default: false },
    describe: 'Exit 10 if there are changes',
  },
  dryRun: {
    ...{ group: RUN, type: 'boolean', schema: flag, default: false },
    describe: 'Show what would be done: nothing is sent or deleted',
  },
  baseUrl: {
    ...{ group: API, type: 'string', schema: httpUrl, default: 'https://api.monaco.com' },
    describe: 'Where the API is',
  },
  apiPrefix: {
    ...{ group: API, type: 'string', schema: pathPrefix, default: '/v1/preview' },
    describe: 'What stands before /contacts in its paths',
  },
  rate: {
    ...{ group: BUDGET, type: 'string', schema: rate, default: '1000/h' },
    describe: 'Rate limit to assume until the API reports one: 1000/h, 100/m, or none for no limit of our own',
  },
  reserve: {
    ...{ group: BUDGET, type: 'string', schema: limit.optional() },
    describe:
      'Calls of the allowance that are left to other integrations: a number, or a share such as 20%; none, or what the run left',
  },
  maxRequests: {
    ...{ group: BUDGET, type: 'string', schema: whole(1, 100_000_000).optional() },
    describe: 'Stop cleanly after this many requests (exit 4)',
  },
  maxDuration: {
    ...{ group: BUDGET, type: 'string', schema: duration.optional() },
    describe: 'Stop cleanly within this time, such as 3h (exit 4)',
  },
  stopAt: {
    ...{ group: BUDGET, type: 'string', schema: timeOfDay.optional() },
    describe: 'Stop cleanly by this local time, such as 05:00 (exit 4)',
  },
  outageLimit: {
    ...{ group: BUDGET, type: 'string', schema: duration, default: '10m' },
    describe: 'Stop cleanly when the API has not answered for this long (exit 4)',
  },
  concurrency: {
    ...{ group: BUDGET, type: 'string', schema: whole(1, 100), default: '8' },
    describe: 'Calls in flight at a time, at most; fewer where the API slows down',
  },
  retries: {
    ...{ group: API, type: 'string', schema: whole(0, 50), default: '5' },
    describe: 'Retries for transient errors',
  },
  timeout: {
    ...{ group: API, type: 'string', schema: duration, default: '30s' },
    describe: 'How long to wait for an answer',
  },
  planMaxAge: {
    ...{ group: RUN, type: 'string', schema: duration, default: '15m' },
    describe: 'Read values again before writing over them, if they were read longer ago than this',
  },
  waitLock: {
    ...{ group: RUN, type: 'string', schema: duration.optional() },
    describe: 'Wait this long for another run to end, instead of exiting 6',
  },
  runsDir: {
    ...{ group: RUN, type: 'string', schema: words, default: 'runs', isPath: true },
    describe: 'Where the folders of runs are kept',
  },
  out: {
    ...{ group: RUN, type: 'string', schema: words.optional(), isPath: true },
    describe:
      'The file to write, NDJSON where its name ends in .ndjson or .jsonl, else CSV; by default standard output',
  },
  force: {
    ...{ group: RUN, type: 'boolean', schema: flag, default: false },
    describe: 'Overwrite an existing file',
  },
  filter: {
    ...{ group: API, type: 'array', schema: list },
    describe: 'Only contacts such as "title contains VP": field, condition, value (may be repeated)',
  },
  keep: {
    ...{ group: RUN, type: 'string', schema: whole(0, 1_000_000).optional() },
    describe: 'prune: keep this many of the newest runs that wrote something',
  },
  keepDays: {
    ...{ group: RUN, type: 'string', schema: whole(0, 100_000).optional() },
    describe: 'prune: keep the runs of this many days',
  },
  json: {
    ...{ group: RUN, type: 'boolean', schema: flag, default: false },
    describe: 'Print the summary as JSON, and nothing else, on standard output',
  },
  logLevel: {
    ...{ group: RUN, type: 'string', schema: choice(LOG_LEVELS), default: 'warn' },
    describe: `What the log tells on standard error: ${LOG_LEVELS.join(', ')}`,
  },
  progress: {
    ...{ group: RUN, type: 'boolean', schema: flag, default: true },
    describe: 'Show progress on standard error; --no-progress does not',
  },
} as const satisfies Record<string, OptionSpec>;

export type OptionName = keyof typeof OPTIONS;

/** Every setting, checked and converted. */
export type Settings = { [K in OptionName]: z.output<(typeof OPTIONS)[K]['schema']> };

/** `ignoreUnknownColumns` to `ignore-unknown-columns`, as flags and job files have it. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `ignoreUnknownColumns` to `CONTACT_SYNC_IGNORE_UNKNOWN_COLUMNS`. */
export function envName(name: string): string {
  return `CONTACT_SYNC_${kebab(name).replaceAll('-', '_').toUpperCase()}`;
}
