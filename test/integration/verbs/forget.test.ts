import { appendFile, copyFile, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Summary } from '../../../src/core/run/summary.js';
import { holdAt, runId, start, stopAt, summaryOf, withGate } from '../../support/gate.js';
import {
  csv,
  filesBelow,
  id,
  inFileOrder,
  people,
  person,
  statuses,
  withFront,
  world,
  type Run,
  type World,
} from '../../support/world.js';

/** What the files hold of contact 2. */
const THEIRS = /zelda|0a000000-0000-4000-8000-000000000002/i;
const TITLES = ['Ann', 'Zelda', 'Cora', 'Dora'].map((name) => `${name}'s title`);
const contacts = people(4).map((one, at) => ({ ...one, title: `Old ${TITLES[at]}`, notes: 'Some notes' }));
const EDITS = csv(
  ['contact_id', 'title', 'notes'],
  TITLES.map((title, at) => [id(at + 1), title, at === 1 ? 'Zelda again' : '']),
);

/** What is left of contact 2 below the folder of runs, by file. */
async function left(it: World): Promise<string[]> {
  const files = await filesBelow(path.join(it.dir, 'runs'));
  return [...files].flatMap(([name, text]) => (THEIRS.test(text) ? [path.basename(name)] : []));
}

const forget = (it: World, ...flags: string[]): Promise<Run> => it.cli('runs', 'forget', id(2), ...flags);

function refusing(it: World, use: () => Promise<void>): Promise<void> {
  const refused = (name: string) => ({ status: 422, body: `{"detail":"${name} is not to be called so"}` });
  const names: Record<string, string> = { 2: 'Zelda', 3: 'Cora' };
  const refusal = (at: string) => (names[at.at(-1)!] === undefined ? undefined : refused(names[at.at(-1)!]!));
  return withFront(it, ({ method, path: at }) => (method === 'PATCH' ? refusal(at) : undefined), use);
}

test(
  'a contact is in no file of a run any more, and the rest is as it was',
  world({ contacts }, async (it) => {
    await refusing(it, async () => void (await it.sync(EDITS, '--log-level', 'debug')));
    const before = await it.cli('runs');
    expect((await left(it)).sort()).toEqual(['plan.ndjson', 'rejected.csv', 'results.ndjson', 'run.log']);
    const forgot = await forget(it);
    expect(forgot).toMatchObject({ code: 0, stderr: '' });
    expect(forgot.stdout).toBe(
      `${runId(before)}  plan 1, results 1, rejected 1, log 1\n` +
        'taken out of 1 run; exports, other files of your own and copies of runs are not looked at\n',
    );
    expect(await left(it)).toEqual([]);
    const after = await it.cli('runs');
    expect(after.stdout).toBe(before.stdout);
    expect(after.summary).toEqual({
      ...before.summary,
      forgotten: 1,
      // Another plan, which nobody has approved.
      digest: expect.not.stringMatching(before.summary.digest!),
      plan: { ...before.summary.plan, sha256: expect.not.stringMatching(before.summary.plan.sha256) },
    });
    expect(after.plan.filter(({ row }) => row !== 2)).toEqual(before.plan.filter(({ row }) => row !== 2));
    expect(after.results.filter(({ row }) => row !== 2)).toEqual(before.results.filter(({ row }) => row !== 2));
    expect(inFileOrder(after.results)[1]).toEqual({
      ...{ row: 2, line: 3, contact_id: null, status: 'failed', attempts: 1, http_status: 422 },
      error: { code: 'http_422', message: 'the contact was taken out of this run' },
      ...{ duration_ms: expect.any(Number), at: expect.any(String) },
    });
    expect(after.rejected.map(([first]) => first)).toEqual(['contact_id', id(3)]);
    for (const name of await readdir(after.runDir ?? '')) {
      expect([name, ((await stat(path.join(after.runDir ?? '', name))).mode & 0o777).toString(8)]).toEqual([
        name,
        '600',
      ]);
    }
    expect((await forget(it)).stdout).toMatch(/^taken out of 0 runs/);
  }),
);

