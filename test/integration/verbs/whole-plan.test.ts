import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PlanLine } from '../../../src/core/model/plan-line.js';
import { parsePlanLine } from '../../../src/core/run/lines.js';
import { NdjsonWriter, readNdjson } from '../../../src/core/disk/ndjson.js';
import { PlanFile } from '../../../src/core/run/plan-file.js';
import { csv, id, people, world, type Run } from '../../support/world.js';
import { collect, inTempDir } from '../../support/temp.js';
import { held, runId, stopAt, titles } from '../../support/gate.js';

const fileOf = ({ runDir }: Run, name: string): string => path.join(runDir!, name);

/** Changes a file of a run as an editor would, keeping its lines. */
async function edit(run: Run, name: string, change: (lines: string[]) => string[]): Promise<void> {
  const text = await readFile(fileOf(run, name), 'utf8');
  await writeFile(fileOf(run, name), change(text.split('\n')).join('\n'));
}

const DAMAGE: [string, (lines: string[]) => string[]][] = [
  ['cut in the middle of a line', (lines) => [...lines.slice(0, 3), lines[3]!.slice(0, 40)]],
  ['cut after a whole line', (lines) => [...lines.slice(0, 3), '']],
  ['empty', () => []],
  ['without one of its lines', (lines) => lines.toSpliced(2, 1)],
  [
    'with another contact in a line',
    (lines) => lines.map((line, at) => (at === 2 ? line.replace(id(3), id(1)) : line)),
  ],
  ['with another value in a line', (lines) => lines.map((line) => line.replace('New 2', 'New X'))],
  ['with a line that is not JSON', (lines) => lines.map((line, at) => (at === 1 ? 'hello' : line))],
];

describe('a plan is whole or refused, and nothing is sent', () => {
  test.each(DAMAGE)('%s', (_what, change) =>
    world({ contacts: people(6) }, async ({ sandbox, write, cli }) => {
      await write('edits.csv', titles(6));
      const plan = await cli('plan', 'edits.csv');
      await edit(plan, 'plan.ndjson', change);
      const run = await cli('apply', 'latest');
      expect(run.code).toBe(2);
      expect(run.stderr).toContain('plan.ndjson');
      expect(run.stderr).not.toContain('    at ');
      expect(sandbox.log.counts.patch).toBe(0);
      expect(run.summary.state).toBe('planned');
    })(),
  );

  test('any byte that is changed is seen', () =>
    inTempDir(async (dir) => {
      const file = path.join(dir, 'plan.ndjson');
      const plan = await NdjsonWriter.open<PlanLine>(file, 'w');
      for (const row of [1, 2, 3]) await plan.add({ row, line: row + 1, contact_id: id(row), status: 'unchanged' });
      await plan.close();
      const { lines, sha256 } = plan.digest;
      const digest = { rows: lines, planned: 0, sha256 };
      const whole = await readFile(file);
      await fc.assert(
        fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
          const changed = Buffer.from(whole);
          changed[at] = (changed[at]! + by) % 256;
          await writeFile(file, changed);
          await expect(PlanFile.open(file, digest)).rejects.toThrow('it was cut or edited');
        }),
      );
      await writeFile(file, whole);
      const opened = await PlanFile.open(file, digest);
      expect(await collect(opened.lines())).toHaveLength(3);
      await opened.close();
    }));

  test('for any values whatever, the plan reads back as it was written', () =>
    inTempDir(async (dir) => {
      const file = path.join(dir, 'plan.ndjson');
      const text = fc.string({ unit: 'binary' });
      const value = fc.oneof(text, fc.boolean(), fc.constant(null), fc.array(text, { maxLength: 3 }), fc.integer());
      const changes = fc.dictionary(
        text.filter((key) => key !== '__proto__'),
        fc.record({ from: value, to: value }),
        { noNullPrototype: true },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(changes, { maxLength: 5 }), fc.array(text), async (each, cells) => {
          const lines = each.map((changes, at): PlanLine => ({
            row: at + 1,
            line: at + 2,
            contact_id: id(at),
            status: 'planned',
            changes,
            cells,
          }));
          const plan = await NdjsonWriter.open<PlanLine>(file, 'w');
          for (const line of lines) await plan.add(line);
          await plan.close();
          expect(await collect(readNdjson(file, parsePlanLine))).toEqual(lines);
        }),
      );
    }));

  test(
    'line separators of Unicode in old and new values are sent, resumed and undone',
    world({ contacts: people(3, { notes: 'old\u2028\u2029note' }) }, async ({ sandbox, sync, cli }) => {
      const run = await sync(
        csv(
          ['contact_id', 'notes'],
          [1, 2, 3].map((n) => [id(n), `new\u2028${n}\u2029x`]),
        ),
      );
      expect(run.code).toBe(0);
      expect(held(sandbox, 1, 'notes')).toEqual(['new\u20281\u2029x']);
      expect((await cli('undo', 'latest')).code).toBe(0);
      expect(held(sandbox, 1, 'notes')).toEqual(['old\u2028\u2029note']);
    }),
  );
});

/** Damage after a line that is whole is no crash's: what a crash tears is the last line. */
const WRONG_LINES: [string, (lines: string[]) => string[]][] = [
  ['plan.ndjson', (lines) => [...lines.slice(0, 2), '']],
  ['plan.ndjson', (lines) => lines.map((line) => line.replace('New 4', 'New X'))],
  ['results.ndjson', (lines) => ['null', ...lines]],
  ['results.ndjson', (lines) => [lines[0]!, lines[0]!, ...lines.slice(1)]],
  ['sent.ndjson', (lines) => ['{"row":"2"}', ...lines]],
];

