/** A flag as it is typed. */
export interface FlagWords {
  flag: string;
  describe: string;
  /** What it takes, as the help calls it; undefined of a switch. */
  value: string | undefined;
  /** Its values, where there are few. */
  choices: readonly string[];
  isRepeatable: boolean;
}

/** A command, and what may be typed behind it. */
export interface CommandWords {
  name: string;
  describe: string;
  flags: readonly FlagWords[];
  /** Values of its argument. */
  words: readonly string[];
  /** Whether its argument may be a file or folder. */
  takesFiles: boolean;
}
