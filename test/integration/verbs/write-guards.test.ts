import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseFaults } from '../../../src/sandbox/faults.js';
import { begin, killAt, titles, withGate } from '../../support/gate.js';
import { csv, id, people, statuses, world, type Run } from '../../support/world.js';

const HEADER = ['contact_id', 'title'];
const idOf = ({ runDir = '' }: Run): string => path.basename(runDir);

describe('--max-failures', () => {
  test(
    'stops sending where everything is refused, keeps the rest planned, and counts on when the run is resumed',
    world({ contacts: people(60), faults: parseFaults('422=100%') }, async ({ sync, cli, sandbox }) => {
      const halted = await sync(titles(60), '--concurrency', '4');
      expect(halted).toMatchObject({ code: 4, summary: { state: 'stopped', exit_code: 4 } });
      expect(halted.summary.error_code).toBe('too_many_refused');
      expect(halted.stderr).toMatch(/the API refused 2\d of the 2\d rows that it answered; the limit is 20%/);
      expect(halted.stderr).toContain(`contact-sync resume ${idOf(halted)} --max-failures N%`);
      const sent = sandbox.log.counts.patch;
      expect(sent).toBeGreaterThanOrEqual(20);
      expect(sent).toBeLessThanOrEqual(24);
      expect(halted.results).toHaveLength(sent);
      expect(halted.plan.filter(({ status }) => status === 'planned')).toHaveLength(60);

      const same = await cli('resume', 'latest');
      expect(same).toMatchObject({ code: 4, summary: { state: 'stopped' } });
      expect(same.stderr).toContain('resume stops again at the same limit');
      expect(sandbox.log.counts.patch).toBe(sent);

      sandbox.setFaults([]);
      const rest = await cli('resume', 'latest', '--max-failures', '100%');
      expect(rest).toMatchObject({ code: 3, summary: { state: 'done', error_code: null } });
      expect(rest.summary.counts).toMatchObject({ failed: sent, updated: 60 - sent });
      expect(rest.summary.write_guards.max_failures).toEqual({ percent: 100 });
      expect(sandbox.log.counts.patch).toBe(60);
    }),
  );

  test.each<[string, string, string, number, number]>([
    ['a count holds from the first refusal on', '422=100%', '0', 4, 1],
    ['a count that is reached lets the rest be sent', '409@title=100%', '30', 3, 30],
    ['403 counts, where some rows are written', '403@title=100%', '2', 4, 3],
    ['a share of refusals below the limit lets the rest be sent', '422=7%', '20%', 3, 30],
  ])('%s', (_, faults, limit, code, sent) =>
    world({ contacts: people(30), faults: parseFaults(faults) }, async ({ sync, sandbox }) => {
      const run = await sync(titles(30), '--max-failures', limit, '--concurrency', '1');
      expect([run.code, sandbox.log.counts.patch]).toEqual([code, sent]);
    })(),
  );

  test(
    'counts neither contacts that are gone nor rows that are left alone for an earlier one',
    world({ contacts: people(30) }, async (here) => {
      const { write, cli, sandbox } = here;
      // Contact 1 has 25 rows, of which all but the first depend on it.
      const rows = [...Array<number>(25).fill(1), ...Array.from({ length: 29 }, (_, at) => at + 2)];
      await write(
        'edits.csv',
        csv(
          HEADER,
          rows.map((n, at) => [id(n), `New ${at}`]),
        ),
      );
      await cli('plan', 'edits.csv');
      sandbox.setFaults([{ kind: '422', probability: 0 }]);
      await withGate(
        here,
        ({ kind, path: at }) => {
          if (kind !== 'patch') return undefined;
          if (at.endsWith(id(1))) return { status: 422, body: '{}' };
          return { status: 404, body: '{}' };
        },
        async () => {
          const run = await cli('apply', 'latest', '--max-failures', '1');
          expect(run).toMatchObject({ code: 3, summary: { state: 'done' } });
          expect(run.summary.counts).toMatchObject({ failed: 1, conflict: 24, not_found: 29 });
        },
      );
    }),
  );

  test(
    'holds for retry and undo as well',
    world({ contacts: people(30) }, async ({ sync, cli, sandbox }) => {
      sandbox.setFaults(parseFaults('422@title=100%'));
      const failed = await sync(titles(30), '--max-failures', '100%');
      expect(failed.summary.counts.failed).toBe(30);
      const retried = await cli('retry', 'latest', '--concurrency', '1');
      expect(retried).toMatchObject({ code: 4, summary: { command: 'retry', error_code: 'too_many_refused' } });
      expect(sandbox.log.counts.patch).toBe(30 + 20);
      sandbox.setFaults([]);
      expect(await cli('resume', 'latest', '--max-failures', '100%')).toMatchObject({ code: 3 });
      sandbox.setFaults(parseFaults('422@title=100%'));
      const undone = await cli('undo', 'latest', '--max-failures', '0', '--concurrency', '1');
      expect(undone).toMatchObject({ code: 4, summary: { command: 'undo', error_code: 'too_many_refused' } });
    }),
  );
});

