import type { OptionSpec } from './option-spec.js';

const WRITE_GUARD = 'Guards, while writing:';

const APPROVAL = 'Approval:';

/** What is watched while rows are written, and what may be sent at all. */
export const WRITE_GUARD_OPTIONS = {
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
} as const satisfies Record<string, OptionSpec>;
