import { commonOptionsOf, optionsOf, type Flag } from './flags.js';
import { explainCommand, isCommand } from './arguments.js';
import { ABOUT, EPILOGUE } from './about.js';
import { COMMANDS, positionalOf, type CommandName } from './manual.js';
import { UsageError } from './settings/command-error.js';
import { kebab } from './settings/options.js';

const MAX_WIDTH = 110;
const MIN_WIDTH = 40;
/** Terms longer than this have their text on the next line. */
const MAX_TERM = 28;

/** A term and what it means, as a line of two columns. */
type Entry = readonly [term: string, text: string];

/**
 * The page that a command line asks for: by `help`, `--help` or `-h`, or by naming nothing. Written here, since yargs
 * takes three times as long to load as the page takes to write.
 * @param argv without node and script
 * @param columns width of the terminal, if there is one
 * @returns undefined where no page is asked for
 * @throws UsageError for the page of a command that does not exist
 */
export function helpFor(argv: readonly string[], columns = MAX_WIDTH): string | undefined {
  const words = argv.filter((word) => !word.startsWith('-'));
  const isAsked = words[0] === 'help' || argv.some((word) => word === '--help' || word === '-h');
  if (!isAsked && argv.length > 0) return undefined;
  const name = words[0] === 'help' ? words[1] : words[0];
  const width = Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, columns));
  if (name === undefined) return overview(width);
  if (!isCommand(name)) throw new UsageError(explainCommand(name));
  return commandPage(name, argv.includes('--all'), width);
}

function overview(width: number): string {
  const commands = Object.entries(COMMANDS).map(([name, { args, describe }]): Entry => [`${name}${args}`, describe]);
  const more: Entry[] = [
    ['help <command>', 'Show the options of a command'],
    ['--version', 'Show the version'],
  ];
  return [
    wrap(ABOUT, width),
    section('Usage:', ['contact-sync <command> [options]']),
    section('Commands:', columnsOf(commands, width)),
    section('More:', columnsOf(more, width)),
    wrap(EPILOGUE, width),
  ].join('\n\n');
}

function commandPage(name: CommandName, all: boolean, width: number): string {
  const { args, describe, examples } = COMMANDS[name];
  const positional = positionalOf(name);
  const shown = Object.entries(optionsOf(name)).filter(([, { hidden }]) => hidden !== true);
  const common = Object.entries(commonOptionsOf(name));
  const isShort = !all && common.length < shown.length;
  const more = isShort ? `contact-sync ${name} --help --all lists all ${shown.length} options.\n` : '';
  const lines = examples.map(([line, what]): Entry => [`contact-sync ${line}`, what]);
  return [
    wrap(describe, width),
    section('Usage:', [`contact-sync ${name}${args} [options]`]),
    ...(positional ? [section('Argument:', columnsOf([[positional.name, positional.describe]], width))] : []),
    ...(isShort ? [options('Options:', common, width)] : byGroup(shown, width)),
    section('Examples:', columnsOf(lines, width, 60)),
    wrap(`${more}Exit codes, and where settings come from: contact-sync --help`, width),
  ].join('\n\n');
}

function byGroup(flags: readonly [string, Flag][], width: number): string[] {
  const groups = [...new Set(flags.map(([, { group }]) => group))];
  return groups.map((group) =>
    options(
      group,
      flags.filter(([, flag]) => flag.group === group),
      width,
    ),
  );
}

function options(title: string, flags: readonly [string, Flag][], width: number): string {
  return section(
    title,
    columnsOf(
      flags.map(([name, flag]) => entryOf(name, flag)),
      width,
    ),
  );
}

function entryOf(name: string, { value, describe, shownDefault }: Flag): Entry {
  const term = `--${kebab(name)}${value === undefined ? '' : ` <${value}>`}`;
  return [term, `${describe}${shownDefault === undefined ? '' : ` (default: ${shownDefault})`}`];
}

function section(title: string, lines: readonly string[]): string {
  return [title, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** Terms on the left and texts on the right, wrapped at words; a text that finds no room stands below its term. */
function columnsOf(entries: readonly Entry[], width: number, maxTerm = MAX_TERM): string[] {
  const fitting = entries.map(([term]) => term.length).filter((length) => length <= maxTerm);
  const indent = Math.min(Math.max(0, ...fitting) + 2, Math.floor(width / 2));
  return entries.flatMap(([term, text]) => {
    const lines = wrap(text, width - indent - 2).split('\n');
    const below = lines.map((line) => `${' '.repeat(indent)}${line}`);
    return term.length + 2 > indent ? [term, ...below] : [`${term.padEnd(indent)}${lines[0]}`, ...below.slice(1)];
  });
}

/** Breaks lines at blanks. For the ASCII of the manual: a character is a column. */
function wrap(text: string, width: number): string {
  const lines = text.split('\n').map((line) => {
    let used = 0;
    return line.replace(/(^|\s+)(\S+)/g, (_, blank: string, word: string) => {
      const fits = used === 0 || used + blank.length + word.length <= width;
      used = fits ? used + blank.length + word.length : word.length;
      return fits ? `${blank}${word}` : `\n${word}`;
    });
  });
  return lines.join('\n');
}
