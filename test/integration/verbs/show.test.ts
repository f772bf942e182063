import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { main } from '../../../src/cli/main.js';
import { runId, stopAt, summaryOf, titles } from '../../support/gate.js';
import { csv, id, people, world, type World } from '../../support/world.js';

/** A run with rows of several kinds: updated twice, invalid, not found, unchanged. */
function mixed({ sync }: World, ...flags: string[]) {
  const rows = [
    [id(1), 'SVP', 'Met at the fair'],
    ['nobody', 'VP', ''],
    [id(99), 'VP', ''],
    [id(2), 'Title 2', 'Call back'],
    [id(3), 'Title 3', ''],
  ];
  return sync(csv(['contact_id', 'title', 'notes'], rows), ...flags);
}

describe('show', () => {
  test(
    'prints a plan as plan printed it',
    world({ contacts: people(3) }, async (here) => {
      const plan = await mixed(here, '--dry-run');
      const shown = await here.cli('show', 'latest');
      expect(shown).toMatchObject({ code: 0, stderr: '' });
      expect(shown.stdout).toBe(plan.stdout);
      expect(shown.stdout).toContain('title: "Title 1" → "SVP"');
    }),
  );

  test(
    'prints what a run sent, and its result as sync printed it, with the state of now',
    world({ contacts: people(3) }, async (here) => {
      const run = await mixed(here);
      const shown = await here.cli('show', runId(run).slice(-4));
      expect(shown.stdout).toContain(
        `row 2  First1 Last1  ${id(1)}\n    title: "Title 1" → "SVP"\n    notes: (empty) →`,
      );
      expect(shown.stdout).toMatch(/2 {2}updated/);
      expect(shown.stdout.endsWith(run.stdout)).toBe(true);
      await here.cli('undo', 'latest');
      expect((await here.cli('show', runId(run))).stdout).not.toContain('contact-sync undo');
    }),
  );

  test(
    'says why a run ended early',
    world({ contacts: people(5) }, async (here) => {
      await here.write('edits.csv', titles(5));
      const stopped = await here.cli('sync', 'edits.csv', '--concurrency', '1', '--max-requests', '4');
      expect(stopped.code).toBe(4);
      const shown = await here.cli('show', 'latest');
      expect(shown.stdout).toMatch(/\n\nstopped: --max-requests 4 is reached\n$/);
      expect(shown.stdout).not.toContain('\n\n\n');
    }),
  );

  test(
    'lists the rows with a status: row of the spreadsheet, contact, changes or reason',
    world({ contacts: people(3) }, async (here) => {
      await mixed(here);
      const updated = await here.cli('show', 'latest', '--status', 'updated');
      expect(
        updated.stdout
          .split('\n')
          .filter((line) => line !== '')
          .sort(),
      ).toEqual(
        [
          `  row 2  First1 Last1  ${id(1)}  updated`.trim(),
          '    title: "Title 1" → "SVP"',
          '    notes: (empty) → "Met at the fair"',
          `row 5  First2 Last2  ${id(2)}  updated`,
          '    notes: (empty) → "Call back"',
          '2 of 5 rows',
        ].sort(),
      );
      const rejected = await here.cli('show', 'latest', '--status', 'invalid', '--status', 'not_found');
      expect(rejected.stdout).toMatch(/^row 3 {2}nobody {2}invalid\n {4}contact_id: "nobody" is not a UUID/m);
      expect(rejected.stdout).toMatch(new RegExp(`^row 4  ${id(99)}  not_found\\n    \\S`, 'm'));
      expect(rejected.stdout).toMatch(/\n\n2 of 5 rows\n$/);
      expect((await here.cli('show', 'latest', '--status', 'held')).stdout).toBe('0 of 5 rows\n');
    }),
  );

  test(
    'lists the rows that change a field, and of them that field alone',
    world({ contacts: people(3) }, async (here) => {
      await mixed(here);
      const { stdout } = await here.cli('show', 'latest', '--field', 'Notes');
      expect(stdout).toContain('notes: (empty) → "Call back"');
      expect(stdout).not.toContain('title:');
      expect(stdout).toMatch(/\n2 of 5 rows\n$/);
      const both = await here.cli('show', 'latest', '--field', 'title', '--status', 'updated');
      expect(both.stdout).toMatch(/\n1 of 5 rows\n$/);
      expect((await here.cli('show', 'latest', '--field', 'contact_id')).stdout).toContain('is not a UUID');
    }),
  );

  test(
    'prints the summary, or one row a line, with --json',
    world({ contacts: people(3) }, async (here) => {
      const run = await mixed(here);
      const whole = await here.cli('show', 'latest', '--json');
      expect(JSON.parse(whole.stdout)).toEqual(await summaryOf(here, runId(run)));
      const lines = (await here.cli('show', 'latest', '--json', '--status', 'updated')).stdout.trim().split('\n');
      expect(lines.map((line) => JSON.parse(line) as object)).toEqual(
        expect.arrayContaining([
          {
            ...{ row: 4, line: 5, contact_id: id(2), who: 'First2 Last2', status: 'updated' },
            changes: { notes: { from: null, to: 'Call back' } },
          },
        ]),
      );
      expect(lines).toHaveLength(2);
      expect((await here.cli('show', 'latest', '--json', '--status', 'held')).stdout).toBe('');
    }),
  );

  test(
    'shows rows that a stopped run did not come to, each once',
    world({ contacts: people(5) }, async (here) => {
      await here.write('edits.csv', titles(5));
      await stopAt(here, ({ kind, nth }) => kind === 'patch' && nth === 3, 'sync', 'edits.csv', '--concurrency', '1');
      const { stdout } = await here.cli('show', 'latest', '--field', 'title', '--json');
      const rows = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { row: number; status: string; who: string });
      expect(rows.map(({ row }) => row).sort()).toEqual([1, 2, 3, 4, 5]);
      expect(rows.filter(({ status }) => status === 'planned').length).toBeGreaterThan(0);
      expect(rows.map(({ who }) => who).sort()).toEqual([1, 2, 3, 4, 5].map((n) => `First${n} Last${n}`));
    }),
  );

  test.each([[], ['--status', 'updated'], ['--field', 'title'], ['--field', 'title', '--json']])(
    'holds values back with --no-values %s %s %s',
    (...flags) =>
      world({ contacts: people(3) }, async (here) => {
        await mixed(here);
        const hidden = await here.cli('show', 'latest', '--no-values', ...flags);
        expect(hidden).toMatchObject({ code: 0, stderr: '' });
        expect(hidden.stdout).toContain('title');
        expect(hidden.stdout).not.toMatch(/SVP|Title 1|fair|nobody|Last1|0a0{6}/);
      })(),
  );

  test(
    'refuses a status that there is not, and a run that there is not',
    world({ contacts: people(1) }, async (here) => {
      await here.sync(titles(1));
      const status = await here.cli('show', 'latest', '--status', 'update');
      expect(status).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('got "update" (did you mean "updated"?)'),
      });
      expect(await here.cli('show', 'nonsense')).toMatchObject({ code: 2, stderr: expect.stringContaining('no run') });
      expect(await here.cli('show')).toMatchObject({ code: 2, stderr: expect.stringContaining('name a run') });
    }),
  );

  test(
    'lists thousands of rows no faster than they are read, and stops where nobody reads on',
    world({ contacts: people(1) }, async (here) => {
      const rows = Array.from({ length: 5_000 }, (_, at) => [`nobody ${at}`, 'VP']);
      await here.sync(csv(['contact_id', 'title'], rows));
      const stdout = new PassThrough({ highWaterMark: 1024 });
      const shown = main(['show', 'latest', '--status', 'invalid'], {
        ...{ env: here.env, stdin: new PassThrough(), stdout, stderr: new PassThrough() },
      });
      await new Promise((resolve) => stdout.once('readable', resolve));
      await new Promise((resolve) => setImmediate(resolve));
      // A run of the loop later, no more has been put there than what finds room, and the part that did not.
      expect(stdout.readableLength + stdout.writableLength).toBeLessThan(8_192);
      stdout.destroy();
      expect(await shown).toBe(0);
    }),
  );
});

