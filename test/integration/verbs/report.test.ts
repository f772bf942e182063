import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fileStore, openRun, writeReport } from '../../../src/index.js';
import { readReport } from '../../support/report.js';
import { csv, id, people, person, readCsv, world, type World } from '../../support/world.js';
import { stopAt, titles } from '../../support/gate.js';

const HOSTILE = '</script><script>alert(1)</script><img src=x onerror=alert(1)> \u202Ejavascript:alert(1)';

/** A run with a row of each kind: updated, invalid, not found, unchanged. */
function mixed({ sync }: World, ...flags: string[]) {
  return sync(
    csv(
      ['contact_id', 'first_name', 'last_name', 'title', 'notes', 'tags'],
      [
        [id(1), 'Ana', 'Ruiz', 'SVP', HOSTILE, '+VIP'],
        ['nobody', 'Bo', 'Li', 'VP', '', ''],
        [id(99), 'Cy', 'Dow', 'VP', '', ''],
        [id(2), '', '', 'Title 2', '', ''],
      ],
    ),
    ...flags,
  );
}

describe('report', () => {
  test(
    'writes the run as one page into its folder, for its owner alone, and prints where',
    world({ contacts: people(2) }, async (here) => {
      const run = await mixed(here);
      const said = await here.cli('report', 'latest');
      expect(said).toMatchObject({ code: 0, stdout: `${path.relative('.', path.join(run.runDir!, 'report.html'))}\n` });
      expect((await stat(path.join(run.runDir!, 'report.html'))).mode & 0o777).toBe(0o600);
      const { markup, rows } = await readReport(run.runDir!);
      expect(rows.map(({ row, status, name }) => [row, status, name])).toEqual([
        [1, 'updated', 'Ana Ruiz'],
        [2, 'invalid', 'Bo Li'],
        [3, 'not_found', 'Cy Dow'],
        [4, 'unchanged', ''],
      ]);
      expect(markup).toContain('<bdi>edits.csv</bdi>');
      expect(markup).toContain('2 rows of 4 not applied');
      expect(markup).toContain(run.summary.target!.organisation!.name);
      expect(markup).toContain(new URL(here.door.url).host);
      for (const text of ['Updated', 'Invalid', 'Not found', 'Unchanged', 'bad_id']) expect(markup).toContain(text);
    }),
  );

  test(
    'runs its own script and style alone, whatever the rows hold',
    world({ contacts: people(2, { location: HOSTILE }) }, async (here) => {
      const run = await mixed(here, '--report');
      const { page, markup, rows } = await readReport(run.runDir!);
      expect(rows[0]!.text).toContain('<script>alert(1)</script>');
      expect(markup).not.toContain('alert(1)');
      expect(markup.match(/<script/g)).toHaveLength(1);
      expect(markup).not.toMatch(/\son\w+=|\sstyle=|https?:\/\//);
      const [, policy = ''] = /Content-Security-Policy" content="([^"]+)"/.exec(markup) ?? [];
      for (const element of ['script', 'style']) {
        const [, text = ''] = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(page) ?? [];
        const hash = createHash('sha256').update(text).digest('base64');
        expect(policy).toContain(`${element}-src &#39;sha256-${hash}&#39;`);
      }
      expect(policy).toMatch(/^default-src &#39;none&#39;/);
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
    }),
  );

  test(
    'shows the reasons of rows escaped, in the markup too',
    world({ contacts: people(1) }, async (here) => {
      await here.sync(csv(['contact_id', 'title'], [[`<b>${HOSTILE}`, 'x']]), '--report');
      const { markup } = await readReport((await here.cli('runs')).runDir!);
      expect(markup).toContain('&lt;b&gt;&lt;/script&gt;&lt;script&gt;');
      expect(markup).toContain('[U+202E]javascript:');
      expect(markup.match(/<script/g)).toHaveLength(1);
    }),
  );

  test(
    'is of a plan, and of a run that was stopped, whose other rows are still planned',
    world({ contacts: people(4) }, async (here) => {
      const { cli, write } = here;
      await write('edits.csv', titles(4));
      const plan = await cli('plan', 'edits.csv', '--report');
      expect((await readReport(plan.runDir!)).rows.map(({ status }) => status)).toEqual(Array(4).fill('planned'));
      expect((await readReport(plan.runDir!)).markup).toContain('Nothing has been sent');

      await stopAt(here, ({ kind }) => kind === 'patch', 'sync', 'edits.csv', '--concurrency', '1', '--report');
      const stopped = await cli('report', 'latest');
      const { rows, markup } = await readReport(stopped.runDir!);
      expect(rows.map(({ status }) => status)).toEqual(['updated', 'planned', 'planned', 'planned']);
      expect(markup).toContain('Stopped before the end: 1 of 4 rows done');
    }),
  );

  test(
    'marks in its chart when the run waited',
    world({ contacts: people(8), rateLimit: { limit: 6, windowMs: 2500 } }, async (here) => {
      const run = await here.sync(titles(8), '--concurrency', '1', '--report');
      expect(run.code).toBe(0);
      expect(run.summary.waited_seconds).toBeGreaterThan(1);
      const { data, markup } = await readReport(run.runDir!);
      const waited = data.chart!.buckets.reduce((sum, bucket) => sum + bucket.waited, 0);
      expect(waited).toBeGreaterThan(0);
      expect(waited).toBeLessThanOrEqual(1000 * run.summary.waited_seconds + 200);
      expect(markup).toContain('<rect class="waited"');
    }),
  );

  test(
    'leaves rows out beyond what its table holds, those that are up to date first, and says how many',
    world({ contacts: people(6) }, async (here) => {
      const mostly = [1, 2, 3, 4, 5, 6].map((n) => [id(n), n % 2 ? `Title ${n}` : 'New']);
      const { runDir, dir } = { ...(await here.sync(csv(['contact_id', 'title'], mostly))), dir: here.dir };
      const store = fileStore({ dir: path.join(dir, 'runs'), machineDir: dir, owner: { pid: 1, version: 'v20' } });
      let page = '';
      const write = (text: string): Promise<void> => Promise.resolve(void (page += text));
      await writeReport({ run: await openRun(store, 'latest'), write, maxRows: 2 });
      await writeFile(path.join(runDir!, 'few.html'), page);
      const { rows, data, markup } = await readReport(runDir!, 'few.html');
      expect([rows.map(({ row }) => row), data.leftOut]).toEqual([[2, 4], 4]);
      expect(markup).toMatch(/Updated<\/span>\s*<strong>3<\/strong/);
    }),
  );
});

describe('report --csv', () => {
  test(
    'writes a line for each changed field, formulas guarded, lists as cells have them',
    world({ contacts: [person(1, { title: '=1+1', tags: [] }), person(2)] }, async (here) => {
      await mixed(here);
      const { code, stdout } = await here.cli('report', 'latest', '--csv');
      expect(code).toBe(0);
      expect(readCsv(stdout)).toEqual([
        ['row', 'line', 'contact_id', 'field', 'from', 'to', 'status'],
        ['1', '2', id(1), 'first_name', 'First1', 'Ana', 'updated'],
        ['1', '2', id(1), 'last_name', 'Last1', 'Ruiz', 'updated'],
        ['1', '2', id(1), 'title', "'=1+1", 'SVP', 'updated'],
        ['1', '2', id(1), 'notes', '', HOSTILE, 'updated'],
        ['1', '2', id(1), 'tags', '', 'VIP', 'updated'],
      ]);
    }),
  );

  test(
    'writes a file with --out, over another one only with --force',
    world({ contacts: people(2) }, async (here) => {
      await mixed(here);
      await here.write('changes.csv', 'mine');
      const refused = await here.cli('report', 'latest', '--csv', '--out', 'changes.csv');
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('already exists') });
      const forced = await here.cli('report', 'latest', '--csv', '--out', 'changes.csv', '--force');
      expect(forced).toMatchObject({ code: 0, stdout: '' });
      expect(await readFile(path.join(here.dir, 'changes.csv'), 'utf8')).toMatch(/^row,line,contact_id,/);
    }),
  );
});

describe('--report', () => {
  test(
    'that cannot be written is a warning, and the exit code is that of the run',
    world({ contacts: people(2) }, async (here) => {
      const planned = await here.cli('plan', (await here.write('edits.csv', titles(2))) && 'edits.csv');
      await mkdir(path.join(planned.runDir!, 'report.html'));
      const run = await here.cli('apply', 'latest', '--report');
      expect(run).toMatchObject({ code: 0, summary: { state: 'done', exit_code: 0 } });
      expect(run.stderr).toContain('warning: the report could not be written: ');
    }),
  );

  test(
    'prints nothing beside --json',
    world({ contacts: people(2) }, async (here) => {
      const run = await mixed(here, '--report', '--json');
      expect(JSON.parse(run.stdout)).toMatchObject({ run_id: run.summary.run_id });
      expect((await readReport(run.runDir!)).rows).toHaveLength(4);
    }),
  );

  test.each([['retry'], ['undo']])('is of the new run of %s', (verb) =>
    world({ contacts: people(2) }, async (here) => {
      const first = await mixed(here);
      const again = await here.cli(verb, 'latest', '--report');
      expect(again.runDir).not.toBe(first.runDir);
      expect((await readReport(again.runDir!)).rows.length).toBeGreaterThan(0);
    })(),
  );
});
