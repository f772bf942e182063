import { describe, expect, test } from '@jest/globals';
import stringWidth from 'string-width';
import { colorsFor } from '../../../src/cli/screen/colors.js';
import { renderRuns, type ListedRun } from '../../../src/cli/screen/runs.js';
import { newSummary, type Summary } from '../../../src/core/run/summary.js';

const ID = '20261125T025816035Z-73a6';
const START = new Date('2026-11-25T02:58:16.035Z');
const NOW = START.getTime() + 5 * 60_000;

/** A sync of 217 rows that took 12 seconds. */
function run(values: Partial<Summary> = {}, state = 'done'): ListedRun {
  const made = newSummary(ID, 'sync', START, { pid: 1, version: 'v20.19.0' }, { path: 'edits.csv', dryRun: false });
  const ended_at = new Date(START.getTime() + 12_000).toISOString();
  const organisation = { id: 'org_1', name: 'Acme Inc.' };
  const target = { base_url: 'https://api.example.com', api_prefix: '/v1', organisation, key_fingerprint: 'a:b' };
  const counts = { ...made.counts, updated: 203, held: 14 };
  return { summary: { ...made, target, counts, ended_at, ...values }, state };
}

function render(runs: readonly ListedRun[], width: number): string[] {
  return renderRuns(runs, NOW, { width, colors: colorsFor({}, {}, 'never') }).split('\n');
}

const FAILED = run(
  { error: 'the API gave an answer that cannot be used: [GET] /contacts/schema: 200 without the list of fields' },
  'failed',
);

describe('the list of runs', () => {
  test('is a table with what each run was about, where there is room', () => {
    const [header, first] = render([run()], 160);
    expect(header!.split(/ {2,}/)).toEqual([
      ...['run', 'started', 'file', 'organisation', 'command', 'state', 'took', 'result'],
    ]);
    expect(first!.split(/ {2,}/)).toEqual([
      ...[ID, expect.stringMatching(/^2026-11-2\d \d\d:\d\d$/), 'edits.csv', 'Acme Inc.', 'sync', 'done', '12s'],
      '203 updated, 14 held',
    ]);
  });

  test('puts file and organisation below the result at 100 columns', () => {
    const lines = render([run()], 100);
    expect(lines[0]).toMatch(/^run +started +command +state +took +result$/);
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(new RegExp(`^${ID}  .*  12s  203 updated, 14 held$`)),
      `${' '.repeat(lines[0]!.indexOf('result'))}edits.csv, Acme Inc.`,
    ]);
  });

  test('is a few lines a run at 60 columns', () => {
    const lines = render([run()], 60);
    expect(lines).toEqual([
      `${ID}  sync  done  12s`,
      expect.stringMatching(/^ {2}2026-11-2\d \d\d:\d\d {2}edits\.csv {2}Acme Inc\.$/),
      '  203 updated, 14 held',
    ]);
  });

  test.each([40, 60, 100, 160])('fits %i columns and breaks lines at words, whatever went wrong', (width) => {
    const lines = render([run(), FAILED], width);
    expect(lines.filter((line) => stringWidth(line) > width)).toEqual([]);
    const words = lines.join(' ').split(/\s+/);
    for (const word of ['/contacts/schema:', 'without', ID, 'failed']) expect(words).toContain(word);
  });

  test.each<[string, ListedRun, string[]]>([
    ['a plan', run({ command: 'plan', dry_run: true }, 'planned'), ['plan', 'planned', '12s']],
    [
      'a plan that was applied an hour later',
      run({
        ...{ command: 'plan', began_at: '2026-11-25T03:58:00.000Z', ended_at: '2026-11-25T03:58:30.000Z' },
      }),
      ['apply', 'done', '30s'],
    ],
    ['a dry run', run({ dry_run: true }, 'planned'), ['sync --dry-run', 'planned', '12s']],
    ['a run at work', run({ ended_at: null }, 'running'), ['sync', 'running', '5m']],
  ])('says what %s is', (_, listed, told) => {
    expect(render([listed], 160)[1]!.split(/ {2,}/).slice(4, 7)).toEqual(told);
  });

  test('leaves out how long a run took that was killed', () => {
    expect(render([run({ ended_at: null }, 'stopped')], 60)[0]).toBe(`${ID}  sync  stopped`);
  });

  test('lets no name or error act upon a terminal or forge a line', () => {
    const organisation = { id: 'o', name: 'Evil\u001b[2J\nInc' };
    const target = { ...run().summary.target!, organisation };
    const text = render([run({ target, error: 'a\u001b[2J\nb' }, 'failed')], 160).join('\n');
    expect(text).not.toContain('\u001b');
    expect(text.split('\n').filter((line) => /^(Inc|b)/.test(line))).toEqual([]);
  });
});