test(
  'a dry run shows where a contact is, and changes nothing',
  world({ contacts }, async (it) => {
    await it.sync(EDITS);
    await it.sync(EDITS, '--mirror');
    const before = await filesBelow(path.join(it.dir, 'runs'));
    const { code, stdout } = await forget(it, '--dry-run', '--json');
    const found = { rejected: 0, succeeded: 1, input: 0, log: 1 };
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      {
        dry_run: true,
        runs: [
          { run: expect.any(String), plan: 1, results: 1, ...found, succeeded: 0, log: 0 },
          { run: expect.any(String), plan: 1, results: 1, ...found },
        ],
        ...{ mirrors: 1, failed: [] },
      },
    ]);
    const after = await filesBelow(path.join(it.dir, 'runs'));
    for (const [name, text] of before) if (!name.startsWith('.mirror')) expect(after.get(name)).toBe(text);
  }),
);

describe('what continues such a run says so:', () => {
  test(
    'undo puts the others back, and holds what it cannot put back',
    world({ contacts }, async (it) => {
      await it.sync(EDITS);
      await forget(it);
      const undo = await it.cli('undo', 'latest');
      expect([undo.code, undo.summary.counts.updated, undo.summary.counts.held]).toEqual([3, 3, 1]);
      expect(undo.stdout).toContain('held  the contact was taken out of this run');
      expect(undo.rejected).toHaveLength(1);
      expect(it.sandbox.store.find(id(2))?.title).toBe(TITLES[1]);
      expect(it.sandbox.store.find(id(1))?.title).toBe(`Old ${TITLES[0]}`);
      expect((await summaryOf(it, undo.summary.parent ?? '')).state).toBe('done');
    }),
  );

  test(
    'apply sends the others, and holds the row',
    world({ contacts }, async (it) => {
      await it.cli('plan', await it.write('edits.csv', EDITS));
      await forget(it);
      const applied = await it.cli('apply', 'latest');
      expect(applied.code).toBe(3);
      expect(statuses(applied)).toEqual(['updated', 'held', 'updated', 'updated']);
      expect(applied.rejected).toHaveLength(1);
      expect(it.sandbox.store.find(id(2))?.title).toBe(`Old ${TITLES[1]}`);
    }),
  );

  test(
    'resume goes on with the others, and does not claim to know of a request that was lost',
    world({ contacts }, async (it) => {
      await it.write('edits.csv', EDITS);
      const flags = ['--concurrency', '1', '--timeout', '2s'];
      await stopAt(it, ({ kind, nth }) => kind === 'patch' && nth === 2, 'sync', 'edits.csv', ...flags);
      const { runDir = '' } = await it.cli('runs');
      // As if the process had died before the answer to row 2.
      const results = (await readFile(path.join(runDir, 'results.ndjson'), 'utf8')).split('\n');
      await writeFile(path.join(runDir, 'results.ndjson'), `${results[0]}\n`);
      await forget(it);
      expect(await left(it)).toEqual([]);
      const resumed = await it.cli('resume', 'latest', '--timeout', '2s');
      expect(resumed.code).toBe(3);
      expect(statuses(resumed)).toEqual(['updated', 'unknown', 'updated', 'updated']);
      expect(await left(it)).toEqual([]);
    }),
  );

  test(
    'retry plans the others, and warns',
    world({ contacts }, async (it) => {
      await refusing(it, async () => void (await it.sync(EDITS)));
      await forget(it);
      const retried = await it.cli('retry', 'latest');
      expect([retried.code, retried.summary.counts.updated, retried.summary.input.rows]).toEqual([0, 1, 1]);
      expect(retried.stderr).toContain('rows are left out whose contacts were taken out of that run rows=1');
    }),
  );
});

