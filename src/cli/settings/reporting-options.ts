import type { OptionSpec } from './option-spec.js';

export const RUN_GROUP = 'Run and output:';

/** When a notification is sent. */
export const NOTIFY_ON = ['always', 'failure', 'changes'] as const;

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
