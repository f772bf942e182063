import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { isRunId } from '../../../src/core/run/run-folder.js';
import type { Contact } from '../../../src/core/contacts/types.js';
import { fileStore } from '../../../src/core/run/store.js';
import type { Summary } from '../../../src/core/run/summary.js';
import { undoRun } from '../../../src/core/undo-run.js';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';
import {
  csv,
  CUSTOM_VALUES,
  id,
  inFileOrder,
  people,
  person,
  requestCount,
  statuses,
  withFront,
  world,
} from '../../support/world.js';
import { contents, held, runId, summaryOf, titles, withGate, type Meet } from '../../support/gate.js';

const FIELDS = [
  ...['contact_id', 'first_name', 'title', 'notes', 'email', 'phone_number', 'do_not_contact', 'tags'],
  ...[CUSTOM_FIELDS.accountTier, CUSTOM_FIELDS.renewalDate, CUSTOM_FIELDS.seats, CUSTOM_FIELDS.newsletter],
  ...[CUSTOM_FIELDS.interests, CUSTOM_FIELDS.lastDemo, CUSTOM_FIELDS.erpNumber],
];

const RICH: Partial<Contact> = {
  ...{ title: null, notes: 'a "note"\nof two lines', phone_number: '+49 170 1234567', tags: ['VIP', 'Großkunde'] },
  ...CUSTOM_VALUES,
};

const FILLED = [
  ...['New', 'CEO', 'n', '', '+1 555 0100', 'true', 'Partner;VIP', 'Growth', '2027-05-05', '12', 'yes'],
  ...['x;y', '2026-02-02T00:00:00Z', '77'],
];
const CLEARED = Array<string>(14).fill('<clear>');

const RICH_EDITS = csv(FIELDS, [
  [id(1), ...FILLED],
  [id(2), ...CLEARED],
  [id(3), ...FILLED.map((cell, at) => (at === 3 ? 'new3@example.com' : cell))],
  [id(4), ...CLEARED],
  [id(1), '', 'CFO', '', '', '', '', '+Champion', ...Array<string>(7).fill('')],
]);
const RICH_CONTACTS = [person(1, RICH), person(2, RICH), person(3), person(4, { tags: ['Customer'] })];

