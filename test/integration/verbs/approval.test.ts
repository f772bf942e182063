import { createHash } from 'node:crypto';
import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { digestOf } from '../../../src/core/run/approval.js';
import { PlanFile } from '../../../src/core/run/plan-file.js';
import { parseSummary } from '../../../src/core/run/summary-file.js';
import type { Summary } from '../../../src/core/run/summary.js';
import { randomFrom } from '../../../src/sandbox/random.js';
import { killAt, titles } from '../../support/gate.js';
import { bodies, people, world, type Run, type World } from '../../support/world.js';

const idOf = ({ runDir = '' }: Run): string => path.basename(runDir);

/** Makes a plan and gives its digest, as it was printed. */
async function planned({ write, cli }: World, rows = 3): Promise<{ run: Run; digest: string }> {
  await write('edits.csv', titles(rows));
  const run = await cli('plan', 'edits.csv');
  const [, digest = ''] = /^digest {2}(sha256:[0-9a-f]{64})$/m.exec(run.stdout) ?? [];
  return { run, digest };
}

describe('apply --approved', () => {
  test(
    'sends the plan whose digest plan printed, which --json and the summary have as well',
    world({ contacts: people(3) }, async (here) => {
      const { cli, sandbox } = here;
      const { run, digest } = await planned(here);
      expect(run.summary.digest).toBe(digest);
      expect(JSON.parse((await cli('plan', 'edits.csv', '--json')).stdout)).toMatchObject({
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as unknown,
      });
      const applied = await cli('apply', idOf(run), '--approved', digest);
      expect(applied).toMatchObject({ code: 0, summary: { counts: { planned: 3 } } });
      expect(sandbox.log.counts.patch).toBe(3);
      // What ran keeps the digest that it was approved by.
      const { digest: kept } = JSON.parse(await readFile(path.join(run.runDir!, 'summary.json'), 'utf8')) as Summary;
      expect(kept).toBe(digest);
    }),
  );

  test(
    'takes 12 digits or more, in any case and without sha256:, and refuses all else, as often as it is tried',
    world({ contacts: people(3) }, async (here) => {
      const { cli, sandbox } = here;
      const { run, digest } = await planned(here);
      const other = digest.endsWith('0') ? '1' : '0';
      const wrong = [
        digest.slice(0, 18),
        'sha256:',
        'latest',
        digest.slice(0, -1) + other,
        `${digest}0`,
        digest.slice(8),
      ];
      for (const approved of wrong) {
        const refused = await cli('apply', 'latest', '--approved', approved);
        expect([approved, refused.code]).toEqual([approved, 5]);
        expect(refused.stderr).toContain('--approved');
        expect(refused.summary.state).toBe('planned');
      }
      expect(await cli('apply', 'latest', '--approved', '')).toMatchObject({ code: 2 });
      expect(sandbox.log.counts.patch).toBe(0);
      const short = digest.slice('sha256:'.length, 'sha256:'.length + 12).toUpperCase();
      expect(await cli('apply', idOf(run), '--approved', short)).toMatchObject({ code: 0 });
      expect(sandbox.log.counts.patch).toBe(3);
    }),
  );

  test(
    'is not needed by a plan that no setting says so of',
    world({ contacts: people(3) }, async (here) => {
      await planned(here);
      expect(await here.cli('apply', 'latest')).toMatchObject({ code: 0 });
    }),
  );

  test(
    'still names the plan after a guard refused it and another limit lets it pass',
    world({ contacts: people(3) }, async (here) => {
      const { cli } = here;
      const { digest } = await planned(here);
      expect(await cli('apply', 'latest', '--approved', digest, '--max-changes', '1')).toMatchObject({ code: 5 });
      const applied = await cli('apply', 'latest', '--approved', digest, '--max-changes', '3', '--reserve', '1');
      expect(applied).toMatchObject({ code: 0 });
    }),
  );

  test(
    'covers the guards that the plan was made with, and names the plan on resume as well',
    world({ contacts: people(4) }, async (here) => {
      const { write, cli, sandbox } = here;
      await write('edits.csv', titles(4));
      const { summary } = await cli('plan', 'edits.csv', '--limit', '2');
      const digest = summary.digest!;
      expect(await cli('apply', 'latest', '--approved', digest)).toMatchObject({ code: 4 });
      expect(sandbox.log.counts.patch).toBe(2);
      expect(await cli('resume', 'latest', '--approved', 'sha256:000000000000')).toMatchObject({ code: 5 });
      const rest = await cli('resume', 'latest', '--approved', digest, '--limit', 'none');
      expect(rest).toMatchObject({ code: 0, summary: { digest } });
    }),
  );

  test(
    'takes a plan that another machine made, from the folder that was carried over',
    world({ contacts: people(3) }, async (here) => {
      const { dir, env, cli, sandbox } = here;
      const { run, digest } = await planned(here);
      const artefact = path.join(dir, 'artefact', idOf(run));
      await cp(run.runDir!, artefact, { recursive: true });
      // Another machine has another home, and knows nothing of the key.
      env['HOME'] = path.join(dir, 'elsewhere');
      expect(await cli('apply', artefact, '--approved', digest, '--runs-dir', 'other-runs')).toMatchObject({ code: 0 });
      expect(sandbox.log.counts.patch).toBe(3);
      // The first machine's copy is a plan that waits: its rows have their values by now.
      expect(await cli('apply', idOf(run), '--approved', digest)).toMatchObject({ code: 0 });
      expect(sandbox.log.counts.patch).toBe(3);
    }),
  );
});

