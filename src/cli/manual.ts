import type { OptionName } from './settings/options.js';

interface CommandManual {
  /** Behind the command's name, as yargs writes it. */
  args: string;
  describe: string;
  /** The flags that most people need; `--help --all` lists the others too. */
  common: readonly OptionName[];
  /** Command line without `contact-sync`, and what it does. */
  examples: readonly (readonly [string, string])[];
}

export const COMMANDS = {
  sync: {
    args: ' [csv]',
    describe: 'Plan the edits of a CSV, then apply them',
    common: [
      'key',
      'dryRun',
      'base',
      'map',
      'ignoreUnknownColumns',
      'maxChanges',
      'maxClears',
      'strict',
      'reserve',
      'stopAt',
      'json',
    ],
    examples: [
      ['sync edits.csv', 'apply the edits'],
      ['sync edits.csv --key email', 'find contacts by their e-mail address'],
      ['sync edits.csv --dry-run', 'show what would change, field by field'],
      ['sync - --map "Job Title=title" < edits.csv', 'read standard input, rename a column'],
      ['sync --job jobs/nightly-sync.json', 'take the settings from a job file'],
    ],
  },
  plan: {
    args: ' [csv]',
    describe: 'Show what would change and how many calls it takes',
    common: [
      'key',
      'base',
      'map',
      'ignoreUnknownColumns',
      'empty',
      'maxChanges',
      'maxClears',
      'strict',
      'exitCode',
      'values',
      'json',
    ],
    examples: [
      ['plan edits.csv', 'show what would change'],
      ['plan edits.csv --exit-code', 'exit with 10 if there are changes'],
      ['plan edits.csv --no-values', 'counts and field names only, for logs that others read'],
    ],
  },
  check: {
    args: ' [csv]',
    describe: 'Validate a CSV offline, without a key or network',
    common: [
      'key',
      'map',
      'ignoreUnknownColumns',
      'delimiter',
      'empty',
      'nullToken',
      'idFormat',
      'duplicates',
      'lint',
      'values',
      'json',
    ],
    examples: [
      ['check edits.csv', 'list each invalid row with its line'],
      ['check edits.csv --no-values', 'the same without what its cells hold'],
    ],
  },
  apply: {
    args: ' <run>',
    describe: 'Apply a plan made earlier',
    common: [
      'maxChanges',
      'maxClears',
      'strict',
      'reserve',
      'maxRequests',
      'stopAt',
      'concurrency',
      'waitLock',
      'json',
    ],
    examples: [
      ['apply latest', 'apply the newest plan'],
      ['apply latest --approved sha256:3b5d51a7f0c2', 'apply it only if it is the plan that was approved'],
      ['apply latest --max-changes 500', 'raise the limit that refused a plan'],
    ],
  },
  resume: {
    args: ' <run>',
    describe: 'Continue a run after a crash, a signal, a limit or an outage',
    common: ['maxFailures', 'reserve', 'maxRequests', 'maxDuration', 'stopAt', 'concurrency', 'waitLock', 'json'],
    examples: [['resume latest', 'continue the newest run']],
  },
  retry: {
    args: ' <run>',
    describe: 'Plan and apply again only the rows that were not applied',
    common: ['reserve', 'maxRequests', 'maxDuration', 'stopAt', 'concurrency', 'waitLock', 'json'],
    examples: [['retry latest', 'retry the rows in rejected.csv']],
  },
  undo: {
    args: ' <run>',
    describe: 'Restore the values that a run overwrote',
    common: ['dryRun', 'maxChanges', 'maxClears', 'strict', 'reserve', 'maxRequests', 'stopAt', 'waitLock', 'json'],
    examples: [
      ['undo latest --dry-run', 'show what would be restored'],
      ['undo latest', 'undo the newest run that sent something'],
    ],
  },
  report: {
    args: ' <run>',
    describe: 'Write a run as an HTML page, or its changes as CSV',
    common: ['out', 'force', 'runsDir'],
    examples: [
      ['report latest', 'write report.html into the folder of the newest run'],
      ['report latest --csv --out changes.csv', 'list each changed field for a spreadsheet'],
    ],
  },
  show: {
    args: ' <run>',
    describe: 'Show the preview and result of a run again, or the rows that match',
    common: ['values', 'json', 'runsDir'],
    examples: [
      ['show latest', 'what the newest run changes, and how it ended'],
      ['show latest --status conflict --status failed', 'list the rows that need a look, with their reasons'],
      ['show latest --field title', 'list each row that changes the title'],
      ['show latest --status updated --json', 'the same for a program, one row per line'],
    ],
  },
  export: {
    args: '',
    describe: 'Export contacts as CSV, to edit and sync back, or as NDJSON',
    common: ['out', 'force', 'filter', 'reserve', 'stopAt'],
    examples: [
      ['export --out contacts.csv', 'write a file to edit and sync with --base'],
      ['export --out contacts.csv --force', 'overwrite the file if it exists'],
      ['export --filter "title contains VP"', 'write some contacts to standard output'],
      ['export --out contacts.ndjson', 'write NDJSON, one contact per line'],
    ],
  },
  runs: {
    args: ' [action] [id]',
    describe:
      'List runs, newest first, delete old ones (prune), take a contact out of all (forget) or values out of one (purge-values)',
    common: ['keep', 'keepDays', 'dryRun', 'runsDir', 'json'],
    examples: [
      ['runs', 'list the runs'],
      ['runs prune --keep 20', 'keep the newest 20 runs that wrote something'],
      ['runs prune --keep-days 90 --dry-run', 'show which runs would be deleted'],
      ['runs forget 3c90c3cc-0d44-4b50-8888-8dd25736052a --dry-run', 'show which runs have this contact'],
      ['runs purge-values 20261123T020001000Z-3f9c', 'take the values out of a finished run, keep its ids and counts'],
    ],
  },
  completion: {
    args: ' [shell]',
    describe: 'Print a script that completes commands, flags and values in bash, zsh or fish',
    common: [],
    examples: [
      ['completion bash >> ~/.bash_completion', 'for each new bash'],
      ['completion fish > ~/.config/fish/completions/contact-sync.fish', 'for each new fish'],
    ],
  },
  doctor: {
    args: '',
    describe: 'Check settings, key, connection, API and this machine, and say what to do about each problem',
    common: ['baseUrl', 'apiPrefix', 'rate', 'runsDir', 'json'],
    examples: [
      ['doctor', 'check everything before the first run; takes at most 3 requests'],
      ['doctor --job jobs/nightly-sync.json --json', 'check what a job would use, for a program'],
    ],
  },
  sandbox: {
    args: '',
    describe: 'Start a local contacts API to rehearse against',
    common: [],
    examples: [
      ['sandbox', '1,000 generated contacts on port 8787'],
      ['sandbox --contacts contacts.csv --rate-limit 100/m', 'your own contacts and a rate limit'],
      ['sandbox --faults 503=5%,reset=1% --latency 50ms', 'a slow and unreliable API'],
    ],
  },
} as const satisfies Record<string, CommandManual>;

export type CommandName = keyof typeof COMMANDS;

/** Shells that completion is for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The argument of a command. */
interface Positional {
  name: string;
  describe: string;
  optional?: true;
  /** Words that it may be. */
  choices?: readonly string[];
}

/** The argument that a command takes. */
export function positionalOf(command: CommandName): Positional | undefined {
  const { args } = COMMANDS[command];
  switch (args) {
    case '':
      return undefined;
    case ' [csv]':
      return { name: 'csv', describe: 'CSV file, or - for standard input' };
    case ' <run>':
      return {
        name: 'run',
        describe: 'Id of a run, a part of it that no other run has, its folder, or latest',
        choices: ['latest'],
      };
    case ' [action] [id]':
      return {
        name: 'action',
        describe:
          'prune: delete old runs; forget: take the contact with this id out of all runs; purge-values: take the values out of this run',
        ...{ optional: true, choices: ['prune', 'forget', 'purge-values'] },
      };
    case ' [shell]':
      return { name: 'shell', describe: SHELLS.join(', '), optional: true, choices: SHELLS };
  }
}