describe('undo', () => {
  test(
    'says of the run that it is undone before its own end is on disk, and again where it is resumed from there',
    world({ contacts: people(2) }, async (here) => {
      const { cli, sync, sandbox, dir, door } = here;
      const run = runId(await sync(titles(2)));
      const stateOf = (id: string) => {
        const file = path.join(dir, 'runs', id, 'summary.json');
        return JSON.parse(readFileSync(file, 'utf8')) as Pick<Summary, 'state' | 'undone_by'>;
      };
      const atItsEnd: string[] = [];
      const owner = { pid: process.pid, version: process.version };
      const { folder, summary } = await undoRun({
        api: { baseUrl: door.url, key: sandbox.key },
        store: fileStore({ dir: path.join(dir, 'runs'), machineDir: path.join(dir, 'machine'), owner }),
        run,
        // Asked for last of all, when the summary is about to be written.
        exitCodeOf({ run_id }) {
          atItsEnd.push(stateOf(run).state, stateOf(run_id).state);
          return 0;
        },
      });
      expect(atItsEnd).toEqual(['undone', 'applying']);
      expect(stateOf(run)).toMatchObject({ state: 'undone', undone_by: folder.id });

      // As a process leaves it that is killed just then.
      await writeFile(folder.file('summary'), JSON.stringify({ ...summary, state: 'applying' }));
      expect((await cli('undo', run)).code).toBe(2);
      expect((await cli('resume', folder.id)).code).toBe(0);
      expect(stateOf(run)).toMatchObject({ state: 'undone', undone_by: folder.id });
      expect(sandbox.log.counts.patch).toBe(4);
    }),
  );

  test.each([
    [409, true, 'updated', 0],
    [409, false, 'conflict', 3],
    [422, false, 'failed', 3],
  ])('what was lost, then refused with %i, is as the contact shows it (carried out: %p)', (status, done, end, code) =>
    world({ contacts: people(1) }, async (here) => {
      const { cli, write, sandbox, env } = here;
      env['CONTACT_SYNC_TIMEOUT'] = '2s';
      await write('edits.csv', titles(1));
      const loseThenRefuse: Meet = ({ kind, nth }) => {
        if (kind !== 'patch') return;
        if (nth === 1 && done) sandbox.store.write(id(1), { title: 'New 1' });
        return { status: nth === 1 ? 504 : status, body: '{}' };
      };
      await withGate(here, loseThenRefuse, async () => {
        const run = await cli('sync', 'edits.csv');
        expect([run.code, ...statuses(run)]).toEqual([code, end]);
        expect(run.results[0]).toMatchObject({ attempts: 2 });
      });
      // The one that was lost could have been carried out after the row had ended.
      const { counts } = (await cli('undo', 'latest')).summary;
      expect(counts).toMatchObject(done ? { updated: 1, unchanged: 0 } : { updated: 0, unchanged: 1 });
      expect(held(sandbox, 1, 'title')).toEqual(['Title 1']);
    })(),
  );

  test(
    'puts every kind of value back, and its own undoing restores the edit, to and fro',
    world({ contacts: RICH_CONTACTS }, async (here) => {
      const { sandbox, sync, cli } = here;
      const before = contents(sandbox);
      const edit = await sync(RICH_EDITS);
      expect(edit).toMatchObject({ code: 0, summary: { counts: { updated: 5 } } });
      const after = contents(sandbox);
      expect(after).not.toEqual(before);

      const undo = await cli('undo', runId(edit));
      expect(undo).toMatchObject({ code: 0, summary: { command: 'undo', parent: runId(edit), state: 'done' } });
      expect(contents(sandbox)).toEqual(before);
      expect(await summaryOf(here, runId(edit))).toMatchObject({ state: 'undone' });

      const redo = await cli('undo', runId(undo));
      expect(redo.code).toBe(0);
      expect(contents(sandbox)).toEqual(after);
      expect(await summaryOf(here, runId(edit))).toMatchObject({ state: 'done' });
      expect(await summaryOf(here, runId(undo))).toMatchObject({ state: 'undone' });
      expect((await cli('undo', runId(edit))).code).toBe(0);
      expect(contents(sandbox)).toEqual(before);
    }),
  );

  test(
    'leaves alone what someone changed since, says both values, and puts the rest of the contact back',
    world({ contacts: people(3) }, async (here) => {
      const { sandbox, sync, cli } = here;
      const rows = [1, 2, 3].map((n) => [id(n), 'New', 'Paris']);
      const edit = await sync(csv(['contact_id', 'title', 'location'], rows));
      sandbox.store.write(id(1), { title: 'Theirs' });
      sandbox.store.write(id(2), { title: 'Title 2', notes: 'theirs' });
      const undo = await cli('undo', 'latest');
      expect(undo.code).toBe(3);
      expect(sandbox.store.find(id(1))).toMatchObject({ title: 'Theirs', location: 'Berlin' });
      expect(sandbox.store.find(id(2))).toMatchObject({ title: 'Title 2', location: 'Berlin', notes: 'theirs' });
      expect(sandbox.store.find(id(3))).toMatchObject({ title: 'Title 3', location: 'Berlin' });
      const conflicts = undo.results.filter(({ status }) => status === 'conflict');
      expect(conflicts).toMatchObject([{ contact_id: id(1), error: { field: 'title' } }]);
      expect(conflicts[0]!.error?.message).toMatch(/"Theirs".*"New"/);
      expect(undo.rejectedText).toContain('Theirs');
      expect(await summaryOf(here, runId(edit))).toMatchObject({ state: 'done' });
    }),
  );

  test(
    'does not overwrite a change made between its own plan and its write',
    world({ contacts: people(1) }, async (here) => {
      const { sandbox, sync, cli } = here;
      await sync(titles(1));
      const meddle = ({ kind, nth }: { kind: string; nth: number }): void => {
        if (kind !== 'patch' && kind !== 'other' && nth === 2) sandbox.store.write(id(1), { title: 'Theirs' });
      };
      await withGate(here, meddle, async () => {
        const undo = await cli('undo', 'latest', '--plan-max-age', '1ms', '--reads', 'get');
        expect(statuses(undo)).toEqual(['conflict']);
      });
      expect(sandbox.store.find(id(1))?.title).toBe('Theirs');
    }),
  );

  test(
    'puts back what the API kept in another form',
    world({ contacts: people(2, { email: null }), normalise: true }, async ({ sandbox, sync, cli }) => {
      const before = contents(sandbox);
      const rows = [
        [id(1), 'ANA@Example.COM', '(555) 010-0100'],
        [id(2), 'BEN@Example.COM', ''],
      ];
      await sync(csv(['contact_id', 'email', 'phone_number'], rows));
      expect(sandbox.store.find(id(1))?.email).toBe('ana@example.com');
      expect(await cli('undo', 'latest')).toMatchObject({ code: 0 });
      expect(contents(sandbox)).toEqual(before);
    }),
  );

  test(
    'does no more than plan with --dry-run',
    world({ contacts: people(1) }, async (here) => {
      const { sandbox, sync, cli } = here;
      const edit = await sync(titles(1));
      const dry = await cli('undo', 'latest', '--dry-run');
      expect(dry).toMatchObject({ code: 0, results: [{ status: 'planned' }] });
      expect(inFileOrder(dry.plan)[0]!.changes).toEqual({ title: { from: 'New 1', to: 'Title 1' } });
      expect(sandbox.log.counts.patch).toBe(1);
      expect(await summaryOf(here, runId(edit))).toMatchObject({ state: 'done' });
    }),
  );

  test(
    'of a run that sent nothing is a mistake, and makes no run',
    world({ contacts: people(1) }, async ({ dir, sandbox, write, cli }) => {
      await write('edits.csv', titles(1));
      const plan = await cli('plan', 'edits.csv');
      const requests = requestCount(sandbox);
      const undo = await cli('undo', runId(plan));
      expect(undo.code).toBe(2);
      expect(undo.stderr).toContain('sent nothing');
      expect(requestCount(sandbox)).toBe(requests);
      expect((await readdir(path.join(dir, 'runs'))).filter(isRunId)).toHaveLength(1);
    }),
  );
});

