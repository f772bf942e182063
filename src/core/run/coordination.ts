import type { SharedAllowance } from '../budget/shared-allowance.js';
import type { RunLock } from './lock.js';

/** What runs of one organisation share, whichever machine they are on. */
export interface Coordination {
  /** Names of organisations are made with it, so that none can be tried against a list of keys. Hex digits. */
  readonly salt: string;
  readonly lock: RunLock;
  /** The allowance of an organisation. @param scope as the lock is named */
  allowance(scope: string): SharedAllowance;
}
