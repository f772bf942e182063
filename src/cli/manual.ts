import { OPTIONS, type OptionName, type OptionSpec } from './settings/options.js';

interface CommandManual {
  /** Behind the command's name, as yargs writes it. */
  args: string;
  describe: string;
  /** Command line without `contact-sync`, and what it does. */
  examples: readonly (readonly [string, string])[];
}

export const COMMANDS = {
  sync: {
    args: ' [csv]',
    describe: 'Plan, then apply: makes every contact as the CSV says',
    examples: [
      ['sync edits.csv', 'apply the edits'],
      ['sync edits.csv --dry-run', 'show what would change, field by field'],
      ['sync - --map "Job Title=title" < edits.csv', 'from standard input, with a column renamed'],
      ['sync --job jobs/nightly.json', 'with the settings of a job file'],
    ],
  },
  plan: {
    args: ' [csv]',
    describe: 'The plan alone: what would change, and how many calls it takes',
    examples: [
      ['plan edits.csv', 'show what would change'],
      ['plan edits.csv --exit-code', 'exit 10 if there are changes'],
    ],
  },
  apply: {
    args: ' <run>',
    describe: 'Apply a plan made earlier; contacts that changed since are conflicts',
    examples: [
      ['apply latest', 'apply the newest plan'],
      ['apply latest --max-changes 500', 'apply a plan that a guard refused, with another limit'],
    ],
  },
  resume: {
    args: ' <run>',
    describe: 'Continue after a crash, a signal or an outage',
    examples: [['resume latest', 'continue the newest run']],
  },
  retry: {
    args: ' <run>',
    describe: 'Try again, only the rows that were not applied',
    examples: [['retry latest', 'plan and apply the rows of rejected.csv again']],
  },
  undo: {
    args: ' <run>',
    describe: 'Put back what a run wrote, where the contact still holds it',
    examples: [
      ['undo latest --dry-run', 'show what would be put back'],
      ['undo latest', 'put it back'],
    ],
  },
  export: {
    args: '',
    describe: 'All contacts as a CSV that sync takes back, or as NDJSON for --snapshot',
    examples: [
      ['export --out contacts.csv', 'write a file, to be edited and synced with --base'],
      ['export --out contacts.csv --force', 'overwrite the file if it exists'],
      ['export --filter "title contains VP"', 'some contacts, on standard output as CSV'],
      ['export --out contacts.ndjson', 'a contact a line, all of it, where the name ends in .ndjson or .jsonl'],
    ],
  },
  runs: {
    args: ' [action]',
    describe: 'The runs kept here, newest first; prune deletes old ones',
    examples: [
      ['runs', 'list them'],
      ['runs prune --keep 20', 'delete all but the newest 20 runs that wrote something'],
      ['runs prune --keep-days 90 --dry-run', 'show which runs would be deleted'],
    ],
  },
  check: {
    args: ' [csv]',
    describe: 'Validate the file offline: no key, no network',
    examples: [['check edits.csv', 'list every row that fails validation, with its line']],
  },
  sandbox: {
    args: '',
    describe: 'A local contacts API to rehearse against',
    examples: [
      ['sandbox', '1,000 seeded contacts on port 8787'],
      ['sandbox --contacts export.csv --rate-limit 100/m', 'your own contacts, and a rate limit'],
      ['sandbox --faults 503=5%,reset=1% --latency 50ms', 'an API on a bad day'],
    ],
  },
} as const satisfies Record<string, CommandManual>;

export type CommandName = keyof typeof COMMANDS;

/** The end of every help page. */
export const EPILOGUE = `Settings: a flag, else CONTACT_SYNC_… in the environment or .env, else the job file, else the default.
The API key comes only from CONTACT_SYNC_API_KEY, or the file that CONTACT_SYNC_API_KEY_FILE names.

Exit codes:
  0  every row is updated or unchanged (or planned)
  1  a fault of the tool itself
  2  usage, settings, input file or target: nothing was sent
  3  finished, but some rows were not applied: see rejected.csv
  4  stopped cleanly before the end: resume continues
  5  a guard refused the plan: nothing was sent
  6  another run holds the lock
  7  the API refuses the key
 10  plan --exit-code only: there are changes`;

/** What yargs is told of a flag. */
type Flag = Pick<OptionSpec, 'type' | 'describe'> & {
  group?: string;
  defaultDescription?: string;
  default?: string;
  hidden?: boolean;
};