describe('retry', () => {
  test(
    'makes exactly the rows that had failed, in a new run that names its parent',
    world({ contacts: people(4) }, async ({ sandbox, sync, cli }) => {
      const rows = [
        [id(1), 'One', ''],
        [id(2), 'Two', 'person3@example.com'],
        [id(9), 'Nine', ''],
        [id(4), 'Four', ''],
      ];
      const edit = await sync(csv(['contact_id', 'title', 'email'], rows));
      expect(statuses(edit)).toEqual(['updated', 'conflict', 'not_found', 'updated']);
      sandbox.store.write(id(3), { email: 'elsewhere@example.com' });
      sandbox.store.load([person(9)]);
      const sent = sandbox.log.counts.patch;
      const retry = await cli('retry', runId(edit));
      expect(retry).toMatchObject({ code: 0, summary: { command: 'retry', parent: runId(edit) } });
      expect(retry.runDir).not.toBe(edit.runDir);
      expect(retry.results.map(({ contact_id, status }) => [contact_id, status]).sort()).toEqual([
        [id(2), 'updated'],
        [id(9), 'updated'],
      ]);
      expect(sandbox.log.counts.patch - sent).toBe(2);
      expect(sandbox.store.find(id(2))).toMatchObject({ title: 'Two', email: 'person3@example.com' });
    }),
  );

  test(
    'of a run of which nothing failed has nothing to do',
    world({ contacts: people(2) }, async ({ sandbox, sync, cli }) => {
      const run = await sync(titles(2));
      const sent = sandbox.log.counts.patch;
      // The latest run is the one that was to be retried, and no other.
      expect(await cli('retry', 'latest')).toMatchObject({ code: 0, runDir: run.runDir });
      expect(sandbox.log.counts.patch).toBe(sent);
    }),
  );
});

