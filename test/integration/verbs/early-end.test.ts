import { describe, expect, test } from '@jest/globals';
import { CUSTOM_FIELDS } from '../../../src/sandbox/defaults.js';
import { csv, id, inFileOrder, people, statuses, withFront, world } from '../../support/world.js';
import { held, runId } from '../../support/gate.js';

const TAGGED = csv(
  ['contact_id', 'title', 'tags'],
  [1, 2].map((n) => [id(n), `New ${n}`, '+VIP']),
);

describe('a plan that could not be begun', () => {
  test(
    'is still the plan that was looked at: what someone changed since is a conflict',
    world({ contacts: people(2) }, async (here) => {
      const { cli, write, sandbox } = here;
      await write('edits.csv', TAGGED);
      await cli('plan', 'edits.csv');
      sandbox.store.write(id(1), { title: 'By a person' });
      const noTags = ({ path }: { path: string }) =>
        path.startsWith('/v1/tags') ? { status: 503, body: '{}' } : undefined;
      await withFront(here, noTags, async () => {
        const run = await cli('apply', 'latest', '--retries', '0');
        expect(run).toMatchObject({ code: 4, summary: { state: 'planned', exit_code: 4, counts: { planned: 2 } } });
        expect(run.stderr).toContain(`contact-sync apply ${runId(run)}`);
        expect(run.stderr).not.toContain('rows done');
      });
      expect((await cli('resume', 'latest')).code).toBe(2);
      const run = await cli('apply', 'latest');
      expect([run.code, ...statuses(run)]).toEqual([3, 'conflict', 'updated']);
      expect(held(sandbox, 2, 'title')).toEqual(['By a person', 'New 2']);
    }),
  );

  test(
    'for a key that was refused is applied with the right one',
    world({ contacts: people(2) }, async ({ cli, write, env, sandbox }) => {
      await write('edits.csv', TAGGED);
      await cli('plan', 'edits.csv');
      env['CONTACT_SYNC_API_KEY'] = 'mks_' + 'x'.repeat(48);
      expect(await cli('apply', 'latest')).toMatchObject({ code: 7, summary: { state: 'planned' } });
      env['CONTACT_SYNC_API_KEY'] = sandbox.key;
      expect(await cli('apply', 'latest')).toMatchObject({ code: 0, summary: { counts: { updated: 2 }, error: null } });
    }),
  );
});

test('a field that was deleted since the plan fails the rows that name it, and no others', () =>
  world({ contacts: people(3) }, async (here) => {
    const { cli, write, sandbox } = here;
    const { seats } = CUSTOM_FIELDS;
    const rows = [1, 2, 3].map((n) => [id(n), `New ${n}`, n === 2 ? '7' : '']);
    await write('edits.csv', csv(['contact_id', 'title', seats], rows));
    expect(await cli('plan', 'edits.csv')).toMatchObject({ code: 0 });
    sandbox.store.schema.splice(
      sandbox.store.schema.findIndex(({ key }) => key === seats),
      1,
    );
    const run = await cli('apply', 'latest');
    expect([run.code, ...statuses(run)]).toEqual([3, 'updated', 'failed', 'updated']);
    expect(inFileOrder(run.results)[1]!.error).toMatchObject({ code: 'unknown_field', field: seats });
    expect(held(sandbox, 3, 'title')).toEqual(['New 1', 'Title 2', 'New 3']);
  })());

describe('a run that ends early', () => {
  test(
    'does not claim that nothing was sent where an address is gone amid the writes: it is stopped',
    world({ contacts: people(20) }, async (here) => {
      const { cli, write, sandbox } = here;
      const rows = Array.from({ length: 700 }, (_, at) => [id((at % 20) + 1), `New ${at}`]);
      await write('edits.csv', csv(['contact_id', 'title'], rows));
      await cli('plan', 'edits.csv', '--reads', 'ids');
      let lists = 0;
      const gone = ({ path }: { path: string }) =>
        path.endsWith('/contacts/list') && ++lists === 2 ? { status: 404, body: '{}' } : undefined;
      await withFront(here, gone, async () => {
        const run = await cli('apply', 'latest', '--rate', 'none');
        expect(run).toMatchObject({ code: 4, summary: { state: 'stopped', exit_code: 4 } });
        expect(run.stderr).toContain('no such address');
        expect(run.stderr).not.toContain('nothing was sent');
        expect(sandbox.log.counts.patch).toBe(500);
      });
      expect(await cli('resume', 'latest', '--rate', 'none')).toMatchObject({
        code: 0,
        summary: { counts: { updated: 700 } },
      });
    }),
  );
});
