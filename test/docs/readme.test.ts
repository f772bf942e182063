import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { COMMANDS, optionsOf, type CommandName } from '../../src/cli/manual.js';
import { CONTACT_FIELDS } from '../../src/core/contacts/fields.js';
import { EXIT } from '../../src/cli/exit-codes.js';
import { STATUSES } from '../../src/core/model/problem.js';
import { RUN_FILES } from '../../src/core/run/run-folder.js';
import { kebab } from '../../src/cli/settings/options.js';
import { readText, ROOT, shownCommands } from './support.js';

const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'samples/README.md', 'jobs/README.md'];
/** Flags of other programs that the documents start. */
const FOREIGN = ['--global', '--kills'];

/** The flags of a command as they are typed, and what turns a switch off. */
function flagsOf(command: CommandName): string[] {
  const flags = Object.entries(optionsOf(command)).flatMap(([name, { type }]) =>
    type === 'boolean' ? [`--${kebab(name)}`, `--no-${kebab(name)}`] : [`--${kebab(name)}`],
  );
  return [...flags, '--help', '--version'];
}

const commands = Object.keys(COMMANDS) as CommandName[];

describe.each(DOCUMENTS)('%s', (file) => {
  const text = readText(file);

  test('shows commands that exist, with flags that they have', () => {
    for (const [command, ...rest] of shownCommands(text)) {
      expect(commands).toContain(command);
      const flags = rest.filter((word) => word.startsWith('--')).map((word) => word.split('=', 1)[0]);
      expect(flagsOf(command as CommandName)).toEqual(expect.arrayContaining(flags));
    }
  });

  test('shows files that exist', () => {
    const shown = shownCommands(text).flat();
    for (const word of shown.filter((name) => /^(samples|jobs)\//.test(name))) {
      expect([word, existsSync(path.join(ROOT, word))]).toEqual([word, true]);
    }
  });

  test('names no flag that does not exist', () => {
    const known = [...commands.flatMap(flagsOf), ...FOREIGN];
    const named = [...text.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([flag]) => flag);
    expect(named.filter((flag) => !known.includes(flag))).toEqual([]);
  });

  test('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
  });

  test('links to files that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, link]) => link ?? '');
    const missing = links.filter((link) => !existsSync(path.join(ROOT, path.dirname(file), link)));
    expect(missing).toEqual([]);
  });
});

describe("the README's tables", () => {
  const readme = readText('README.md');

  /** First cells of the table that follows a heading, without backquotes. */
  function firstCells(heading: string): string[] {
    const section = readme.split(new RegExp(`^#+ ${heading}$`, 'm'))[1]?.split(/^#+ /m)[0] ?? '';
    const rows = [...section.matchAll(/^\| ([^|]+?) \|/gm)].map(([, cell]) => cell?.replaceAll('`', '') ?? '');
    return rows.slice(1);
  }

  test('have each exit code', () => {
    expect(firstCells('Exit codes').map(Number)).toEqual(Object.values(EXIT));
  });

  test('have each status', () => {
    expect(firstCells('Statuses')).toEqual(STATUSES);
  });

  test('have the files of a run', () => {
    const files = Object.values(RUN_FILES) as string[];
    expect(files).toEqual(expect.arrayContaining(firstCells('What a run leaves on disk')));
  });

  test('and its text has each field of the API', () => {
    for (const { key } of CONTACT_FIELDS) expect(readme).toContain(`\`${key}\``);
  });
});

test('the first two commands of the README are the demo and the tests', () => {
  const blocks = [...readText('README.md').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, body]) => body?.trim());
  expect(blocks[0]).toMatch(/^git clone .* && cd contact-sync\nnpm ci && npm run demo$/);
  expect(blocks[1]).toBe('npm test');
});