describe('a process that was killed is followed by one that completes it:', () => {
  /** The files of a run before and after. */
  async function forgotten(it: World, use: (runDir: string) => Promise<void>): Promise<void> {
    await refusing(it, async () => void (await it.sync(EDITS)));
    const { runDir = '' } = await it.cli('runs');
    for (const name of ['plan.ndjson', 'summary.json', 'results.ndjson', 'rejected.csv']) {
      await copyFile(path.join(runDir, name), path.join(it.dir, name));
    }
    await forget(it);
    await use(runDir);
    expect((await forget(it)).code).toBe(0);
    expect(await left(it)).toEqual([]);
    const summary = await summaryOf(it, path.basename(runDir));
    expect(summary.plan).not.toHaveProperty('next');
    expect(summary.forgotten).toBe(1);
    const undo = await it.cli('undo', path.basename(runDir));
    expect([undo.code, undo.summary.counts.updated]).toEqual([0, 2]);
  }

  const back = (it: World, runDir: string, ...names: string[]): Promise<unknown> =>
    Promise.all(names.map((name) => copyFile(path.join(it.dir, name), path.join(runDir, name))));

  test(
    'before the plan was replaced',
    world({ contacts }, async (it) => {
      await forgotten(it, async (runDir) => void (await back(it, runDir, 'plan.ndjson', 'summary.json')));
    }),
  );

  test(
    'after rejected.csv was replaced',
    world({ contacts }, async (it) => {
      await forgotten(it, async (runDir) => {
        await back(it, runDir, 'plan.ndjson', 'summary.json', 'results.ndjson');
        await writeFile(path.join(runDir, 'rejected.csv.0123456789ab.part'), 'half of it');
      });
      const { runDir = '' } = await it.cli('runs');
      expect(
        (await readdir(path.dirname(runDir), { recursive: true })).filter((name) => name.endsWith('.part')),
      ).toEqual([]);
    }),
  );

  test.each(['after', 'before'])('%s the plan was replaced, with the summary knowing both', (when) =>
    world({ contacts }, async (it) => {
      await forgotten(it, async (runDir) => {
        const file = path.join(runDir, 'summary.json');
        const after = JSON.parse(await readFile(file, 'utf8')) as Summary;
        const before = JSON.parse(await readFile(path.join(it.dir, 'summary.json'), 'utf8')) as Summary;
        before.plan.next = after.plan.sha256;
        await writeFile(file, JSON.stringify(before));
        if (when === 'before') await back(it, runDir, 'plan.ndjson');
        // Meanwhile it is no plan that was edited.
        expect((await it.cli('undo', path.basename(runDir), '--dry-run')).code).toBe(0);
      });
    })(),
  );
});

test(
  'lines that a crash tore or that are damaged are no refuge, and other files are left alone',
  world({ contacts }, async (it) => {
    await it.pipe(csv(['contact_id', 'title'], [[id(1), 'Ann']]).trimEnd(), 'sync', '-');
    const other = await it.cli('runs');
    await it.sync(EDITS);
    const { runDir = '', results, plan } = await it.cli('runs');
    const torn = (line: object) => JSON.stringify(line).slice(0, -9);
    const lines = results.map((line) =>
      line.row === 2 ? `${torn(line)}\n` : `${JSON.stringify({ format: 1, ...line })}\n`,
    );
    await writeFile(path.join(runDir, 'results.ndjson'), lines.join('') + torn(results.find(({ row }) => row === 2)!));
    await appendFile(path.join(runDir, 'plan.ndjson'), torn(plan[1]!));
    const forgot = await forget(it);
    expect(forgot.stdout).toContain('plan 2, results 2, succeeded 1, log 1\ntaken out of 1 run;');
    expect(await left(it)).toEqual([]);
    expect(await readFile(path.join(other.runDir ?? '', 'input.csv'), 'utf8')).toContain('Ann');
  }),
);

