import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Contact } from '../../../src/core/contacts/types.js';
import { parseFaults, type FaultKind } from '../../../src/sandbox/faults.js';
import type { Sandbox } from '../../../src/sandbox/start-sandbox.js';
import { withGate, type Meet } from '../../support/gate.js';
import { csv, inFileOrder, overlaps, people, statuses, world, type Run, type World } from '../../support/world.js';
import type { ResultLine } from '../../../src/core/model/outcome.js';

const COUNT = 24;
/** An API that answers none of these is not yet taken to be down. */
const FEW = 4;
const editsOf = (count: number): string =>
  csv(
    ['contact_id', 'title', 'location', 'tags'],
    people(count).map((p, at) => [p.id, `New ${at}`, 'Paris', '+VIP']),
  );
const EDITS = editsOf(COUNT);
/** Within the time-out a hanging request is soon over, and a server on a busy machine has answered all the others. */
const QUICK = ['--timeout', '6s', '--concurrency', String(COUNT), '--reads', 'ids', '--no-progress'];

/** Runs a command of which several run in this process at a time: its folder is then no working folder. */
function inDir({ dir, cli }: World, command: string, target: string, ...flags: string[]): Promise<Run> {
  return cli(command, target, '--runs-dir', path.join(dir, 'runs'), ...QUICK, ...flags);
}

/** Writes a CSV and syncs it, as `inDir`. */
async function syncIn(here: World, text: string, ...flags: string[]): Promise<Run> {
  return inDir(here, 'sync', await here.write('edits.csv', text), ...flags);
}

/** What the server's contact says of a row's changes. */
function holds(contact: Contact | undefined, { changes = {} }: ResultLine): 'old' | 'new' | 'other' {
  const all = (side: 'from' | 'to') =>
    Object.entries(changes).every(([key, change]) => JSON.stringify(contact?.[key]) === JSON.stringify(change[side]));
  return all('to') ? 'new' : all('from') ? 'old' : 'other';
}

/** Every row's status is what the server's contacts and its log show. */
function expectTruth(run: Run, sandbox: Sandbox, count = COUNT): void {
  expect(inFileOrder(run.results).map(({ row }) => row)).toEqual(Array.from({ length: count }, (_, at) => at + 1));
  for (const result of run.results) {
    const sent = sandbox.log.patches(result.contact_id ?? '');
    const state = {
      holds: holds(sandbox.store.find(result.contact_id ?? ''), result),
      applied: sent.some(({ applied }) => applied),
    };
    expect(sent.length).toBeGreaterThan(0);
    if (result.status === 'unknown') continue;
    const updated = result.status === 'updated';
    expect([result.row, result.status]).toEqual([result.row, updated ? 'updated' : 'failed']);
    expect({ row: result.row, ...state }).toEqual({
      row: result.row,
      holds: updated ? 'new' : 'old',
      applied: updated,
    });
  }
  const missed = run.results.filter(({ status }) => status !== 'updated');
  expect(run.code).toBe(missed.length > 0 ? 3 : 0);
  expect(run.rejected.slice(1)).toHaveLength(missed.length);
  expect(overlaps(sandbox)).toEqual([]);
}

/** Answers that come before anything is written, answers that are lost after it, and those of the rate limit. */
const BEFORE: FaultKind[] = ['503', 'html-502', 'not-json', 'reset', 'hang'];
const AFTER: FaultKind[] = ['reset-after', 'reset-late', 'hang-after', 'cut'];
const LIMITS: FaultKind[] = ['429', '429-bare'];
const KINDS = [...BEFORE, ...AFTER, ...LIMITS];
/** Each refusal costs the second that it names, and more where they follow one another. */
const shareOf = (kind: FaultKind): string => (LIMITS.includes(kind) ? '15%' : '30%');
const MIXED = KINDS.map((kind) => `${kind}=${LIMITS.includes(kind) ? 1 : 5}%`).join(',');
const MIXED_PATCHES = parseFaults(MIXED).map((fault) => ({ ...fault, only: 'patch' as const }));

