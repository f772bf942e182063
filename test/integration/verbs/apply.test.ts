import { describe, expect, test } from '@jest/globals';
import { bodies, csv, id, inFileOrder, people, requestCount, statuses, world } from '../../support/world.js';
import { held, titles, withGate } from '../../support/gate.js';

const HEADER = ['contact_id', 'title'];

describe('apply', () => {
  test(
    'sends a plan made earlier, after one list call for all of its contacts',
    world({ contacts: people(20) }, async ({ cli, write, sandbox }) => {
      await write('edits.csv', titles(20));
      const plan = await cli('plan', 'edits.csv');
      expect(plan).toMatchObject({ code: 0, summary: { state: 'planned', command: 'plan' } });
      const before = { ...sandbox.log.counts };
      const run = await cli('apply', 'latest');
      expect(run).toMatchObject({ code: 0, runDir: plan.runDir, summary: { state: 'done', exit_code: 0 } });
      expect(run.summary.counts).toMatchObject({ updated: 20, planned: 0 });
      expect(run.stderr).toContain('to send: 20 updates, and 1 call to read them again first');
      expect(sandbox.log.counts.list - before.list).toBe(1);
      expect(sandbox.log.counts.get).toBe(0);
      expect(sandbox.log.counts.patch).toBe(20);
      expect(held(sandbox, 20, 'title')).toEqual(Array.from({ length: 20 }, (_, at) => `New ${at + 1}`));
    }),
  );

  test(
    'reads 501 contacts in two calls, and counts its calls as the server does',
    world({ contacts: people(501) }, async ({ cli, write, sandbox }) => {
      await write('edits.csv', titles(501));
      await cli('plan', 'edits.csv', '--rate', 'none');
      const before = { ...sandbox.log.counts };
      const run = await cli('apply', 'latest', '--rate', 'none');
      expect(run.code).toBe(0);
      expect(sandbox.log.counts.list - before.list).toBe(2);
      expect(run.summary.calls.patch).toBe(501);
      expect(sandbox.log.patches().map(({ contactId }) => contactId)).toHaveLength(501);
      expect(run.summary.calls.total).toBe(requestCount(sandbox));
    }),
  );

  test(
    'leaves a contact alone that another changed since the plan, and says both values',
    world({ contacts: people(3) }, async ({ cli, write, sandbox }) => {
      await write('edits.csv', titles(3));
      await cli('plan', 'edits.csv');
      sandbox.store.write(id(2), { title: 'Theirs' });
      const run = await cli('apply', 'latest');
      expect(run.code).toBe(3);
      expect(statuses(run)).toEqual(['updated', 'conflict', 'updated']);
      const { error } = inFileOrder(run.results)[1]!;
      expect(error).toMatchObject({ field: 'title' });
      expect(error?.message).toContain('"Theirs"');
      expect(error?.message).toContain('"New 2"');
      expect(held(sandbox, 3, 'title')).toEqual(['New 1', 'Theirs', 'New 3']);
      expect(sandbox.log.patches(id(2))).toEqual([]);
      expect(run.rejected).toHaveLength(2);
      expect(run.rejected[1]).toEqual(expect.arrayContaining([id(2), 'New 2', 'conflict']));
    }),
  );

  test(
    'is not put off by changes to fields that the plan does not write',
    world({ contacts: people(1) }, async ({ cli, write, sandbox }) => {
      await write('edits.csv', titles(1));
      await cli('plan', 'edits.csv');
      sandbox.store.write(id(1), { notes: 'Theirs' });
      expect(statuses(await cli('apply', 'latest'))).toEqual(['updated']);
      expect(sandbox.store.find(id(1))).toMatchObject({ title: 'New 1', notes: 'Theirs' });
    }),
  );

  test(
    'sends nothing for what already holds the new values, and only the rest of a row that half does',
    world({ contacts: people(2) }, async ({ cli, write, sandbox }) => {
      await write(
        'edits.csv',
        csv(
          [...HEADER, 'notes'],
          [
            [id(1), 'New', 'n'],
            [id(2), 'New', 'n'],
          ],
        ),
      );
      await cli('plan', 'edits.csv');
      sandbox.store.write(id(1), { title: 'New', notes: 'n' });
      sandbox.store.write(id(2), { title: 'New' });
      const run = await cli('apply', 'latest');
      expect(run.code).toBe(0);
      expect(statuses(run)).toEqual(['unchanged', 'updated']);
      expect(bodies(sandbox)).toEqual([{ id: id(2), body: { notes: 'n' } }]);
      expect(inFileOrder(run.results)[1]!.changes).toEqual({ notes: { from: null, to: 'n' } });
    }),
  );

  test(
    'finds a contact that was deleted since the plan',
    world({ contacts: people(6) }, async ({ cli, write, sandbox }) => {
      await write('edits.csv', titles(6));
      await cli('plan', 'edits.csv');
      sandbox.store.contacts.delete(id(1));
      const run = await cli('apply', 'latest');
      expect(run).toMatchObject({ code: 3 });
      expect(statuses(run)).toEqual(['not_found', ...Array<string>(5).fill('updated')]);
    }),
  );

  test(
    'refuses a run that was applied already, a run that does not exist, and sends nothing',
    world({ contacts: people(1) }, async ({ cli, sync, sandbox }) => {
      await sync(titles(1));
      const requests = requestCount(sandbox);
      const again = await cli('apply', 'latest');
      expect(again).toMatchObject({ code: 2, summary: { state: 'done', exit_code: 0 } });
      expect(again.stderr).toContain('has already been applied');
      expect(again.results).toHaveLength(1);
      expect(await cli('apply', 'nowhere')).toMatchObject({ code: 2 });
      expect(requestCount(sandbox)).toBe(requests);
    }),
  );

  test(
    'follows several rows about one contact, and does not build upon one that met a conflict',
    world({ contacts: people(2) }, async ({ cli, write, sandbox }) => {
      const rows = [
        [id(1), 'A'],
        [id(2), 'A'],
        [id(1), 'B'],
        [id(2), 'B'],
      ];
      await write('edits.csv', csv(HEADER, rows));
      await cli('plan', 'edits.csv');
      sandbox.store.write(id(2), { title: 'Theirs' });
      const run = await cli('apply', 'latest');
      expect(statuses(run)).toEqual(['updated', 'conflict', 'updated', 'conflict']);
      expect(held(sandbox, 2, 'title')).toEqual(['B', 'Theirs']);
    }),
  );
});

describe('sync', () => {
  test('reads again what is older than --plan-max-age, and finds what was changed meanwhile', () =>
    world({ contacts: people(8) }, async (here) => {
      const { sync, sandbox } = here;
      const meddle = ({ kind, nth }: { kind: string; nth: number }): void => {
        if (kind === 'list' && nth === 2) sandbox.store.write(id(5), { title: 'Theirs' });
      };
      await withGate(here, meddle, async () => {
        const run = await sync(titles(8), '--plan-max-age', '1ms', '--reads', 'ids');
        expect(run.code).toBe(3);
        expect(statuses(run)).toEqual([
          ...Array<string>(4).fill('updated'),
          'conflict',
          'updated',
          'updated',
          'updated',
        ]);
        expect(sandbox.store.find(id(5))?.title).toBe('Theirs');
        expect(sandbox.log.patches(id(5))).toEqual([]);
      });
    })());

  test(
    'reads a plan that is young enough no second time',
    world({ contacts: people(8) }, async ({ sync, sandbox }) => {
      const run = await sync(titles(8), '--reads', 'ids');
      expect(run.code).toBe(0);
      expect(sandbox.log.counts.list).toBe(1);
    }),
  );
});
