import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { EXIT } from '../../src/cli/exit-codes.js';
import { optionsOf } from '../../src/cli/flags.js';
import { renderManPage } from '../../src/cli/man-page.js';
import { COMMANDS, type CommandName } from '../../src/cli/manual.js';
import { kebab } from '../../src/cli/settings/options.js';
import { RUN_FILES } from '../../src/core/run/run-folder.js';
import { readText, ROOT } from '../support/docs.js';

const PAGE = renderManPage();
const commands = Object.keys(COMMANDS) as CommandName[];

/** The text of a page without what roff adds to it. */
function plain(roff: string): string {
  const letters: Record<string, string> = { e: '\\', '-': '-', '(ti': '~', '(ha': '^', '(ga': '`', '(aq': "'" };
  return roff
    .replace(/\\f[BR]|\\&/g, '')
    .replace(/\\\[u([0-9A-F]+)\]/g, (_, code: string) => String.fromCodePoint(parseInt(code, 16)))
    .replace(/\\(\((?:ti|ha|ga|aq)|[e-])/g, (_, name: string) => letters[name] ?? '');
}

/** The lines of a section, or of a part of one. */
function sectionOf(title: string, request: 'SH' | 'SS'): string[] {
  const lines = plain(PAGE).split('\n');
  const start = lines.findIndex((line) => line.startsWith(`.${request} `) && line.slice(4).startsWith(title));
  const length = lines
    .slice(start + 1)
    .findIndex((line) => /^\.S[HS] /.test(line) && (request === 'SS' || line.startsWith('.SH')));
  return start === -1 ? [] : lines.slice(start + 1, length === -1 ? undefined : start + 1 + length);
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

describe('the manual page', () => {
  test.each(commands)('has %s with every option that its help lists', (command) => {
    const lines = sectionOf(`"contact-sync ${command}${COMMANDS[command].args}"`, 'SS');
    expect(lines).toContain(`${COMMANDS[command].describe}.`);
    const flags = Object.entries(optionsOf(command)).filter(([, { hidden }]) => hidden !== true);
    const missing = flags.filter(([name, { value, describe: text }]) => {
      const at = lines.indexOf(`--${kebab(name)}${value === undefined ? '' : ` <${value}>`}`);
      return at === -1 || lines[at + 1]?.startsWith(text) !== true;
    });
    expect(missing.map(([name]) => name)).toEqual([]);
    expect(lines.filter((line) => line.startsWith('--'))).toHaveLength(flags.length);
  });

  test('has every exit code, file of a run and example', () => {
    expect(sectionOf('EXIT STATUS', 'SH')).toEqual(expect.arrayContaining(Object.values(EXIT).map(String)));
    const { scratch, ...files } = RUN_FILES;
    expect(sectionOf('FILES', 'SH')).toEqual(expect.arrayContaining(Object.values(files)));
    expect(sectionOf('FILES', 'SH')).not.toContain(scratch);
    const examples = commands.flatMap((command) => COMMANDS[command].examples.map(([line]) => `contact-sync ${line}`));
    expect(sectionOf('EXAMPLES', 'SH')).toEqual(expect.arrayContaining(examples));
    for (const title of ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'ENVIRONMENT']) {
      expect([title, sectionOf(title, 'SH')]).not.toEqual([title, []]);
    }
  });

  test('is in the package as the build writes it', () => {
    const { man, files } = JSON.parse(readText('package.json')) as { man: string; files: string[] };
    expect(files).toContain(path.normalize(man));
    expect(readFileSync(path.join(ROOT, man), 'utf8')).toBe(`${PAGE}\n`);
  });

  test('is taken by groff without a warning, where that is installed', () => {
    const checked = isInstalled('groff')
      ? spawnSync('groff', ['-ww', '-man', '-Tutf8', '-'], { input: PAGE, encoding: 'utf8' })
      : { status: 0, stderr: '' };
    expect(checked).toMatchObject({ status: 0, stderr: '' });
  });

  test('shows commands as they are typed', () => {
    const shown = isInstalled('groff')
      ? execFileSync('groff', ['-man', '-Tutf8', '-P-cbou', '-rLL=200n', '-'], { input: PAGE, encoding: 'utf8' })
      : plain(PAGE);
    expect(shown).toContain('contact-sync sync - --map "Job Title=title" < edits.csv');
    expect(shown).toContain('contact-sync completion bash >> ~/.bash_completion');
  });
});
