import type { RunLock } from './lock.js';

/** What runs of one organisation share, whichever machine they are on. */
export interface Coordination {
  /** Names of organisations are made with it, so that none can be tried against a list of keys. Hex digits. */
  readonly salt: string;
  readonly lock: RunLock;
  /** Resolves at once, or when it is known whether the lock is still held, where that is in doubt and can be found out. */
  settled(): Promise<void>;
}
