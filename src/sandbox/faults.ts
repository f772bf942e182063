import { closest } from 'fastest-levenshtein';
import { randomFrom } from './random.js';

/**
 * What can go wrong on purpose. Before anything is written: the error statuses, `429-bare` (without headers),
 * `html-502`, `not-json` (200 with HTML), `reset` (connection cut) and `hang` (never answered). After a PATCH was
 * written: `reset-after`, `hang-after`, and `cut` (JSON that ends in the middle). `reset-late` cuts the connection, and a
 * PATCH is written 100 ms later all the same.
 */
export const FAULT_KINDS = [
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

/** The requests that faults can befall. */
export const FAULTY_REQUESTS = ['patch', 'get', 'list'] as const;
export type FaultyRequest = (typeof FAULTY_REQUESTS)[number];

export interface Fault {
  kind: FaultKind;
  /** 0 to 1, of each request. */
  probability: number;
  /** Only these requests; all three kinds where absent. */
  only?: FaultyRequest | undefined;
}

/**
 * Reads `503=5%,reset=1%`; a part may be for one kind of request only: `patch:reset-after=10%`.
 * Throws an Error naming what is known, and the nearest kind where one is misspelt.
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

/** Throws where probabilities are no probabilities, or where those of one kind of request add up to more than 1. */
export function checkFaults(faults: readonly Fault[]): void {
  for (const { kind, probability } of faults) {
    if (!(probability >= 0 && probability <= 1)) throw new Error(`Fault ${kind}: the share must be 0 % to 100 %`);
  }
  for (const request of FAULTY_REQUESTS) {
    const total = faults.filter(befalls(request)).reduce((sum, { probability }) => sum + probability, 0);
    if (total > 1 + 1e-9) throw new Error(`Faults of ${request} requests add up to ${Math.round(total * 100)} %`);
  }
}

/**
 * Decides the fault of each request. One number is drawn for each, so that the seed and the order of requests
 * decide everything.
 */
export function faultPicker(faults: readonly Fault[], seed: number): (request: FaultyRequest) => FaultKind | undefined {
  const random = randomFrom(seed);
  return (request) => {
    let draw = random();
    for (const { kind, probability } of faults.filter(befalls(request))) {
      if (draw < probability) return kind;
      draw -= probability;
    }
    return undefined;
  };
}

function befalls(request: FaultyRequest) {
  return ({ only }: Fault) => only === undefined || only === request;
}

function parseFault(part: string): Fault {
  const [, only, kind = '', share = '', percent] = /^(?:(\w+):)?([^=:]*?)\s*=\s*([\d.]+)\s*(%?)$/.exec(part) ?? [];
  if (!kind) throw new Error(`"${part}" is no fault: write kind=share, such as 503=5% or patch:reset=0.01`);
  const probability = Number(share) / (percent ? 100 : 1);
  return { kind: known(kind, FAULT_KINDS, 'fault'), probability, ...(only && { only: knownRequest(only) }) };
}

function knownRequest(text: string): FaultyRequest {
  return known(text, FAULTY_REQUESTS, 'request');
}

function known<T extends string>(text: string, all: readonly T[], what: string): T {
  const found = all.find((candidate) => candidate === text);
  if (found) return found;
  throw new Error(`Unknown ${what} "${text}": did you mean "${closest(text, all)}"? Known are ${all.join(', ')}`);
}