const CSV_FLAGS: readonly OptionName[] = [
  ...(['map', 'ignoreUnknownColumns', 'delimiter', 'empty', 'nullToken', 'idFormat'] as const),
];
const PLAN_FLAGS: readonly OptionName[] = [
  ...(['base', 'duplicates', 'skipEquivalent', 'reads', 'snapshot', 'mirror', 'mirrorMaxAge'] as const),
];
const ROW_GUARDS: readonly OptionName[] = ['lint', 'allowOptIn'];
const PLAN_GUARDS: readonly OptionName[] = ['maxChanges', 'maxClears', 'strict'];
const BUDGET_FLAGS: readonly OptionName[] = [
  ...(['rate', 'reserve', 'maxRequests', 'maxDuration', 'stopAt', 'outageLimit', 'concurrency'] as const),
];
const API_FLAGS: readonly OptionName[] = ['baseUrl', 'apiPrefix', 'retries', 'timeout', ...BUDGET_FLAGS];
const OUTPUT_FLAGS: readonly OptionName[] = ['json', 'logLevel', 'progress'];
const RUN_FLAGS: readonly OptionName[] = ['runsDir', ...OUTPUT_FLAGS];
const APPLY_FLAGS: readonly OptionName[] = ['planMaxAge', 'waitLock', ...RUN_FLAGS];

const FLAGS: Record<Exclude<CommandName, 'sandbox'>, readonly OptionName[]> = {
  sync: [...CSV_FLAGS, 'dryRun', ...PLAN_FLAGS, ...ROW_GUARDS, ...PLAN_GUARDS, ...API_FLAGS, ...APPLY_FLAGS],
  plan: [...CSV_FLAGS, 'exitCode', ...PLAN_FLAGS, ...ROW_GUARDS, ...PLAN_GUARDS, ...API_FLAGS, ...RUN_FLAGS],
  apply: ['reads', ...PLAN_GUARDS, ...API_FLAGS, ...APPLY_FLAGS],
  resume: ['reads', 'mirror', 'mirrorMaxAge', ...API_FLAGS, ...APPLY_FLAGS],
  retry: ['reads', 'mirror', 'mirrorMaxAge', ...API_FLAGS, ...APPLY_FLAGS],
  undo: ['dryRun', 'reads', ...PLAN_GUARDS, ...API_FLAGS, ...APPLY_FLAGS],
  export: ['out', 'force', 'filter', ...API_FLAGS, 'runsDir', 'logLevel', 'progress'],
  runs: ['keep', 'keepDays', 'dryRun', 'runsDir', 'json'],
  check: [...CSV_FLAGS, 'duplicates', 'lint', 'json'],
};

/** What the word behind a command's name is. */
export function positionalOf(command: CommandName): { name: string; describe: string; optional?: true } | undefined {
  const { args } = COMMANDS[command];
  if (args === ' [csv]') return { name: 'csv', describe: 'The CSV, or - for standard input' };
  if (args === ' <run>') return { name: 'run', describe: "The run's id or folder, or latest" };
  if (args === ' [action]') {
    return { name: 'action', describe: 'prune deletes old runs; without it, runs are listed', optional: true };
  }
  return undefined;
}

const JOB_FLAG: Flag = {
  type: 'string',
  group: 'The run:',
  describe: 'A JSON file of settings, such as jobs/nightly.json',
};

const SANDBOX_FLAGS: Record<string, Flag> = {
  host: { type: 'string', describe: 'Address to listen at', default: '127.0.0.1' },
  port: { type: 'string', describe: 'Port to listen at; 0 takes a free one', default: '8787' },
  contacts: {
    type: 'string',
    describe: 'How many seeded contacts, or a CSV or NDJSON file of contacts',
    default: '1000',
  },
  seed: { type: 'string', describe: 'Decides the seeded contacts and where faults strike', default: '1' },
  rateLimit: { type: 'string', describe: 'Requests in a sliding window, such as 100/m or 1000/h' },
  latency: { type: 'string', describe: 'How long each answer takes, such as 50ms' },
  faults: {
    type: 'string',
    describe:
      'Shares of requests that go wrong, such as 503=5%,reset=1%: 500 502 503 504 429 429-bare html-502 reset reset-after reset-late hang hang-after cut not-json',
  },
};

/** The flags of a command, by option name. */
export function optionsOf(command: CommandName): Record<string, Flag> {
  if (command === 'sandbox') return SANDBOX_FLAGS;
  // Whoever looks at a file first may swap the verb and keep the flags.
  const idle =
    command === 'plan' || command === 'check' ? FLAGS.sync.filter((name) => !FLAGS[command].includes(name)) : [];
  const flags = [...FLAGS[command], ...idle].map((name): [string, Flag] => {
    const { type, group, describe, default: standard }: OptionSpec = OPTIONS[name];
    // Defaults are applied once, in the settings: yargs only tells them.
    const told = standard === undefined || standard === false ? {} : { defaultDescription: String(standard) };
    return [name, { type, group, describe, ...told, ...(idle.includes(name) ? { hidden: true } : {}) }];
  });
  return { ...Object.fromEntries(flags), job: JOB_FLAG };
}
