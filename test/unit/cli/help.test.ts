import { describe, expect, test } from '@jest/globals';
import { commonOptionsOf, optionsOf } from '../../../src/cli/flags.js';
import { helpFor } from '../../../src/cli/help.js';
import { COMMANDS, type CommandName } from '../../../src/cli/manual.js';
import type { OptionSpec } from '../../../src/cli/settings/option-spec.js';
import { kebab, OPTIONS } from '../../../src/cli/settings/options.js';

const commands = Object.keys(COMMANDS) as CommandName[];

function pageFor(argv: string[], columns?: number): string {
  const page = helpFor(argv, columns);
  if (page === undefined) throw new Error(`${argv.join(' ')} asks for no page`);
  return page;
}

function flagsIn(page: string): string[] {
  return [...page.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag = '']) => flag);
}

test.each([[[]], [['--help']], [['-h']], [['help']], [['help', '--all']]])('%j asks for the overview', (argv) => {
  const page = pageFor(argv);
  for (const command of commands) expect(page).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
});

test.each([['sync edits.csv'], ['--json'], ['apply latest --strict'], ['sync helpful.csv'], ['undo help']])(
  '%s asks for no page',
  (line) => {
    expect(helpFor(line.split(' '))).toBeUndefined();
  },
);

test.each([
  ['help snyc', 'unknown command "snyc" (did you mean "sync"?)'],
  ['edits.csv --help', 'unknown command "edits.csv" (did you mean "sync edits.csv"?)'],
])('%s is refused', (line, message) => {
  expect(() => helpFor(line.split(' '))).toThrow(message);
});

test('the overview fits into 60 columns', () => {
  expect(
    pageFor([], 60)
      .split('\n')
      .filter((line) => line.length > 60),
  ).toEqual([]);
});

describe.each(commands)('the page of %s', (command) => {
  const shown = Object.entries(optionsOf(command)).filter(([, { hidden }]) => hidden !== true);

  test.each([[['help', command]], [[command, '--help']], [['-h', command]]])('is what %j asks for', (argv) => {
    expect(pageFor(argv)).toContain(`contact-sync ${command}`);
    expect(flagsIn(pageFor(argv))).toEqual(Object.keys(commonOptionsOf(command)).map((name) => `--${kebab(name)}`));
  });

  test('has at most a dozen options, and every one with --all', () => {
    expect(flagsIn(pageFor(['help', command])).length).toBeLessThanOrEqual(12);
    const all = flagsIn(pageFor(['help', command, '--all']));
    expect(all.toSorted()).toEqual(shown.map(([name]) => `--${kebab(name)}`).toSorted());
    expect(pageFor(['help', command]).includes('--all')).toBe(all.length > flagsIn(pageFor([command, '-h'])).length);
  });

  test.each([40, 60, 100, 200])('fits into %d columns, and breaks at blanks alone', (columns) => {
    const wide = pageFor([command, '--help', '--all'], 1000);
    const page = pageFor([command, '--help', '--all'], columns);
    const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');
    expect(words(page)).toEqual(words(wide));
    const tooLong = page.split('\n').filter((line) => line.length > Math.min(columns, 110));
    // A single word, or a term or command line that stands alone, may be longer.
    expect(tooLong.filter((line) => !/^ +(contact-sync .*|--\S+( <\S+>)?|\S+)$/.test(line))).toEqual([]);
  });
});

test('every setting but a switch says what its value is', () => {
  const silent = Object.entries<OptionSpec>(OPTIONS).filter(
    ([, { type, value }]) => (type === 'boolean') !== (value === undefined),
  );
  expect(silent.map(([name]) => name)).toEqual([]);
});