describe('resume goes on from whole files alone: nothing is sent, and it does not advise itself', () => {
  test.each(WRONG_LINES)('%s that was cut or edited (%#)', (name, change) =>
    world({ contacts: people(6) }, async (here) => {
      await here.write('edits.csv', titles(6));
      await stopAt(here, ({ kind, nth }) => kind === 'patch' && nth === 3, 'sync', 'edits.csv', '--concurrency', '1');
      const sent = here.sandbox.log.counts.patch;
      const stopped = await here.cli('runs');
      await edit({ ...stopped, runDir: path.join(here.dir, 'runs', runId(stopped)) }, name, change);
      const run = await here.cli('resume', 'latest');
      expect([run.code, run.stderr]).toEqual([2, expect.stringContaining(name)]);
      expect(run.stderr).not.toMatch(/ {4}at |contact-sync resume/);
      expect(here.sandbox.log.counts.patch).toBe(sent);
      expect(run.summary).toMatchObject({ state: 'stopped', exit_code: 2 });
    })(),
  );
});

describe('undo works from whole files alone', () => {
  test.each([
    ['plan.ndjson', (lines: string[]) => [...lines.slice(0, 2), '']],
    ['sent.ndjson', (lines: string[]) => [...lines.slice(0, 2), '']],
    ['results.ndjson', (lines: string[]) => [...lines.slice(0, 2), '']],
    ['results.ndjson', (lines: string[]) => lines.map((line, at) => (at === 1 ? 'null' : line))],
    ['sent.ndjson', (lines: string[]) => lines.map((line, at) => (at === 1 ? '{"row":"2"}' : line))],
  ])('%s that was cut or edited (%#)', (name, change) =>
    world({ contacts: people(4) }, async ({ sandbox, sync, cli }) => {
      const done = await sync(titles(4));
      await edit(done, name, change);
      const run = await cli('undo', runId(done));
      expect(run.code).toBe(2);
      expect(run.stderr).toContain(name);
      expect(run.stderr).not.toContain('    at ');
      expect(held(sandbox, 4, 'title')).toEqual(['New 1', 'New 2', 'New 3', 'New 4']);
      expect((await cli('runs')).stdout).not.toContain('undone');
    })(),
  );
});

describe('what a run is', () => {
  test(
    'a copy under another name is none, and one damaged folder does not hide the others',
    world({ contacts: people(2) }, async ({ dir, sandbox, sync, cli }) => {
      const first = await sync(titles(2));
      await cp(first.runDir!, path.join(dir, 'runs', 'backup-before-monday'), { recursive: true });
      await cp(first.runDir!, path.join(dir, 'runs', '29990101T000000000Z-0000'), { recursive: true });
      const damaged = path.join(dir, 'runs', '20200101T000000000Z-0000');
      await mkdir(damaged);
      await writeFile(path.join(damaged, 'summary.json'), '{}');
      const listed = await cli('runs');
      expect(listed.code).toBe(0);
      expect(listed.stdout.trim().split('\n')).toEqual([
        expect.stringMatching(/^run /),
        expect.stringContaining(runId(first)),
      ]);
      expect(listed.stderr).toContain('20200101T000000000Z-0000');
      const undone = await cli('undo', 'latest');
      expect(undone.code).toBe(0);
      expect(held(sandbox, 2, 'title')).toEqual(['Title 1', 'Title 2']);
      const copy = await cli('undo', path.join('runs', 'backup-before-monday'));
      expect([copy.code, copy.stderr]).toEqual([2, expect.stringContaining('is not a run')]);
    }),
  );

  test.each([[99], [undefined]])('a summary of format %s is refused with advice', (format) =>
    world({ contacts: people(1) }, async ({ sandbox, write, cli }) => {
      await write('edits.csv', titles(1));
      const plan = await cli('plan', 'edits.csv');
      await writeFile(fileOf(plan, 'summary.json'), JSON.stringify({ ...plan.summary, format }));
      const run = await cli('apply', 'latest');
      expect([run.code, run.stderr]).toEqual([2, expect.stringContaining('another version of this tool')]);
      expect(sandbox.log.counts.patch).toBe(0);
    })(),
  );

  test(
    'the newest run is the one made last, though the clock was ahead once',
    world({ contacts: people(1) }, async ({ dir, write, cli }) => {
      await write(
        'edits.csv',
        titles(1, () => 'Old'),
      );
      const old = await cli('plan', 'edits.csv');
      const ahead = '29981231T235959999Z-aaaa';
      await cp(old.runDir!, path.join(dir, 'runs', ahead), { recursive: true });
      const summary = JSON.stringify({ ...old.summary, run_id: ahead });
      await writeFile(path.join(dir, 'runs', ahead, 'summary.json'), summary);
      await write(
        'edits.csv',
        titles(1, () => 'New'),
      );
      const made = await cli('plan', 'edits.csv');
      expect(runId(made) > ahead).toBe(true);
      const applied = await cli('apply', 'latest');
      expect(applied.results[0]!.changes).toMatchObject({ title: { to: 'New' } });
    }),
  );
});