test(
  'a plan that was edited before stays refused',
  world({ contacts }, async (it) => {
    await it.sync(EDITS);
    const { runDir = '' } = await it.cli('runs');
    const plan = await readFile(path.join(runDir, 'plan.ndjson'), 'utf8');
    await writeFile(path.join(runDir, 'plan.ndjson'), plan.replace("Ann's", "Eve's"));
    await forget(it);
    expect(await left(it)).toEqual([]);
    expect(await it.cli('undo', 'latest')).toMatchObject({ code: 2, stderr: expect.stringContaining('cut or edited') });
  }),
);

test(
  'a run in progress is refused, and nothing is changed',
  world({ contacts }, async (it) => {
    await it.sync(EDITS);
    const held = holdAt('patch');
    await it.write('more.csv', csv(['contact_id', 'title'], [[id(1), 'More']]));
    await withGate(it, held.meet, async () => {
      const run = start(it, 'sync', 'more.csv');
      await held.reached;
      const refused = await forget(it);
      expect(refused).toMatchObject({ code: 6, stdout: '', stderr: expect.stringContaining('is in progress') });
      expect(await left(it)).toContain('plan.ndjson');
      held.release();
      await run.ended;
    });
    expect((await forget(it)).code).toBe(0);
    expect(await left(it)).toEqual([]);
  }),
);

test(
  'the mirror and a copy of standard input that have the contact are deleted',
  world({ contacts }, async (it) => {
    await it.pipe(EDITS, 'sync', '-', '--mirror');
    expect((await forget(it)).stdout).toContain('input 1\n1 mirror deleted\n');
    expect((await readdir(path.join(it.dir, 'runs'))).filter((name) => name.startsWith('.mirror'))).toEqual([]);
    expect(await left(it)).toEqual([]);
  }),
);

test(
  'a run that was stopped over its plan can go on no more without its copy of standard input, and says so',
  world({ contacts }, async (it) => {
    await withFront(
      it,
      ({ path: at }) => (at.includes('/contacts') ? { status: 503, body: '' } : undefined),
      async () => void (await it.pipe(EDITS, 'sync', '-', '--retries', '0')),
    );
    expect((await forget(it)).stdout).toContain('input 1');
    expect(await left(it)).toEqual([]);
    const resumed = await it.cli('resume', 'latest');
    expect(resumed.code).toBe(2);
    expect(resumed.stderr).toContain('start a new run: its copy of standard input was deleted');
  }),
);

test.each([
  ['an e-mail address', 'zelda@example.com', 'zelda@example.com'],
  ['digits', '12', '12'],
  ['a UUID in capitals', id(2).toUpperCase(), id(2)],
])('an id may be %s', (_, given, contact) =>
  world({ contacts: [person(1), { ...person(2), id: contact }] }, async (it) => {
    const rows = [
      [id(1), '12 titles'],
      [given, 'Zelda'],
    ];
    await it.sync(csv(['contact_id', 'title'], rows), '--id-format', 'any', '--log-level', 'debug');
    const forgot = await it.cli('runs', 'forget', given);
    expect(forgot.stdout).toMatch(/plan 1, results 1/);
    expect(await left(it)).toEqual([]);
    const { plan, results } = await it.cli('runs');
    expect([plan[0]?.changes?.['title']?.to, results.length]).toEqual(['12 titles', 2]);
  })(),
);

test(
  'runs forget needs an id, and only it takes one',
  world({ contacts }, async (it) => {
    expect(await it.cli('runs', 'forget')).toMatchObject({ code: 2, stderr: expect.stringContaining('needs the id') });
    expect(await it.cli('runs', 'prune', id(2))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('takes no'),
    });
  }),
);

test(
  'a run that cannot be read is named, and the others are done',
  world({ contacts }, async (it) => {
    await it.sync(EDITS);
    const { runDir = '' } = await it.cli('runs');
    await it.sync(EDITS);
    await writeFile(path.join(runDir, 'summary.json'), '{');
    const forgot = await forget(it);
    expect(forgot.code).toBe(3);
    expect(forgot.stderr).toContain(`run ${path.basename(runDir)} may still have the contact`);
    expect(forgot.stdout).toContain('taken out of 1 run;');
  }),
);