describe('--limit', () => {
  test(
    'stops after so many writes, and resume goes on with as many',
    world({ contacts: people(10) }, async ({ sync, cli, sandbox }) => {
      const first = await sync(titles(10), '--limit', '4');
      expect(first).toMatchObject({ code: 4, summary: { state: 'stopped', error_code: 'write_limit' } });
      expect(first.stderr).toContain('--limit 4 is reached');
      expect(first.stderr).toContain(`4 of 10 updates sent; continue with: contact-sync resume ${idOf(first)}`);
      expect(sandbox.log.counts.patch).toBe(4);
      expect(await cli('resume', 'latest')).toMatchObject({ code: 4 });
      expect(sandbox.log.counts.patch).toBe(8);
      expect(await cli('resume', 'latest')).toMatchObject({ code: 0, summary: { state: 'done' } });
      expect(sandbox.log.counts.patch).toBe(10);
    }),
  );

  test.each<[string, string[], number, number]>([
    ['as many as the plan has', ['--limit', '3'], 0, 3],
    ['more than the plan has', ['--limit', '50'], 0, 3],
    ['none', ['--limit', 'none'], 0, 3],
    ['one', ['--limit', '1'], 4, 1],
  ])('of %s', (_, flags, code, sent) =>
    world({ contacts: people(3) }, async ({ sync, sandbox }) => {
      expect(await sync(titles(3), ...flags)).toMatchObject({ code });
      expect(sandbox.log.counts.patch).toBe(sent);
    })(),
  );

  test(
    'counts each row of one contact, in file order, and no row that needs no request',
    world({ contacts: people(3) }, async ({ write, cli, sandbox }) => {
      const rows = [1, 1, 1, 2, 3].map((n, at) => [id(n), `New ${at + 1}`]);
      await write('edits.csv', csv(HEADER, rows));
      await cli('plan', 'edits.csv');
      // Row 4 has its value by now.
      sandbox.store.write(id(2), { title: 'New 4' });
      expect(await cli('apply', 'latest', '--limit', '2', '--concurrency', '1')).toMatchObject({ code: 4 });
      expect(sandbox.log.counts.patch).toBe(2);
      const rest = await cli('resume', 'latest');
      expect(rest).toMatchObject({ code: 0, summary: { state: 'done' } });
      expect(sandbox.log.patches(id(1)).map(({ body }) => body)).toEqual([1, 2, 3].map((n) => ({ title: `New ${n}` })));
      expect(statuses(rest)).toEqual(['updated', 'updated', 'updated', 'unchanged', 'updated']);
      expect(sandbox.log.counts.patch).toBe(4);
    }),
  );
});