describe('show on a terminal', () => {
  let dir = '';
  /** A pager that copies what it reads, numbered; with a number, it leaves after so many bytes. */
  let pager = '';

  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'contact-sync-pager-'));
    pager = path.join(dir, 'pager.mjs');
    await mkdir(dir, { recursive: true });
    const code = `process.stdout.write('paged\\n' + Object.keys(process.env).filter((name) => name.startsWith('CONTACT_SYNC')));
if (process.argv[2] === 'leave') process.exit(0);
process.stdin.pipe(process.stdout);`;
    await writeFile(pager, code);
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  async function onTerminal({ env }: World, args: readonly string[], variables: Record<string, string>) {
    const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 100 });
    let shown = '';
    stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
    const io = { env: { ...env, NO_COLOR: '1', ...variables }, stdin: new PassThrough(), stderr: new PassThrough() };
    return { code: await main(args, { ...io, stdout }), shown };
  }

  test(
    'goes through the pager, which does not get the key, and JSON does not',
    world({ contacts: people(3) }, async (here) => {
      await mixed(here);
      const PAGER = `${process.execPath} ${pager}`;
      const paged = await onTerminal(here, ['show', 'latest', '--status', 'updated'], { PAGER });
      expect(paged.shown).toMatch(/^paged\nrow 2 /);
      expect(paged).toMatchObject({ code: 0, shown: expect.stringContaining('2 of 5 rows') });
      expect((await onTerminal(here, ['show', 'latest'], { PAGER })).shown).toMatch(/^paged\nChanges\n/);
      expect((await onTerminal(here, ['show', 'latest', '--json'], { PAGER })).shown).toMatch(/^\{/);
      expect((await here.cli('show', 'latest')).stdout).not.toContain('paged');
    }),
  );

  test.each(['', '/nowhere/less', 'less | cat', '$(less)'])('is printed as it is where PAGER is "%s"', (PAGER) =>
    world({ contacts: people(3) }, async (here) => {
      await mixed(here);
      const { code, shown } = await onTerminal(here, ['show', 'latest', '--status', 'updated'], { PAGER });
      expect([code, shown]).toEqual([0, expect.stringMatching(/^row 2 [^]*2 of 5 rows\n$/)]);
    })(),
  );

  test(
    'ends well where the pager is left early',
    world({ contacts: people(1) }, async (here) => {
      await here.sync(
        csv(
          ['contact_id', 'title'],
          Array.from({ length: 5_000 }, (_, at) => [`nobody ${at}`, 'VP']),
        ),
      );
      const PAGER = `${process.execPath} ${pager} leave`;
      const { code, shown } = await onTerminal(here, ['show', 'latest', '--status', 'invalid'], { PAGER });
      expect([code, shown]).toEqual([0, 'paged\n']);
    }),
  );
});
