import type { Contact } from '../core/contacts/types.js';
import { SANDBOX_KEY, SANDBOX_PREFIX } from './defaults.js';
import { checkFaults, type Fault } from './faults.js';
import type { RateLimit } from './rate-limit.js';
import type { PatchRules } from './validate-patch.js';

/** What a sandbox may be told; everything has a default. */
export interface SandboxOptions {
  /** Default 127.0.0.1. A Host header other than this and the loopback ones gets 403. */
  host?: string | undefined;
  /** Default 0: any free port. */
  port?: number | undefined;
  /** The only key that is let in. Default `SANDBOX_KEY`, which everyone knows: name another for contacts of real people. */
  key?: string | undefined;
  /** Where the contact endpoints are. Default `/v1/preview`. */
  prefix?: string | undefined;
  /** How many seeded contacts, or the contacts themselves (tags as names). Default 1000. */
  contacts?: number | readonly Contact[] | undefined;
  /** Decides the seeded contacts and which requests faults befall. Default 1. */
  seed?: number | undefined;
  /** Default: none, and then no answer carries rate limit headers. */
  rateLimit?: RateLimit | undefined;
  /** How long each request to contacts waits before it is handled. Default 0. */
  latencyMs?: number | undefined;
  faults?: readonly Fault[] | undefined;
  /** What null does in a PATCH, where the reference is silent. Default `clear`. */
  nulls?: PatchRules['nulls'] | undefined;
  /** Whether e-mails, phone numbers and texts are tidied when stored. Default false. */
  normalise?: boolean | undefined;
  /** Whether the list can be filtered by `id`, and with it many contacts read at once. Default true. */
  idFilterable?: boolean | undefined;
  /** What becomes of keys of a PATCH that are no updatable field. Default `refuse`. */
  unknownKeys?: PatchRules['unknownKeys'] | undefined;
}

/** The options with their defaults applied. */
export interface SandboxSettings {
  host: string;
  port: number;
  key: string;
  prefix: string;
  contacts: number | readonly Contact[];
  seed: number;
  rateLimit: RateLimit | undefined;
  latencyMs: number;
  faults: readonly Fault[];
  idFilterable: boolean;
  rules: PatchRules;
}

/** Applies the defaults: the one place that knows them. Throws an Error for faults that cannot be. */
export function settleOptions(options: SandboxOptions): SandboxSettings {
  const faults = options.faults ?? [];
  checkFaults(faults);
  return {
    // Node takes an empty one for every address.
    host: options.host || '127.0.0.1',
    port: options.port ?? 0,
    key: options.key ?? SANDBOX_KEY,
    prefix: options.prefix ?? SANDBOX_PREFIX,
    contacts: options.contacts ?? 1000,
    seed: options.seed ?? 1,
    rateLimit: options.rateLimit,
    latencyMs: options.latencyMs ?? 0,
    faults,
    idFilterable: options.idFilterable ?? true,
    rules: {
      nulls: options.nulls ?? 'clear',
      normalise: options.normalise ?? false,
      unknownKeys: options.unknownKeys ?? 'refuse',
    },
  };
}