describe('undo latest', () => {
  test(
    'goes past runs that sent nothing, and refuses to make the change again',
    world({ contacts: people(2) }, async (here) => {
      const { sandbox, sync, cli } = here;
      const wrote = await sync(titles(2));
      const idle = await sync(titles(2));
      expect(statuses(idle)).toEqual(['unchanged', 'unchanged']);
      const undone = await cli('undo', 'latest');
      expect(undone.code).toBe(0);
      expect(held(sandbox, 2, 'title')).toEqual(['Title 1', 'Title 2']);
      expect(await summaryOf(here, runId(wrote))).toMatchObject({ state: 'undone', undone_by: runId(undone) });
      expect(await summaryOf(here, runId(idle))).toMatchObject({ state: 'done' });

      const patches = sandbox.log.counts.patch;
      for (const run of ['latest', runId(wrote)]) {
        const again = await cli('undo', run);
        expect(again.code).toBe(2);
        expect(again.stderr).toContain(`run ${runId(wrote)} has already been undone by run ${runId(undone)}`);
        expect(again.stderr).toContain(`contact-sync undo ${runId(undone)}`);
      }
      expect(sandbox.log.counts.patch).toBe(patches);
    }),
  );
});

describe('a field that is no longer there', () => {
  test(
    'fails by itself, and the rest of the contact is put back',
    world({ contacts: people(2, { [CUSTOM_FIELDS.seats]: 3 }) }, async (here) => {
      const { sandbox, sync } = here;
      const done = await sync(
        csv(
          ['contact_id', 'title', CUSTOM_FIELDS.seats],
          [1, 2].map((n) => [id(n), `New ${n}`, '7']),
        ),
      );
      expect(done.code).toBe(0);
      const schema = sandbox.store.schema.filter(({ key }) => key !== CUSTOM_FIELDS.seats);
      const answer = { status: 200, body: JSON.stringify({ data: schema }) };
      await withFront(
        here,
        ({ path: url }) => (url === '/v1/schemas/contacts' ? answer : undefined),
        async () => {
          const run = await here.cli('undo', 'latest');
          expect(run.code).toBe(3);
          expect(statuses(run).sort()).toEqual(['failed', 'failed', 'updated', 'updated']);
          expect(run.results.find(({ status }) => status === 'failed')!.error).toMatchObject({
            code: 'unknown_field',
            field: CUSTOM_FIELDS.seats,
          });
        },
      );
      expect(held(sandbox, 2, 'title')).toEqual(['Title 1', 'Title 2']);
      expect(await summaryOf(here, runId(done))).toMatchObject({ state: 'done' });
    }),
  );
});

describe('an answer that shows less than what was written', () => {
  test.each([
    ['leaves the fields out', (id: string) => ({ id })],
    ['still shows the old values', (id: string) => ({ id, title: 'Title 1' })],
  ])('where it %s, undo puts the value meant back', (_what, shown) =>
    world({ contacts: people(1) }, async (here) => {
      const { sandbox, cli, write } = here;
      await write('edits.csv', titles(1));
      await withGate(
        here,
        async ({ kind, path: url, body }) => {
          if (kind !== 'patch') return;
          const headers = { authorization: `Bearer ${sandbox.key}`, 'content-type': 'application/json' };
          await fetch(sandbox.url + url, { method: 'PATCH', headers, body });
          return { status: 200, body: JSON.stringify({ data: shown(id(1)) }) };
        },
        async () => {
          const run = await cli('sync', 'edits.csv');
          expect(statuses(run)).toEqual(['updated']);
        },
      );
      expect(held(sandbox, 1, 'title')).toEqual(['New 1']);
      const undone = await cli('undo', 'latest');
      expect(undone.code).toBe(0);
      expect(held(sandbox, 1, 'title')).toEqual(['Title 1']);
    })(),
  );
});

test('the command to undo that is printed works as it stands, wherever the runs are kept', () =>
  world({ contacts: people(2) }, async ({ cli, write, sandbox }) => {
    await write('edits.csv', titles(2));
    const { stdout } = await cli('sync', 'edits.csv', '--runs-dir', 'kept/by month');
    const [, printed] = /contact-sync undo (.+)/.exec(stdout) ?? [];
    expect(printed).toMatch(/^'kept\/by month\/[^/]+'$/);
    expect(await cli('undo', printed!.slice(1, -1))).toMatchObject({ code: 0 });
    expect(held(sandbox, 1, 'title')).toEqual(['Title 1']);
  })());