describe('require-approval', () => {
  test(
    'refuses whatever sends without an approval, sends nothing, and says what to do',
    world({ contacts: people(3) }, async (here) => {
      const { env, write, cli, sandbox } = here;
      await write('edits.csv', titles(3));
      const done = await cli('sync', 'edits.csv');
      expect(done).toMatchObject({ code: 0 });
      await write('more.csv', titles(3).replaceAll('New', 'Newer'));
      env['CONTACT_SYNC_REQUIRE_APPROVAL'] = 'true';
      const before = sandbox.log.entries.length;
      const advice: [string[], string][] = [
        [['sync', 'more.csv'], 'contact-sync plan and the same file'],
        [['retry', idOf(done)], `contact-sync plan and the rejected.csv of run ${idOf(done)}`],
        [['undo', idOf(done)], `contact-sync undo ${idOf(done)} --dry-run`],
      ];
      for (const [args, words] of advice) {
        const refused = await cli(...args);
        expect([args, refused.code]).toEqual([args, 5]);
        expect(refused.stderr).toContain(words);
        expect(refused.runDir).toBe(done.runDir);
      }
      expect(sandbox.log.entries).toHaveLength(before);

      for (const make of [
        ['plan', 'more.csv'],
        ['sync', 'more.csv', '--dry-run'],
        ['undo', idOf(done), '--dry-run'],
      ]) {
        const made = await cli(...make);
        expect([make, made.code]).toEqual([make, 0]);
        const refused = await cli('apply', 'latest');
        expect(refused).toMatchObject({ code: 5, summary: { state: 'planned' } });
        expect(refused.stderr).toContain(`contact-sync apply ${idOf(made)} --approved sha256:`);
        expect(refused.stderr).not.toContain(made.summary.digest!);
      }
      const { summary } = await cli('show', 'latest');
      expect(sandbox.log.counts.patch).toBe(3);
      expect(await cli('apply', 'latest', '--approved', summary.digest!)).toMatchObject({ code: 0 });
      expect(sandbox.log.counts.patch).toBe(6);
    }),
  );

  test(
    'holds for resume, of a plan as well as of writes',
    world({ contacts: people(4) }, async (here) => {
      const { env, write, cli, sandbox } = here;
      await write('edits.csv', titles(4));
      await killAt(here, ({ kind }) => kind === 'list', 'sync', 'edits.csv');
      env['CONTACT_SYNC_REQUIRE_APPROVAL'] = 'true';
      for (const flags of [[], ['--approved', `sha256:${'0'.repeat(64)}`]]) {
        expect(await cli('resume', 'latest', ...flags)).toMatchObject({ code: 5 });
      }
      expect(sandbox.log.counts.patch).toBe(0);
      const { summary } = await cli('plan', 'edits.csv', '--limit', '1');
      expect(await cli('apply', 'latest', '--approved', summary.digest!)).toMatchObject({ code: 4 });
      expect(await cli('resume', 'latest')).toMatchObject({ code: 5 });
      expect(sandbox.log.counts.patch).toBe(1);
      expect(await cli('resume', 'latest', '--approved', summary.digest!, '--limit', 'none')).toMatchObject({
        code: 0,
      });
    }),
  );
});

/** What changes while a plan waits, and decides nothing of what is sent. */
const OPEN = [
  ...['digest', 'state', 'dry_run', 'pid', 'began_at', 'ended_at', 'undone_by', 'exit_code', 'error', 'error_code'],
  ...[
    'counts',
    'not_kept',
    'calls',
    'retries',
    'rate_limited',
    'waited_seconds',
    'estimate',
    'reserve',
    'write_guards',
  ],
];

function decisive(summary: Summary): string {
  return JSON.stringify(Object.entries(summary).filter(([key]) => !OPEN.includes(key)));
}

