import { COMMANDS, type CommandName } from './manual.js';
import { STATUSES } from '../core/model/problem.js';
import type { OptionSpec } from './settings/option-spec.js';
import { OPTIONS, type OptionName } from './settings/options.js';
import { RUN_GROUP } from './settings/run-options.js';

/** A flag of a command, as the help shows it and the command line is read by it. */
export interface Flag extends Pick<OptionSpec, 'type' | 'describe' | 'value'> {
  group: string;
  /** The values that it takes, where there are few and `value` does not list them. */
  choices?: readonly string[];
  /** As the help shows it. */
  shownDefault?: string;
  /** What the command line fills in; the settings fill in their own. */
  default?: string;
  /** Accepted, and without effect: the help leaves it out. */
  hidden?: boolean;
}

const CSV_FLAGS: readonly OptionName[] = [
  ...(['key', 'map', 'ignoreUnknownColumns', 'ignoreColumn', 'delimiter', 'skipLines', 'shortRows'] as const),
  ...(['empty', 'nullToken', 'idFormat'] as const),
];
const PLAN_FLAGS: readonly OptionName[] = [
  ...([
    'base',
    'rule',
    'duplicates',
    'skipEquivalent',
    'exact',
    'reads',
    'snapshot',
    'mirror',
    'mirrorMaxAge',
  ] as const),
];
const ROW_GUARDS: readonly OptionName[] = ['lint', 'allowOptIn'];
const PLAN_GUARDS: readonly OptionName[] = ['maxChanges', 'maxClears', 'strict'];
const WRITE_GUARDS: readonly OptionName[] = ['maxFailures', 'canary', 'canaryWait', 'limit'];
const BUDGET_FLAGS: readonly OptionName[] = [
  ...(['rate', 'reserve', 'maxRequests', 'maxDuration', 'stopAt', 'outageLimit', 'concurrency'] as const),
];
const API_FLAGS: readonly OptionName[] = [
  ...(['baseUrl', 'allowHttp', 'trustEnvFile', 'apiPrefix', 'retries', 'timeout'] as const),
  ...BUDGET_FLAGS,
];
const OUTPUT_FLAGS: readonly OptionName[] = ['json', 'quiet', 'color', 'logLevel', 'progress'];
const RUN_FLAGS: readonly OptionName[] = [
  ...(['organisation', 'runsDir', 'sharedRunsDir', 'lockDir', 'values'] as const),
  ...OUTPUT_FLAGS,
];
const HOOK_FLAGS: readonly OptionName[] = ['notify', 'notifyOn', 'metricsFile'];
const APPLY_FLAGS: readonly OptionName[] = [
  ...WRITE_GUARDS,
  'requireApproval',
  'planMaxAge',
  'waitLock',
  'coordinate',
  'yes',
  'report',
  ...HOOK_FLAGS,
  ...RUN_FLAGS,
];

/** Commands that settings are about. */
export type SetCommand = Exclude<CommandName, 'sandbox' | 'completion'>;

const FLAGS: Record<SetCommand, readonly OptionName[]> = {
  sync: [...CSV_FLAGS, ...PLAN_FLAGS, ...ROW_GUARDS, ...PLAN_GUARDS, ...API_FLAGS, 'dryRun', ...APPLY_FLAGS],
  plan: [
    ...CSV_FLAGS,
    ...PLAN_FLAGS,
    ...ROW_GUARDS,
    ...PLAN_GUARDS,
    ...API_FLAGS,
    'exitCode',
    ...HOOK_FLAGS,
    ...RUN_FLAGS,
  ],
  apply: ['reads', 'approved', ...PLAN_GUARDS, ...API_FLAGS, ...APPLY_FLAGS],
  resume: ['reads', 'approved', 'mirror', 'mirrorMaxAge', ...API_FLAGS, ...APPLY_FLAGS],
  retry: ['reads', 'mirror', 'mirrorMaxAge', ...API_FLAGS, ...APPLY_FLAGS],
  undo: ['reads', ...PLAN_GUARDS, ...API_FLAGS, 'dryRun', ...APPLY_FLAGS],
  export: [
    'out',
    'force',
    'formulas',
    'filter',
    'organisation',
    ...API_FLAGS,
    'runsDir',
    'sharedRunsDir',
    'lockDir',
    'quiet',
    'logLevel',
    'progress',
  ],
  report: ['out', 'force', 'runsDir', 'sharedRunsDir', 'trustEnvFile'],
  show: ['values', 'json', 'color', 'runsDir', 'sharedRunsDir', 'trustEnvFile'],
  runs: ['keep', 'keepDays', 'dryRun', 'runsDir', 'sharedRunsDir', 'json', 'color', 'trustEnvFile'],
  doctor: [
    'baseUrl',
    'allowHttp',
    'trustEnvFile',
    'apiPrefix',
    'timeout',
    'rate',
    'runsDir',
    'sharedRunsDir',
    'lockDir',
    'json',
  ],
  check: [...CSV_FLAGS, 'duplicates', 'lint', 'values', 'json', 'trustEnvFile'],
};