describe('every row ends as the server shows it', () => {
  test.concurrent.each(KINDS)('when many of all requests meet %s', (kind) =>
    world({ contacts: people(COUNT), faults: parseFaults(`${kind}=${shareOf(kind)}`) }, async (here) => {
      const { sandbox } = here;
      const run = await syncIn(here, EDITS);
      expectTruth(run, sandbox);
      expect(sandbox.log.patches().some(({ fault }) => fault === kind)).toBe(true);
      if (LIMITS.includes(kind)) {
        expect(run.summary).toMatchObject({ retries: 0, counts: { updated: COUNT } });
        expect(run.summary.rate_limited).toBeGreaterThan(0);
      } else expect(run.summary.retries).toBeGreaterThan(0);
    })(),
  );

  test.concurrent.each(KINDS)('when many of the PATCHes meet %s and nothing is tried twice', (kind) =>
    world({ contacts: people(COUNT), faults: parseFaults(`patch:${kind}=${shareOf(kind)}`) }, async (here) => {
      const { sandbox } = here;
      const run = await syncIn(here, EDITS, '--retries', '0');
      expectTruth(run, sandbox);
      expect(statuses(run)).not.toContain('unknown');
      const ends = BEFORE.includes(kind) ? ['failed', 'updated'] : ['updated'];
      expect([...new Set(statuses(run))].sort()).toEqual(ends);
    })(),
  );

  // The connection of the reads is open when the PATCHes begin: one that fails there is sent again over another.
  const LOST = { patch: FEW, list: 2, get: 0 };
  const CLOSED = { ...LOST, patch: FEW + 1 };
  const ANSWERED = { patch: FEW, list: 1, get: FEW };
  test.concurrent.each<[string, FaultKind, object]>([
    ['updated', 'reset-after', CLOSED],
    ['updated', 'reset-late', CLOSED],
    ['updated', 'hang-after', LOST],
    ['updated', 'cut', ANSWERED],
    ['failed', 'reset', CLOSED],
    ['failed', 'not-json', ANSWERED],
  ])(
    'settled as %s when %s befalls every PATCH: by a single call, or by a GET where it was answered',
    (status, kind, calls) =>
      world({ contacts: people(FEW), faults: parseFaults(`patch:${kind}=100%`) }, async (here) => {
        const { sandbox } = here;
        const run = await syncIn(here, editsOf(FEW), '--retries', '0');
        expectTruth(run, sandbox, FEW);
        expect(new Set(statuses(run))).toEqual(new Set([status]));
        expect(sandbox.log.counts).toMatchObject(calls);
      })(),
  );

  test.concurrent.each<FaultKind>(['reset-after', 'reset'])(
    'not at all when %s befalls every PATCH and no read can settle it, until the run is resumed',
    (kind) =>
      world({ contacts: people(FEW) }, async (here) => {
        const { sandbox } = here;
        const breakDown = (): void => sandbox.setFaults(parseFaults(`patch:${kind}=100%,get:503=100%,list:503=100%`));
        const atFirstPatch: Meet = (request) => void (request.kind === 'patch' && request.nth === 1 && breakDown());
        await withGate(here, atFirstPatch, async () => {
          const run = await syncIn(here, editsOf(FEW), '--retries', '0');
          expect([run.code, run.summary.state, run.results]).toEqual([4, 'stopped', []]);
          expect(sandbox.log.patches()).toHaveLength(FEW);
          sandbox.setFaults([]);
          const resumed = await inDir(here, 'resume', 'latest');
          expect([resumed.code, ...statuses(resumed)]).toEqual([0, ...Array<string>(FEW).fill('updated')]);
          expect(sandbox.log.patches()).toHaveLength(kind === 'reset' ? 2 * FEW : FEW);
        });
      })(),
  );

  test.concurrent.each([1, 2])('when all faults are mixed, seed %i', (seed) =>
    world({ contacts: people(COUNT), seed, faults: parseFaults(MIXED) }, async (here) => {
      const { sandbox } = here;
      expectTruth(await syncIn(here, EDITS), sandbox);
    })(),
  );

  test.concurrent.each([4, 5])('when all faults are mixed and nothing is tried twice, seed %i', (seed) =>
    // Reads have to succeed: without them there is no plan, and no row whose answer was lost comes to its end.
    world({ contacts: people(COUNT), seed, faults: MIXED_PATCHES }, async (here) => {
      const { sandbox } = here;
      const run = await syncIn(here, EDITS, '--retries', '0');
      expectTruth(run, sandbox);
      expect(statuses(run)).not.toContain('unknown');
    })(),
  );
});
