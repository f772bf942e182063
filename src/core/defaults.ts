import { KEY_COLUMN } from './contacts/fields.js';
import type { ApiSettings, SyncContext } from './context.js';
import { fileLock, lockDir } from './run/lock.js';
import type { PlanOptions } from './run/summary.js';

/** How the API is dealt with where the caller does not say. Durations are milliseconds. */
export const API_DEFAULTS: Omit<ApiSettings, 'baseUrl' | 'key'> = {
  apiPrefix: '/v1/preview',
  concurrency: 8,
  rate: { calls: 1000, perMs: 3_600_000 },
  reserve: undefined,
  maxRequests: undefined,
  maxDuration: undefined,
  stopAt: undefined,
  outageLimit: 600_000,
  retries: 5,
  timeout: 30_000,
  reads: 'auto',
  mirror: false,
  mirrorMaxAge: 7 * 86_400_000,
  planMaxAge: 900_000,
};

/** How a CSV is planned where the caller does not say. */
export const PLAN_DEFAULTS: PlanOptions = {
  key: [KEY_COLUMN],
  map: [],
  ignoreUnknownColumns: false,
  ignoreColumn: [],
  delimiter: undefined,
  skipLines: 0,
  shortRows: 'refuse',
  empty: undefined,
  nullToken: '<clear>',
  rule: {},
  idFormat: 'uuid',
  lint: 'hold',
  skipEquivalent: [],
  exact: false,
  allowOptIn: false,
  duplicates: 'allow',
  maxChanges: undefined,
  maxClears: undefined,
  strict: false,
  base: undefined,
  snapshot: undefined,
};

/** A context with all that its caller left out. */
export interface FullContext extends SyncContext {
  api: ApiSettings;
  lock: NonNullable<SyncContext['lock']>;
  waitLock: number;
}

export function withDefaults(context: SyncContext): FullContext {
  const { api, store, lock, waitLock = 0 } = context;
  return {
    ...context,
    api: { ...API_DEFAULTS, ...api },
    lock: lock ?? fileLock(lockDir(store.machineDir)),
    waitLock,
  };
}
