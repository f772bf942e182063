import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { tidyArguments } from '../../src/cli/arguments.js';
import { parse } from '../../src/cli/main.js';
import { optionsOf } from '../../src/cli/flags.js';
import { EPILOGUE } from '../../src/cli/about.js';
import { COMMANDS, type CommandName } from '../../src/cli/manual.js';
import { kebab, OPTIONS, type OptionName } from '../../src/cli/settings/options.js';
import { SCHEMAS } from '../../src/cli/settings/schemas.js';
import { resolveSettings } from '../../src/cli/settings/resolve.js';
import { CONTACT_FIELDS } from '../../src/core/contacts/fields.js';
import { EXIT } from '../../src/cli/exit-codes.js';
import { STATUSES } from '../../src/core/model/problem.js';
import { RUN_FILES } from '../../src/core/run/run-folder.js';
import { FAULT_KINDS, parseFaults } from '../../src/sandbox/faults.js';
import { readText, ROOT, shownCommands } from '../support/docs.js';

const GUIDES = readdirSync(path.join(ROOT, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'samples/README.md',
  'jobs/README.md',
  ...GUIDES,
];
/** Flags of other programs that the documents start. */
const FOREIGN = ['--global', '--kills', '--now'];

/** The flags of a command as they are typed, and what turns a switch off. */
function flagsOf(command: CommandName): string[] {
  const flags = Object.entries(optionsOf(command)).flatMap(([name, { type }]) =>
    type === 'boolean' ? [`--${kebab(name)}`, `--no-${kebab(name)}`] : [`--${kebab(name)}`],
  );
  return [...flags, '--help', '--all', '--version'];
}

const commands = Object.keys(COMMANDS) as CommandName[];

/** Takes a command line as the command itself does. @throws what that says of a mistake in it */
async function accept(words: readonly string[]): Promise<void> {
  const given = await parse(tidyArguments(words), { stdout: new PassThrough() });
  if (!given) return;
  const { faults } = given.args;
  if (given.command !== 'sandbox') resolveSettings({ argv: given.args });
  else if (typeof faults === 'string') parseFaults(faults);
}

/** `--max-changes 10%` in running text: the setting and its value. */
function namedValues(text: string): [OptionName, string][] {
  return [...text.matchAll(/`--([a-z-]+) ([^`]+)`/g)].flatMap(([, flag, value = '']) => {
    const name = (Object.keys(OPTIONS) as OptionName[]).find((option) => kebab(option) === flag);
    return name === undefined ? [] : [[name, value.replaceAll('"', '')]];
  });
}

/** The anchors of a document's headings. */
function anchorsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\d _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** First cells of the table that follows a heading, without backquotes. */
function firstCells(file: string, heading: string): string[] {
  const section =
    readText(file)
      .split(new RegExp(`^#+ ${heading}$`, 'm'))[1]
      ?.split(/^#+ /m)[0] ?? '';
  const rows = [...section.matchAll(/^\| ([^|]+?) \|/gm)].map(([, cell]) => cell?.replaceAll('`', '') ?? '');
  return rows.slice(1);
}

describe.each(DOCUMENTS)('%s', (file) => {
  const text = readText(file);

  test('shows command lines that the command takes', async () => {
    for (const words of shownCommands(text)) {
      expect([...commands, 'help']).toContain(words[0]);
      await expect(accept(words).then(() => words)).resolves.toEqual(words);
    }
  });

  test('names values that settings take', () => {
    const refused = namedValues(text).filter(([name, value]) => !SCHEMAS[name].safeParse(value).success);
    expect(refused).toEqual([]);
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

  test('links to files and headings that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)#?([^)]*)\)/g)];
    const missing = links.filter(([, link = '', anchor]) => {
      const target = link === '' ? file : path.join(path.dirname(file), link);
      if (!existsSync(path.join(ROOT, target))) return true;
      return anchor !== '' && !anchorsOf(readText(target)).includes(anchor ?? '');
    });
    expect(missing.map(([link]) => link)).toEqual([]);
  });
});

describe('the tables', () => {
  test('of exit codes have each of them, and the README says what the help says', () => {
    expect(firstCells('README.md', 'Exit codes').map(Number)).toEqual(Object.values(EXIT));
    expect(firstCells('docs/automation.md', 'Exit codes').map(Number)).toEqual(Object.values(EXIT));
    const rows = [...readText('README.md').matchAll(/^\| (\d+) \| (.+) \|$/gm)];
    const said = rows.map(([, code, meaning = '']) => `${code}  ${meaning.replaceAll('`', '')}`);
    expect(
      EPILOGUE.replaceAll('"', '')
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(expect.arrayContaining(said));
  });

  test('of statuses have each of them', () => {
    expect(firstCells('docs/recovery.md', 'Statuses')).toEqual(STATUSES);
  });

  test('of the files of a run name files that there are', () => {
    const named = firstCells('docs/recovery.md', 'Files of a run');
    expect(Object.values(RUN_FILES)).toEqual(expect.arrayContaining(named));
    expect(named).toHaveLength(Object.keys(RUN_FILES).length - 1);
  });

  test('of columns have each field of the API', () => {
    const text = readText('docs/csv-format.md');
    for (const { key } of CONTACT_FIELDS) expect(text).toContain(`\`${key}\``);
  });

  test('of faults have each kind', () => {
    const named = firstCells('docs/sandbox.md', 'The sandbox').flatMap((cell) => cell.split(', '));
    expect(named.sort()).toEqual([...FAULT_KINDS].sort());
  });
});

test('the README links to every guide', () => {
  const readme = readText('README.md');
  expect(GUIDES.filter((guide) => !readme.includes(`](${guide})`))).toEqual([]);
});

test('the first two commands of the README are the demo and the tests', () => {
  const blocks = [...readText('README.md').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, body]) => body?.trim());
  expect(blocks[0]).toMatch(/^git clone .* && cd contact-sync\nnpm ci && npm run demo$/);
  expect(blocks[1]).toBe('npm test');
});
