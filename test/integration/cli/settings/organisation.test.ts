import { expect, test } from '@jest/globals';
import { SANDBOX_ORGANISATION } from '../../../../src/sandbox/defaults.js';
import { csv, id, people, requestCount, withFront, world, type World } from '../../../support/world.js';

const EDITS = csv(['contact_id', 'title'], [[id(1), 'New']]);

async function syncAs(it: World, organisation: string) {
  await it.write('edits.csv', EDITS);
  await it.write('job.json', JSON.stringify({ csv: 'edits.csv', organisation }));
  return it.cli('sync', '--job', 'job.json');
}

test.each([SANDBOX_ORGANISATION.id, SANDBOX_ORGANISATION.name ?? ''])('a job for the organisation %s runs', (name) =>
  world({ contacts: people(1) }, async (it) => {
    expect(await syncAs(it, name)).toMatchObject({ code: 0 });
  })(),
);

test(
  'a job for another organisation is refused before any contact is read, and no run is left',
  world({ contacts: people(1) }, async (it) => {
    const run = await syncAs(it, 'Acme Inc.');
    expect([run.code, requestCount(it.sandbox), run.runDir]).toEqual([2, 0, undefined]);
    expect(run.stderr).toContain(`the key belongs to "${SANDBOX_ORGANISATION.name}", ${SANDBOX_ORGANISATION.id}`);
    expect(run.stderr).toContain('and not to "Acme Inc.". Check --organisation');
  }),
);

test(
  'a plan of one organisation is not applied as another’s',
  world({ contacts: people(1) }, async (it) => {
    await it.write('edits.csv', EDITS);
    await it.cli('plan', 'edits.csv');
    const applied = await it.cli('apply', 'latest', '--organisation', 'Acme Inc.');
    expect([applied.code, it.sandbox.log.patches().length, applied.summary.state]).toEqual([2, 0, 'planned']);
  }),
);

test(
  'an API that does not say whose the key is confirms no organisation',
  world({ contacts: people(1) }, async (it) => {
    // A key that this machine has not used yet.
    it.env['HOME'] = `${it.dir}/elsewhere`;
    const silent = ({ path }: { path: string }) => (path.endsWith('/me') ? { status: 404, body: '{}' } : undefined);
    await withFront(it, silent, async () => {
      const run = await syncAs(it, 'Acme Inc.');
      expect([run.code, it.sandbox.log.patches().length]).toEqual([2, 0]);
      expect(run.stderr).toContain('does not say whose the key is');
    });
  }),
);

test(
  'an export of another organisation writes nothing, and one of the right organisation does',
  world({ contacts: people(1) }, async (it) => {
    const other = await it.cli('export', '--out', 'all.csv', '--organisation', 'Acme Inc.');
    expect([other.code, it.sandbox.log.counts.list]).toEqual([2, 0]);
    expect(other.stderr).toContain('and not to "Acme Inc."');
    await expect(
      it.cli('export', '--out', 'all.csv', '--organisation', SANDBOX_ORGANISATION.id),
    ).resolves.toMatchObject({
      code: 0,
    });
  }),
);
