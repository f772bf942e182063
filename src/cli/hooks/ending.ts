import type { RunEnd } from '../../core/context.js';

/** How a command ended, for those who did not watch it. */
export interface Ending {
  command: string;
  exitCode: number;
  /** What that code means. */
  meaning: string;
  /** A person has to do something about it. */
  isFailure: boolean;
  beganAt: Date;
  endedAt: Date;
  /** Absent where no run was made or continued. */
  end?: RunEnd | undefined;
  /** What ended the command, if it threw. */
  error?: unknown;
}

/** How long the command took, seconds. */
export function secondsOf({ beganAt, endedAt }: Ending): number {
  return Math.max(0, (endedAt.getTime() - beganAt.getTime()) / 1000);
}
