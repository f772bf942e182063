import { OPTIONS, RUN_GROUP, type OptionName, type OptionSpec } from './settings/options.js';

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
    describe: 'Plan the edits of a CSV, then apply them',
    examples: [
      ['sync edits.csv', 'apply the edits'],
      ['sync edits.csv --dry-run', 'show what would change, field by field'],
      ['sync - --map "Job Title=title" < edits.csv', 'read standard input, rename a column'],
      ['sync --job jobs/nightly.json', 'take the settings from a job file'],
    ],
  },
  plan: {
    args: ' [csv]',
    describe: 'Show what would change and how many calls it takes',
    examples: [
      ['plan edits.csv', 'show what would change'],
      ['plan edits.csv --exit-code', 'exit with 10 if there are changes'],
    ],
  },
  check: {
    args: ' [csv]',
    describe: 'Validate a CSV offline, without a key or network',
    examples: [['check edits.csv', 'list each invalid row with its line']],
  },
  apply: {
    args: ' <run>',
    describe: 'Apply a plan made earlier',
    examples: [
      ['apply latest', 'apply the newest plan'],
      ['apply latest --max-changes 500', 'raise the limit that refused a plan'],
    ],
  },
  resume: {
    args: ' <run>',
    describe: 'Continue a run after a crash, a signal, a limit or an outage',
    examples: [['resume latest', 'continue the newest run']],
  },
  retry: {
    args: ' <run>',
    describe: 'Plan and apply again only the rows that were not applied',
    examples: [['retry latest', 'retry the rows in rejected.csv']],
  },
  undo: {
    args: ' <run>',
    describe: 'Restore the values that a run overwrote',
    examples: [
      ['undo latest --dry-run', 'show what would be restored'],
      ['undo latest', 'undo the newest run that sent something'],
    ],
  },
  export: {
    args: '',
    describe: 'Export contacts as CSV, to edit and sync back, or as NDJSON',
    examples: [
      ['export --out contacts.csv', 'write a file to edit and sync with --base'],
      ['export --out contacts.csv --force', 'overwrite the file if it exists'],
      ['export --filter "title contains VP"', 'write some contacts to standard output'],
      ['export --out contacts.ndjson', 'write NDJSON, one contact per line'],
    ],
  },
  runs: {
    args: ' [action]',
    describe: 'List runs, newest first, or delete old ones (prune)',
    examples: [
      ['runs', 'list the runs'],
      ['runs prune --keep 20', 'keep the newest 20 runs that wrote something'],
      ['runs prune --keep-days 90 --dry-run', 'show which runs would be deleted'],
    ],
  },
  sandbox: {
    args: '',
    describe: 'Start a local contacts API to rehearse against',
    examples: [
      ['sandbox', '1,000 generated contacts on port 8787'],
      ['sandbox --contacts contacts.csv --rate-limit 100/m', 'your own contacts and a rate limit'],
      ['sandbox --faults 503=5%,reset=1% --latency 50ms', 'a slow and unreliable API'],
    ],
  },
} as const satisfies Record<string, CommandManual>;

export type CommandName = keyof typeof COMMANDS;

/** The end of the overview. */
export const EPILOGUE = `Settings, first match wins: flag, CONTACT_SYNC_… in the environment, .env, job file, default.
The API key comes only from CONTACT_SYNC_API_KEY or the file named by CONTACT_SYNC_API_KEY_FILE.

Exit codes:
  0  every row is updated or unchanged (or planned)
  1  internal error
  2  invalid usage, settings, input file or target: nothing was sent
  3  finished, but some rows were not applied: see rejected.csv
  4  stopped cleanly before the end: "resume" continues
  5  refused by a guard: nothing was sent
  6  another run holds the lock
  7  the API refuses the key, or there is none
 10  "plan --exit-code" only: there are changes`;

/** The end of a command's page. */
export const COMMAND_EPILOGUE = 'Run "contact-sync --help" for exit codes and where settings come from.';

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
const API_FLAGS: readonly OptionName[] = [
  ...(['baseUrl', 'allowHttp', 'trustEnvFile', 'apiPrefix', 'retries', 'timeout'] as const),
  ...BUDGET_FLAGS,
];
const OUTPUT_FLAGS: readonly OptionName[] = ['json', 'logLevel', 'progress'];
const RUN_FLAGS: readonly OptionName[] = ['runsDir', ...OUTPUT_FLAGS];
const APPLY_FLAGS: readonly OptionName[] = ['planMaxAge', 'waitLock', ...RUN_FLAGS];

