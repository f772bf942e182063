import { z } from 'zod';
import { READ_WAYS } from '../current/reader.js';
import { CONTACT_FIELDS } from '../edit/fields.js';
import { DELIMITERS, type Delimiter } from '../input/sniff.js';
import { LOG_LEVELS } from '../run/log.js';
import { choice, duration, flag, httpUrl, list, whole, words } from './kinds.js';

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

const skipEquivalent = list.transform((names, ctx): ReadonlySet<string> => {
  if (names.length === 0 || names.includes('all')) return new Set(FORM_FIELDS);
  if (names.length === 1 && names[0] === 'none') return new Set();
  const wrong = names.find((name) => !FORM_FIELDS.includes(name));
  if (wrong !== undefined) {
    ctx.addIssue({ code: 'custom', message: `expected fields among ${FORM_FIELDS.join(',')}, got "${wrong}"` });
    return z.NEVER;
  }
  return new Set(names);
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
    describe: 'Pass over columns that are no field, instead of stopping',
  },
  delimiter: {
    ...{ group: CSV, type: 'string', schema: delimiter, default: 'auto' },
    describe: 'auto, comma, semicolon or tab',
  },
  empty: {
    ...{ group: CSV, type: 'string', schema: choice(['leave', 'clear']), default: 'leave' },
    describe: 'What an empty cell does to its field: leave or clear',
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
    describe: 'How current values are read: ids (500 a call), list (all), get (one a call), auto (fewest calls)',
  },
  exitCode: {
    ...{ group: PLAN, type: 'boolean', schema: flag, default: false },
    describe: 'Exit 10 if there are changes',
  },
  dryRun: {
    ...{ group: PLAN, type: 'boolean', schema: flag, default: false },
    describe: 'Stop after the plan: nothing is sent',
  },
  baseUrl: {
    ...{ group: API, type: 'string', schema: httpUrl, default: 'https://api.monaco.com' },
    describe: 'Where the API is',
  },
  apiPrefix: {
    ...{ group: API, type: 'string', schema: pathPrefix, default: '/v1/preview' },
    describe: 'What stands before /contacts in its paths',
  },
  concurrency: {
    ...{ group: API, type: 'string', schema: whole(1, 100), default: '8' },
    describe: 'Requests in flight at a time, at most',
  },
  retries: {
    ...{ group: API, type: 'string', schema: whole(0, 50), default: '5' },
    describe: 'Tries after the first, for answers that may heal',
  },
  timeout: {
    ...{ group: API, type: 'string', schema: duration, default: '30s' },
    describe: 'How long to wait for an answer',
  },
  runsDir: {
    ...{ group: RUN, type: 'string', schema: words, default: 'runs', isPath: true },
    describe: 'Where the folders of runs are kept',
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
