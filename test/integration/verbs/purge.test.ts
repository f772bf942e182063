import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { begin, holdAt, runId, stopAt, withGate } from '../../support/gate.js';
import { csv, filesBelow, id, people, withFront, world, type World } from '../../support/world.js';

const EDITS = csv(
  ['contact_id', 'title', 'email'],
  [
    [id(1), 'Secret one', ''],
    [id(2), 'Secret two', ''],
    [id(3), '', 'secret-address'],
    [id(4), 'Title 4', ''],
  ],
);
const contacts = people(4).map((one) => ({ ...one, notes: 'n' }));

/** Files of the runs that hold a value of a contact. */
async function holding(it: World): Promise<string[]> {
  const files = await filesBelow(path.join(it.dir, 'runs'));
  return [...files]
    .flatMap(([name, text]) => (/secret|First\d|Title \d/i.test(text) ? [path.basename(name)] : []))
    .sort();
}

/** Row 1 is updated, row 2 refused with words that quote it, row 3 invalid, row 4 unchanged. */
async function mixedRun(it: World): Promise<void> {
  const refusal = { status: 422, body: '{"detail":"Secret two is not a title"}' };
  await withFront(
    it,
    ({ method, path: at }) => (method === 'PATCH' && at.endsWith(id(2)) ? refusal : undefined),
    async () => void (await it.pipe(EDITS, 'sync', '-', '--report')),
  );
}

test(
  'purge-values leaves ids, statuses, codes and counts of a run, and no value in any file',
  world({ contacts }, async (it) => {
    await mixedRun(it);
    expect(await holding(it)).toEqual([
      'input.csv',
      'plan.ndjson',
      'rejected.csv',
      'report.html',
      'results.ndjson',
      'succeeded.csv',
    ]);
    const before = await it.cli('runs', 'purge-values', 'latest', '--dry-run');
    expect(before.stdout).toContain('would be purged');
    expect(await holding(it)).toHaveLength(6);

    const purged = await it.cli('runs', 'purge-values', 'latest');
    expect(purged).toMatchObject({ code: 0, stderr: '' });
    expect(purged.stdout).toContain(`values of run ${runId(before)} purged`);
    expect(await holding(it)).toEqual([]);
    const facts = (run: typeof before) =>
      run.results.map(({ row, line, contact_id, status, error, attempts, http_status, at }) => {
        return { row, line, contact_id, status, code: error?.code, field: error?.field, attempts, http_status, at };
      });
    expect(facts(purged)).toEqual(facts(before));
    const { plan, digest, ...rest } = before.summary;
    expect(purged.summary).toMatchObject(rest);
    expect(purged.summary.digest).not.toBe(digest);
    expect(purged.summary.purged_at).toMatch(/^\d{4}-/);
    expect(purged.summary.plan).toMatchObject({ rows: plan.rows, planned: plan.planned });

    // Again changes nothing, and what only looks at the run still works.
    const again = await it.cli('runs', 'purge-values', 'latest');
    expect([again.code, again.summary]).toEqual([0, purged.summary]);
    const shown = await it.cli('show', 'latest');
    expect([shown.code, (await it.cli('report', 'latest')).code]).toEqual([0, 0]);
    expect(shown.stdout).toContain('the files of this run hold no values any more');
    expect(shown.stdout).not.toContain('contact-sync undo');
    expect(await holding(it)).toEqual([]);
  }),
);

test.each(['undo', 'retry', 'apply', 'resume'])('%s refuses a purged run, with the reason, and sends nothing', (verb) =>
  world({ contacts }, async (it) => {
    await mixedRun(it);
    const { sandbox } = it;
    await it.cli('runs', 'purge-values', 'latest');
    const sent = sandbox.log.patches().length;
    const refused = await it.cli(verb, 'latest');
    expect([refused.code, sandbox.log.patches().length]).toEqual([2, sent]);
    expect(refused.stderr).toMatch(/the values of run \S+ were purged on \d{4}-\d\d-\d\d: it cannot be applied/);
  })(),
);

test(
  'a plan that waits is purged too: it can then be looked at and not applied',
  world({ contacts }, async (it) => {
    await it.write('edits.csv', EDITS);
    await it.cli('plan', 'edits.csv');
    const purged = await it.cli('runs', 'purge-values', 'latest');
    expect(await holding(it)).toEqual([]);
    expect(purged.plan.map(({ contact_id, status }) => [contact_id, status])).toEqual([
      [id(1), 'planned'],
      [id(2), 'planned'],
      [id(3), 'invalid'],
      [id(4), 'unchanged'],
    ]);
    expect((await it.cli('show', 'latest')).code).toBe(0);
    expect((await it.cli('apply', 'latest')).code).toBe(2);
  }),
);

test(
  'a run that can be continued keeps its values',
  world({ contacts }, async (it) => {
    await it.write('edits.csv', EDITS);
    await stopAt(it, ({ kind }) => kind === 'patch', 'sync', 'edits.csv', '--concurrency', '1');
    const before = await filesBelow(path.join(it.dir, 'runs'));
    const refused = await it.cli('runs', 'purge-values', 'latest');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/run \S+ is stopped and can be continued, .*; continue with: contact-sync resume /);
    expect(await filesBelow(path.join(it.dir, 'runs'))).toEqual(before);
  }),
);

test(
  'an id that may name a person is purged as well',
  world({ contacts: people(1).map((one) => ({ ...one, id: 'ann@example.com' })) }, async (it) => {
    await it.sync(csv(['contact_id', 'title'], [['ann@example.com', 'New']]), '--id-format', 'any');
    const { runDir = '' } = await it.cli('runs', 'purge-values', 'latest');
    for (const name of ['plan.ndjson', 'results.ndjson']) {
      expect(await readFile(path.join(runDir, name), 'utf8')).not.toContain('ann@');
    }
  }),
);

test(
  'who was killed over it is followed by one that purges the rest',
  world({ contacts }, async (it) => {
    await mixedRun(it);
    const { runDir = '', summary } = await it.cli('runs');
    await writeFile(path.join(runDir, 'summary.json'), JSON.stringify({ ...summary, purged_at: summary.started_at }));
    expect((await it.cli('undo', 'latest')).code).toBe(2);
    expect((await it.cli('runs', 'purge-values', 'latest')).summary.purged_at).toBe(summary.started_at);
    expect(await holding(it)).toEqual([]);
  }),
);

test(
  'nothing is purged while another run of the organisation is at work',
  world({ contacts }, async (it) => {
    await mixedRun(it);
    const { summary } = await it.cli('runs');
    await it.write('edits.csv', csv(['contact_id', 'title'], [[id(1), 'Other']]));
    const gate = holdAt('patch');
    await withGate(it, gate.meet, async () => {
      const { ended } = begin(it, 'sync', 'edits.csv');
      await gate.reached;
      expect((await it.cli('runs', 'purge-values', summary.run_id)).code).toBe(6);
      gate.release();
      await ended;
    });
    expect(await holding(it)).toContain('rejected.csv');
  }),
);