describe('--canary', () => {
  test(
    'writes the first rows, reads them again, and lets the rest follow',
    world({ contacts: people(8) }, async ({ sync, sandbox }) => {
      const run = await sync(titles(8), '--canary', '3');
      expect(run).toMatchObject({ code: 0, summary: { state: 'done' } });
      expect(run.summary.write_guards).toMatchObject({ canary: 3, canary_kept_at: expect.any(String) as unknown });
      expect(run.log).toContain('the first rows were kept: sending the others');
      const kinds = sandbox.log.entries.map(({ kind }) => kind).filter((kind) => kind === 'patch' || kind === 'list');
      const [, ...afterPlan] = kinds.join(' ').split(/(?<=patch patch patch) /);
      expect(afterPlan.join(' ')).toMatch(/^list patch/);
      expect(
        sandbox.log
          .patches()
          .slice(0, 3)
          .map(({ contactId }) => contactId)
          .sort(),
      ).toEqual([1, 2, 3].map(id));
    }),
  );

  test(
    'stops before the rest where a value is not kept, and advises undo, which puts it back',
    world({ contacts: people(6) }, async (here) => {
      const { sync, cli, sandbox } = here;
      // Something in the CRM changes the title of contact 2 back once it was written.
      const meddle = ({ kind, nth }: { kind: string; nth: number }): void => {
        if (kind === 'list' && nth > 1) sandbox.store.write(id(2), { title: 'Meddled' });
      };
      await withGate(here, meddle, async () => {
        const halted = await sync(titles(6), '--canary', '3');
        expect(halted).toMatchObject({ code: 4, summary: { state: 'stopped', error_code: 'canary_failed' } });
        expect(halted.stderr).toContain('1 of the first 3 rows was not kept, so no others were sent');
        expect(halted.stderr).toContain(`undo with: contact-sync undo ${idOf(halted)}`);
        expect(halted.stderr).not.toContain('Meddled');
        expect(halted.log).toContain('"fields":["title"]');
        expect(sandbox.log.counts.patch).toBe(3);
        const again = await cli('resume', 'latest');
        expect(again).toMatchObject({ code: 4, summary: { error_code: 'canary_failed' } });
        expect(sandbox.log.counts.patch).toBe(3);
      });
      const undone = await cli('undo', 'latest');
      expect(undone).toMatchObject({ code: 3, summary: { counts: { updated: 2, conflict: 1 } } });
    }),
  );

  test(
    'stops before the rest where a row is refused, without a wait; --canary none sends the rest',
    world({ contacts: people(6), faults: parseFaults('422=100%') }, async ({ sync, cli, sandbox }) => {
      const halted = await sync(titles(6), '--canary', '2', '--canary-wait', '1h');
      expect(halted).toMatchObject({ code: 4, summary: { error_code: 'canary_failed' } });
      expect(sandbox.log.counts.patch).toBe(2);
      sandbox.setFaults([]);
      const rest = await cli('resume', 'latest', '--canary', 'none');
      expect(rest).toMatchObject({ code: 3, summary: { counts: { failed: 2, updated: 4 } } });
    }),
  );

  test(
    'takes several rows of one contact together: the last one says what it is to hold',
    world({ contacts: people(3) }, async ({ sync }) => {
      const rows = [1, 1, 2, 3].map((n, at) => [id(n), `New ${at}`]);
      expect(await sync(csv(HEADER, rows), '--canary', '2')).toMatchObject({ code: 0 });
    }),
  );

  test.each([
    ['more rows than the plan has', '50', 3, 1],
    ['all rows of the plan', '3', 3, 1],
    ['a plan without a write', '2', 0, 0],
  ])('with %s', (_, canary, writes, checks) =>
    world({ contacts: people(3) }, async ({ sync, sandbox }) => {
      const rows = [1, 2, 3].map((n) => [id(n), writes > 0 ? 'New' : `Title ${n}`]);
      const run = await sync(csv(HEADER, rows), '--canary', canary);
      expect(run).toMatchObject({ code: 0, summary: { state: 'done' } });
      expect([sandbox.log.counts.patch, sandbox.log.counts.list]).toEqual([writes, 1 + checks]);
      expect(run.summary.write_guards.canary_kept_at !== null).toBe(checks > 0);
    })(),
  );

  test(
    'waits before it reads again: told, ended by a signal, and made up for on resume',
    world({ contacts: people(5) }, async (here) => {
      const { write, cli, sandbox } = here;
      await write('edits.csv', titles(5));
      const begun = begin(here, 'sync', 'edits.csv', '--canary', '2', '--canary-wait', '2h');
      await begun.said('reading the first rows again at');
      begun.stop();
      expect(await begun.ended).toMatchObject({ code: 4 });
      expect(sandbox.log.counts.patch).toBe(2);
      const again = begin(here, 'resume', 'latest');
      await again.said('reading the first rows again at');
      again.stop();
      await again.ended;
      expect(sandbox.log.counts.patch).toBe(2);
      // As if the rows had been written long ago.
      const stopped = await cli('show', 'latest');
      const results = path.join(stopped.runDir!, 'results.ndjson');
      const text = await readFile(results, 'utf8');
      await writeFile(results, text.replace(/"at":"[^"]+"/g, '"at":"2026-01-01T00:00:00.000Z"'));
      const rest = await cli('resume', 'latest');
      expect(rest).toMatchObject({ code: 0, summary: { counts: { updated: 5 } } });
      expect(sandbox.log.counts.patch).toBe(5);
    }),
  );

  test(
    'is applied to a plan that was made with it',
    world({ contacts: people(5) }, async ({ write, cli, sandbox }) => {
      await write('edits.csv', titles(5));
      await cli('plan', 'edits.csv', '--canary', '2', '--limit', '2');
      expect(await cli('apply', 'latest')).toMatchObject({ code: 4, summary: { error_code: 'write_limit' } });
      expect(sandbox.log.counts.patch).toBe(2);
    }),
  );
});

test.each([
  ['among the canary', 2],
  ['at the read that checks it', 'list'],
  ['after it', 4],
] as const)('a run that is killed %s checks its canary before the rest, on resume', (_, at) =>
  world({ contacts: people(6) }, async (here) => {
    const { write, cli, sandbox } = here;
    await write('edits.csv', titles(6));
    const flags = ['--canary', '3', '--concurrency', '1'];
    await killAt(
      here,
      ({ kind, nth }) => (at === 'list' ? kind === 'list' && nth === 2 : kind === 'patch' && nth === at),
      ...['sync', 'edits.csv', ...flags],
    );
    const before = sandbox.log.entries.length;
    const run = await cli('resume', 'latest');
    expect(run).toMatchObject({ code: 0, summary: { state: 'done', counts: { updated: 6 } } });
    expect(run.summary.write_guards.canary_kept_at).not.toBeNull();
    const resumed = sandbox.log.entries.slice(before);
    const firstOther = resumed.findIndex((entry) => entry.kind === 'patch' && (entry.contactId ?? '') > id(3));
    const check = resumed.findIndex(({ kind, body }) => kind === 'list' && JSON.stringify(body).includes(id(1)));
    if (at === 4) expect(check).toBe(-1);
    else expect(check).toBeGreaterThan(-1);
    expect(firstOther).toBeGreaterThan(check);
  })(),
);