const JOB_FLAG: Flag = {
  ...{ type: 'string', value: 'file', group: RUN_GROUP },
  describe: 'JSON file of settings, such as jobs/nightly-sync.json',
};

/** No settings: only a command line says what it wants now. */
const OWN_FLAGS: Partial<Record<CommandName, Record<string, Flag>>> = {
  report: {
    csv: {
      ...{ type: 'boolean', group: RUN_GROUP },
      describe: 'Write the changes as CSV, one line per changed field, to standard output or --out',
    },
  },
  show: {
    status: {
      ...{ type: 'array', value: 'status', group: RUN_GROUP, choices: STATUSES },
      describe: `List the rows with this status: ${STATUSES.join(', ')} (repeatable)`,
    },
    field: {
      ...{ type: 'array', value: 'name', group: RUN_GROUP },
      describe: 'List the rows that change this field, or were not applied because of it (repeatable)',
    },
  },
};

const SANDBOX_FLAGS: Record<string, Flag> = {
  host: ofSandbox('address', 'Address to listen on', '127.0.0.1'),
  port: ofSandbox('n', 'Port to listen on; 0 picks a free one', '8787'),
  contacts: ofSandbox('n|file', 'Number of contacts to generate, or a CSV or NDJSON file of contacts', '1000'),
  seed: ofSandbox('n', 'Seed of the generated contacts and of the faults', '1'),
  rateLimit: ofSandbox('rate', 'Requests allowed in a sliding window, such as 100/m or 1000/h'),
  latency: ofSandbox('duration', 'Delay of each response, such as 50ms'),
  faults: ofSandbox(
    'list',
    'Share of requests that fail, such as 503=5%,patch:reset=1%: 500 502 503 504 429 429-bare html-502 not-json reset hang reset-after reset-late hang-after cut; of PATCHes alone: 403 409 422; of one field: 422@title=5%',
  ),
};

function ofSandbox(value: string, describe: string, standard?: string): Flag {
  const told = standard === undefined ? {} : { default: standard, shownDefault: standard };
  return { type: 'string', value, describe, group: 'Sandbox:', ...told };
}

/** The flags of a command, by option name. */
export function optionsOf(command: CommandName): Record<string, Flag> {
  if (command === 'sandbox') return SANDBOX_FLAGS;
  if (command === 'completion') return {};
  // A command line stays valid when its verb is swapped: plan and check accept the flags of sync.
  const idle =
    command === 'plan' || command === 'check' ? FLAGS.sync.filter((name) => !FLAGS[command].includes(name)) : [];
  const flags = [...FLAGS[command], ...idle].map((name): [string, Flag] => {
    const { default: value, ...spec }: OptionSpec = OPTIONS[name];
    const told = typeof value === 'string' ? { shownDefault: value } : {};
    return [name, { ...spec, ...told, ...(idle.includes(name) ? { hidden: true } : {}) }];
  });
  return { ...OWN_FLAGS[command], ...Object.fromEntries(flags), job: JOB_FLAG };
}

/** The flags that most people need, in the order of the manual. */
export function commonOptionsOf(command: CommandName): Record<string, Flag> {
  const all = optionsOf(command);
  if (command === 'sandbox' || command === 'completion') return all;
  const names: readonly string[] = [...Object.keys(OWN_FLAGS[command] ?? {}), ...COMMANDS[command].common, 'job'];
  return Object.fromEntries(names.flatMap((name) => (all[name] ? [[name, all[name]]] : [])));
}
