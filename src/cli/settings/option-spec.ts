/** One setting: a flag, a variable `CONTACT_SYNC_…`, and a key of a job file. */
export interface OptionSpec {
  group: string;
  describe: string;
  /** How yargs takes it from the command line. */
  type: 'string' | 'boolean' | 'array';
  /** What the help calls its value: `--base <file>`. */
  value?: string;
  /** As a person would write it; undefined: not set. */
  default?: string | boolean;
  /** A path: relative to the job file where that is where it stands. */
  isPath?: true;
  /** Taken from a flag or the environment alone: a file cannot say how far it is to be trusted. */
  notInFiles?: true;
  /** What a job file calls it, where that is not the flag. */
  inJobs?: string;
}
