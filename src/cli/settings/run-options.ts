import { LOG_LEVELS } from './log-levels.js';
import type { OptionSpec } from './option-spec.js';

export const RUN_GROUP = 'Run and output:';
const WRITE_GUARD = 'Guards, while writing:';
const APPROVAL = 'Approval:';

/** When a notification is sent. */
export const NOTIFY_ON = ['always', 'failure', 'changes'] as const;

/** What is watched while rows are written, what may be sent at all, and when. */
export const WRITING_OPTIONS = {
  maxFailures: {
    ...{ group: WRITE_GUARD, type: 'string', value: 'n|n%' },
    describe:
      'Stop cleanly when the API has refused more of the rows sent: a number, or a share from the 20th answer on (default: 20%, or as the run has it; exit 4)',
  },
  canary: {
    ...{ group: WRITE_GUARD, type: 'string', value: 'n|none' },
    describe: 'Write this many rows first, read them again, and stop unless all are kept (exit 4)',
  },
  canaryWait: {
    ...{ group: WRITE_GUARD, type: 'string', value: 'duration' },
    describe: 'Wait this long, such as 5m, before the rows of --canary are read again',
  },
  limit: {
    ...{ group: WRITE_GUARD, type: 'string', value: 'n|none' },
    describe: 'Stop cleanly after writing this many rows; resume writes the next ones (exit 4)',
  },
  approved: {
    ...{ group: APPROVAL, type: 'string', value: 'digest', notInFiles: true },
    describe: 'Send only the plan with this digest, as plan printed it: 12 hex digits or more (exit 5)',
  },
  requireApproval: {
    ...{ group: APPROVAL, type: 'boolean', default: false },
    describe: 'Send only plans that --approved names: sync, retry and undo are refused (exit 5)',
  },
  planMaxAge: {
    ...{ group: RUN_GROUP, type: 'string', value: 'duration', default: '15m' },
    describe: 'Read values again before overwriting them if they are older than this',
  },
  waitLock: {
    ...{ group: RUN_GROUP, type: 'string', value: 'duration' },
    describe: 'Wait this long for another run to finish instead of exiting with 6',
  },
  coordinate: {
    ...{ group: RUN_GROUP, type: 'string', value: 'database' },
    describe:
      'Share the lock and the rate limit with runs on other machines by this PostgreSQL database: postgres://host/name (needs the package pg)',
  },
} as const satisfies Record<string, OptionSpec>;

/** How others learn of the end of a run. */
export const REPORTING_OPTIONS = {
  report: {
    ...{ group: RUN_GROUP, type: 'boolean', default: false },
    describe: 'Write report.html into the folder of the run at the end',
  },
  notify: {
    ...{ group: RUN_GROUP, type: 'string', value: 'url' },
    describe: 'Post the result to this URL at the end, as JSON without values of contacts',
  },
  notifyOn: {
    ...{ group: RUN_GROUP, type: 'string', value: NOTIFY_ON.join('|'), default: 'always' },
    describe: 'When to notify: always, on failure (exit codes other than 0 and 10), or on changes and failures',
  },
  metricsFile: {
    ...{ group: RUN_GROUP, type: 'string', value: 'file', isPath: true },
    describe: 'Write metrics of the run to this file at the end, for the textfile collector of Prometheus',
  },
} as const satisfies Record<string, OptionSpec>;

/** What a command prints, and how. */
export const OUTPUT_OPTIONS = {
  quiet: {
    ...{ group: RUN_GROUP, type: 'boolean', default: false },
    describe: 'Print nothing but errors',
  },
  color: {
    ...{ group: RUN_GROUP, type: 'string', value: 'auto|always|never', default: 'auto' },
    describe: 'Colour the output: on a terminal unless NO_COLOR is set (auto), always, or never',
  },
  json: {
    ...{ group: RUN_GROUP, type: 'boolean', default: false },
    describe: 'Print only the summary, as JSON, on standard output',
  },
  values: {
    ...{ group: RUN_GROUP, type: 'boolean', default: true },
    describe: 'Print values of contacts; --no-values prints counts and field names only',
  },
  logLevel: {
    ...{ group: RUN_GROUP, type: 'string', value: LOG_LEVELS.join('|'), default: 'warn' },
    describe: `Log level on standard error: ${LOG_LEVELS.join(', ')}`,
  },
  progress: {
    ...{ group: RUN_GROUP, type: 'boolean', default: true },
    describe: 'Show progress on standard error; --no-progress leaves only errors there',
  },
} as const satisfies Record<string, OptionSpec>;
