import { closest } from 'fastest-levenshtein';
import { randomFrom } from './random.js';

/**
 * The faults that a sandbox can inject. Nothing is written for: the error statuses, `429-bare` (without rate limit
 * headers), `html-502`, `not-json` (200 with HTML), `reset` (connection cut) and `hang` (never answered). The PATCH is
 * written before: `reset-after`, `hang-after`, and `cut` (half of the JSON). `reset-late` cuts the connection first, and
 * the PATCH is written 100 ms later.
 */
export const FAULT_KINDS = [
  '403',
  '409',
  '422',
  '500',
  '502',
  '503',
  '504',
  '429',
  '429-bare',
  'html-502',
  'not-json',
  'reset',
  'hang',
  'reset-after',
  'reset-late',
  'hang-after',
  'cut',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Refusals of one PATCH: they say nothing about a read. */
const REFUSALS: readonly FaultKind[] = ['403', '409', '422'];

/** The kinds of request that can get a fault. */
export const FAULTY_REQUESTS = ['patch', 'get', 'list'] as const;
export type FaultyRequest = (typeof FAULTY_REQUESTS)[number];

/** A fault, and how often it happens. */
export interface Fault {
  kind: FaultKind;
  /** The share of requests that get it, 0 to 1. */
  probability: number;
  /** The one kind of request that can get it. Default: all three; for 403, 409 and 422 always `patch`. */
  only?: FaultyRequest | undefined;
  /** Of 403, 409 and 422: the PATCHes that can get it are those with this key, which is the one that is refused. */
  field?: string | undefined;
}

/** Decides the fault of the next request, which has these keys in its body; undefined for none. */
export type FaultPicker = (request: FaultyRequest, keys?: readonly string[]) => Fault | undefined;

/**
 * Parses faults such as `503=5%,patch:reset-after=0.1,422@title=100%`: the kind with its share, after a kind of request where
 * only that one is to get it; a refusal can name the field that is refused. Throws an Error that lists the known names and
 * suggests the nearest one.
 */
export function parseFaults(text: string): Fault[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  const faults = parts.map(parseFault);
  checkFaults(faults);
  return faults;
}

/**
 * Throws an Error for a share that is not 0 to 1, for shares of one kind of request that add up to more than 1, and for
 * a refusal of reads.
 */
export function checkFaults(faults: readonly Fault[]): void {
  for (const { kind, probability, only, field } of faults) {
    if (!(probability >= 0 && probability <= 1)) throw new Error(`Fault ${kind}: the share must be 0 % to 100 %`);
    if (REFUSALS.includes(kind) && only !== undefined && only !== 'patch') {
      throw new Error(`Fault ${kind} is for patch requests only, not for ${only}`);
    }
    if (field !== undefined && !REFUSALS.includes(kind)) {
      throw new Error(`Fault ${kind} is not about a field: only ${REFUSALS.join(', ')} are`);
    }
  }
  for (const request of FAULTY_REQUESTS) {
    const total = faults.filter(isFor(request)).reduce((sum, { probability }) => sum + probability, 0);
    if (total > 1 + 1e-9) throw new Error(`Faults of ${request} requests add up to ${Math.round(total * 100)} %`);
  }
}

/** A picker that draws one number for each request, so that the seed and the order of requests decide everything. */
export function faultPicker(faults: readonly Fault[], seed: number): FaultPicker {
  const random = randomFrom(seed);
  return (request, keys = []) => {
    let draw = random();
    for (const fault of faults.filter(isFor(request))) {
      if (fault.field !== undefined && !keys.includes(fault.field)) continue;
      if (draw < fault.probability) return fault;
      draw -= fault.probability;
    }
    return undefined;
  };
}

function isFor(request: FaultyRequest) {
  return ({ kind, only }: Fault) => (REFUSALS.includes(kind) ? request === 'patch' : (only ?? request) === request);
}

function parseFault(part: string): Fault {
  const form = /^(?:(\w+):)?([^=:@]*?)(?:@([\w-]+))?\s*=\s*([\d.]+)\s*(%?)$/;
  const [, only, kind = '', field, share = '', percent] = form.exec(part) ?? [];
  if (!kind) throw new Error(`"${part}" is not a fault: write kind=share, such as 503=5% or patch:reset=0.01`);
  const probability = Number(share) / (percent ? 100 : 1);
  return {
    kind: known(kind, FAULT_KINDS, 'fault'),
    probability,
    ...(only && { only: knownRequest(only) }),
    ...(field && { field }),
  };
}

function knownRequest(text: string): FaultyRequest {
  return known(text, FAULTY_REQUESTS, 'request');
}

function known<T extends string>(text: string, all: readonly T[], what: string): T {
  const found = all.find((candidate) => candidate === text);
  if (found) return found;
  throw new Error(`Unknown ${what} "${text}": did you mean "${closest(text, all)}"? Known are ${all.join(', ')}`);
}
