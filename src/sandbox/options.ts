import type { Contact } from '../core/contacts/types.js';
import { randomKey, SANDBOX_KEY, SANDBOX_PREFIX } from './defaults.js';
import { checkFaults, type Fault } from './faults.js';
import type { FilterCase } from './operators.js';
import type { RateLimit } from './rate-limit.js';
import type { PatchRules } from './validate-patch.js';

/** Options of a sandbox; each has a default. */
export interface SandboxOptions {
  /**
   * The address to listen on. Default 127.0.0.1. With 0.0.0.0 or ::, other machines can reach the sandbox, unencrypted.
   * A request whose Host header names neither this address nor a loopback one gets 403.
   */
  host?: string | undefined;
  /** The port to listen on. Default 0: any free port. */
  port?: number | undefined;
  /**
   * The only API key that is accepted. Default: a fixed, published key for seeded contacts; a random one where
   * `contacts` is a list, which may hold data of real people. `Sandbox.key` has it.
   */
  key?: string | undefined;
  /** The path prefix of the contact endpoints. Default `/v1/preview`. */
  prefix?: string | undefined;
  /** The number of seeded contacts, or the contacts themselves as the API returns them (tags as names). Default 1000. */
  contacts?: number | readonly Contact[] | undefined;
  /** Decides the values of seeded contacts, and which requests get a fault. Default 1. */
  seed?: number | undefined;
  /** Default: no limit, and no rate limit headers. */
  rateLimit?: RateLimit | undefined;
  /** How long each request to contacts waits before it is handled, in milliseconds. Default 0. */
  latencyMs?: number | undefined;
  /** Faults, each with its share of the requests. Default: none. `Sandbox.setFaults` replaces them. */
  faults?: readonly Fault[] | undefined;
  /** What null does in a PATCH, which the API's reference does not say. Default `clear`. */
  nulls?: PatchRules['nulls'] | undefined;
  /** Whether e-mail addresses, phone numbers and other texts are normalised when stored. Default false. */
  normalise?: boolean | undefined;
  /** Whether the list can be filtered by `id`, so that one request reads many contacts. Default true. */
  idFilterable?: boolean | undefined;
  /** Keys of fields that the list cannot be filtered by, such as `email`. Default: none. */
  notFilterable?: readonly string[] | undefined;
  /** Which conditions on text tell capitals apart: those that compare the whole of it, all, or none. Default `equals`. */
  filterCase?: FilterCase | undefined;
  /** What happens to keys of a PATCH that are not updatable fields. Default `refuse`. */
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
  notFilterable: readonly string[];
  filterCase: FilterCase;
  rules: PatchRules;
}

/** Applies the defaults. Throws an Error for invalid faults (see `checkFaults`). */
export function settleOptions(options: SandboxOptions): SandboxSettings {
  const { contacts = 1000, faults = [] } = options;
  checkFaults(faults);
  return {
    // Node would listen on all addresses for an empty host.
    host: options.host || '127.0.0.1',
    port: options.port ?? 0,
    key: options.key ?? (typeof contacts === 'number' ? SANDBOX_KEY : randomKey()),
    prefix: options.prefix ?? SANDBOX_PREFIX,
    contacts,
    seed: options.seed ?? 1,
    rateLimit: options.rateLimit,
    latencyMs: options.latencyMs ?? 0,
    faults,
    notFilterable: [...(options.idFilterable === false ? ['id'] : []), ...(options.notFilterable ?? [])],
    filterCase: options.filterCase ?? 'equals',
    rules: {
      nulls: options.nulls ?? 'clear',
      normalise: options.normalise ?? false,
      unknownKeys: options.unknownKeys ?? 'refuse',
    },
  };
}