const FLAGS: Record<Exclude<CommandName, 'sandbox'>, readonly OptionName[]> = {
  sync: [...CSV_FLAGS, ...PLAN_FLAGS, ...ROW_GUARDS, ...PLAN_GUARDS, ...API_FLAGS, 'dryRun', ...APPLY_FLAGS],
  plan: [...CSV_FLAGS, ...PLAN_FLAGS, ...ROW_GUARDS, ...PLAN_GUARDS, ...API_FLAGS, 'exitCode', ...RUN_FLAGS],
  apply: ['reads', ...PLAN_GUARDS, ...API_FLAGS, ...APPLY_FLAGS],
  resume: ['reads', 'mirror', 'mirrorMaxAge', ...API_FLAGS, ...APPLY_FLAGS],
  retry: ['reads', 'mirror', 'mirrorMaxAge', ...API_FLAGS, ...APPLY_FLAGS],
  undo: ['reads', ...PLAN_GUARDS, ...API_FLAGS, 'dryRun', ...APPLY_FLAGS],
  export: ['out', 'force', 'filter', ...API_FLAGS, 'runsDir', 'logLevel', 'progress'],
  runs: ['keep', 'keepDays', 'dryRun', 'runsDir', 'json', 'trustEnvFile'],
  check: [...CSV_FLAGS, 'duplicates', 'lint', 'json', 'trustEnvFile'],
};

/** The argument that a command takes. */
export function positionalOf(command: CommandName): { name: string; describe: string; optional?: true } | undefined {
  const { args } = COMMANDS[command];
  if (args === ' [csv]') return { name: 'csv', describe: 'CSV file, or - for standard input' };
  if (args === ' <run>') return { name: 'run', describe: 'Id or folder of a run, or latest' };
  if (args === ' [action]') {
    return { name: 'action', describe: 'prune: delete old runs', optional: true };
  }
  return undefined;
}

const JOB_FLAG: Flag = {
  type: 'string',
  group: RUN_GROUP,
  describe: 'JSON file of settings, such as jobs/nightly.json',
};

const SANDBOX_FLAGS: Record<string, Flag> = {
  host: { ...text('Address to listen on'), ...standard('127.0.0.1') },
  port: { ...text('Port to listen on; 0 picks a free one'), ...standard('8787') },
  contacts: {
    ...text('Number of contacts to generate, or a CSV or NDJSON file of contacts'),
    ...standard('1000'),
  },
  seed: { ...text('Seed of the generated contacts and of the faults'), ...standard('1') },
  rateLimit: text('Requests allowed in a sliding window, such as 100/m or 1000/h'),
  latency: text('Delay of each response, such as 50ms'),
  faults: text(
    'Share of requests that fail, such as 503=5%,patch:reset=1%: 500 502 503 504 429 429-bare html-502 not-json reset hang reset-after reset-late hang-after cut; of PATCHes alone: 403 409 422',
  ),
};

/** The flags of a command, by option name. */
export function optionsOf(command: CommandName): Record<string, Flag> {
  if (command === 'sandbox') return SANDBOX_FLAGS;
  // A command line stays valid when its verb is swapped: plan and check accept the flags of sync.
  const idle =
    command === 'plan' || command === 'check' ? FLAGS.sync.filter((name) => !FLAGS[command].includes(name)) : [];
  const flags = [...FLAGS[command], ...idle].map((name): [string, Flag] => {
    const { type, group, describe, default: value }: OptionSpec = OPTIONS[name];
    // Defaults are applied once, in the settings: yargs only shows them.
    const told = value === undefined || value === false ? {} : { defaultDescription: String(value) };
    return [name, { type, group, describe, ...told, ...(idle.includes(name) ? { hidden: true } : {}) }];
  });
  return { ...Object.fromEntries(flags), job: JOB_FLAG };
}

function text(describe: string): Flag {
  return { type: 'string', describe };
}

/** A default that the help shows without quotes. */
function standard(value: string): Pick<Flag, 'default' | 'defaultDescription'> {
  return { default: value, defaultDescription: value };
}