/** Texts that are like another one: a character changed, taken out, put in or doubled, or a value in it exchanged. */
function* mutations(text: string, count: number, seed: number): Generator<string> {
  const random = randomFrom(seed);
  const pick = (below: number): number => Math.floor(random() * below);
  const values = [...text.matchAll(/(?<=: ?)("(?:[^"\\]|\\.)*"|\d+|true|false|null)/g)];
  for (let made = 0; made < count;) {
    const at = pick(text.length);
    const value = values[pick(values.length)]!;
    const other = [values[pick(values.length)]![0], String(pick(100)), '"x"', 'true', 'null'][pick(5)]!;
    const mutant = [
      () => text.slice(0, at) + String.fromCharCode(32 + pick(95)) + text.slice(at + 1),
      () => text.slice(0, at) + text.slice(at + 1 + pick(40)),
      () => text.slice(0, at) + String.fromCharCode(32 + pick(95)) + text.slice(at),
      () => text.slice(0, value.index) + other + text.slice(value.index + value[0].length),
      () => text.slice(0, value.index) + other + text.slice(value.index + value[0].length),
    ][pick(5)]!();
    if (mutant === text) continue;
    made++;
    yield mutant;
  }
}

describe('of 10,000 mutations of a run, none is applied under the old digest', () => {
  test(
    'neither of its summary nor of its plan',
    world({ contacts: people(5) }, async (here) => {
      const { run, digest } = await planned(here, 5);
      const file = path.join(run.runDir!, 'summary.json');
      const text = await readFile(file, 'utf8');
      const original = parseSummary(text, file);
      expect(digestOf(original)).toBe(digest);
      const kept = decisive(original);
      const applied: string[] = [];
      let [refused, same] = [0, 0];
      for (const mutant of mutations(text, 9000, 1)) {
        let summary: Summary;
        try {
          summary = parseSummary(mutant, file);
        } catch {
          refused++;
          continue;
        }
        if (digestOf(summary) !== digest) refused++;
        else {
          // Blanks, and what the run itself changes.
          same++;
          if (decisive(summary) !== kept) applied.push(mutant);
        }
      }
      expect(applied).toEqual([]);
      expect(refused + same).toBe(9000);
      expect(refused).toBeGreaterThan(5000);

      const planFile = path.join(run.runDir!, 'plan.ndjson');
      const plan = await readFile(planFile, 'utf8');
      const lines = plan.split(/(?<=\n)/);
      const others = [lines.toReversed(), lines.slice(1), [...lines, lines[0]!], lines.slice(0, 1)].map((all) =>
        all.join(''),
      );
      let opened = 0;
      for (const mutant of [...others, ...mutations(plan, 996, 2)]) {
        await writeFile(planFile, mutant);
        await PlanFile.open(planFile, original.plan).then(
          async (whole) => {
            opened++;
            await whole.close();
          },
          () => undefined,
        );
      }
      expect(opened).toBe(0);
    }),
  );

  test(
    'applied for real, mutants of what decides send nothing, and others send the plan',
    world({ contacts: people(3) }, async (here) => {
      const { cli, sandbox } = here;
      const { run, digest } = await planned(here);
      const dir = run.runDir!;
      const file = path.join(dir, 'summary.json');
      const [summary, plan] = [await readFile(file, 'utf8'), await readFile(path.join(dir, 'plan.ndjson'), 'utf8')];
      const edited = plan.replace('"to":"New 1"', '"to":"Mine"');
      expect(edited).not.toBe(plan);
      const sha256 = createHash('sha256').update(edited).digest('hex');
      const with_ = (change: (summary: Summary) => void, text = plan): [string, string] => {
        const changed = JSON.parse(summary) as Summary;
        change(changed);
        return [JSON.stringify(changed), text];
      };
      const mutants: [string, string][] = [
        [summary, edited],
        with_((it) => void (it.plan.sha256 = sha256), edited),
        with_((it) => void (it.plan.next = sha256), edited),
        with_((it) => Object.assign(it, { digest: 'sha256:0', plan: { ...it.plan, sha256 } }), edited),
        with_((it) => void (it.target!.api_prefix = '/v2')),
        with_((it) => void (it.target!.organisation = null)),
        with_((it) => void (it.options!.maxChanges = { count: 9 })),
        with_((it) => void (it.planned_guards.max_failures = { percent: 100 })),
        with_((it) => void (it.writes_planned = 0)),
      ];
      for (const [at, [changed, text]] of mutants.entries()) {
        await writeFile(file, changed);
        await writeFile(path.join(dir, 'plan.ndjson'), text);
        const { code } = await cli('apply', idOf(run), '--approved', digest);
        expect([at, [2, 5].includes(code)]).toEqual([at, true]);
      }
      expect(sandbox.log.counts.patch).toBe(0);

      const [harmless, text] = with_((it) => {
        Object.assign(it, {
          state: 'refused',
          calls: { ...it.calls, total: 99 },
          began_at: '2026-01-01T00:00:00.000Z',
        });
        it.write_guards.max_failures = { percent: 100 };
      });
      await writeFile(file, harmless);
      await writeFile(path.join(dir, 'plan.ndjson'), text);
      await writeFile(path.join(dir, 'results.ndjson'), '{"row":1}\n');
      const applied = await cli('apply', idOf(run), '--approved', digest);
      expect(applied).toMatchObject({ code: 0 });
      expect(applied.summary.write_guards.max_failures).toEqual({ percent: 20 });
      expect(bodies(sandbox).map(({ body }) => body)).toEqual(
        expect.arrayContaining([1, 2, 3].map((n) => ({ title: `New ${n}` }))),
      );
    }),
  );
});
