import { FORM_FIELDS } from '../core/contacts/form-fields.js';
import { UsageError } from './settings/command-error.js';
import { readSwitch } from './settings/switch.js';
import { kebab, OPTIONS, type OptionName } from './settings/options.js';
import { didYouMean } from '../core/model/suggest.js';
import { optionsOf } from './flags.js';
import { COMMANDS, positionalOf, type CommandName } from './manual.js';

/** What stands for `-` where yargs would drop it. */
export const STANDARD_INPUT = '/dev/stdin';
const STANDARD_OUTPUT = '/dev/stdout';

/**
 * Arguments in the form that yargs reads rightly: it takes every value of a switch but `true` for false, drops a lone
 * `-`, and would take the file behind `--skip-equivalent` for its value.
 * @throws UsageError for a switch with a value that is neither yes nor no
 */
export function tidyArguments(argv: readonly string[]): string[] {
  return argv.map((arg, at) => {
    if (arg === '-') return argv[at - 1] === '--out' ? STANDARD_OUTPUT : STANDARD_INPUT;
    if (arg === '--skip-equivalent' && !isFieldList(argv[at + 1])) return '--skip-equivalent=all';
    const [, name, value] = /^--([a-z-]+)=(.*)$/s.exec(arg) ?? [];
    const option = Object.keys(OPTIONS).find((key) => kebab(key) === name) as OptionName | undefined;
    if (option === undefined || OPTIONS[option].type !== 'boolean') return arg;
    const isOn = readSwitch(value ?? '');
    if (isOn === undefined) throw new UsageError(`--${name}: expected true or false, got "${value}"`);
    return isOn ? `--${name}` : `--no-${name}`;
  });
}

function isFieldList(next: string | undefined): boolean {
  if (next === undefined) return false;
  const fields: readonly string[] = FORM_FIELDS;
  return /^(all|none)$/.test(next) || next.split(',').every((name) => fields.includes(name.trim()));
}

export const NO_COMMAND = 'name a command, such as: contact-sync sync edits.csv';

/** What yargs says of a mistake, with the nearest word that exists. */
export function explainMistake(message: string, argv: readonly string[]): readonly string[] {
  const [, valueless] = /^Not enough arguments following: (.*)$/.exec(message) ?? [];
  if (valueless !== undefined) return [`--${kebab(valueless)}: expected a value`];
  if (message.startsWith('Not enough non-option arguments'))
    return ['name a run: its id or a unique part of it, its folder, or latest'];
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(message)?.[1];
  if (unknown === undefined) return [message];
  const named = argv.find(isCommand) ?? argv.find((word) => !word.startsWith('-'));
  if (named === undefined) return [NO_COMMAND];
  if (!isCommand(named)) return [explainCommand(named)];
  // yargs tells each flag twice, as it was written and in camel case.
  const words = [...new Set(unknown.split(', ').map(kebab))];
  const flags = words.filter((word) => isFlag(word, argv));
  const others = words.filter((word) => !flags.includes(word));
  return [...flags.map((word) => explainFlag(word, named)), ...(others.length > 0 ? [tooMany(others, named)] : [])];
}

export function isCommand(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

function isFlag(word: string, argv: readonly string[]): boolean {
  return argv.some((arg) => arg.startsWith('-') && kebab(arg.replace(/^--?(no-)?/, '')).includes(word));
}

function tooMany(words: readonly string[], command: CommandName): string {
  const listed = words.map((word) => `"${word}"`).join(', ');
  const positional = positionalOf(command);
  if (positional === undefined) return `${command} takes no ${listed}`;
  const one = positional.name === 'csv' ? 'file' : positional.name;
  const hint = one === 'file' ? '. Quote a name that has blanks; several files take several commands' : '';
  return `${command} takes one ${one}, and ${listed} ${words.length === 1 ? 'is' : 'are'} too many${hint}`;
}

/** Letters that other programs take, and what they stand for here. */
const LETTERS: Readonly<Record<string, string>> = {
  ...{ y: 'yes', q: 'quiet', v: 'version', V: 'version', n: 'dry-run', o: 'out', f: 'force', j: 'json' },
};

function explainFlag(word: string, command: CommandName): string {
  const known = ['version', ...Object.keys(optionsOf(command)).map(kebab)];
  if (word.length === 1) {
    const long = LETTERS[word] ?? '';
    return `${command} has no -${word}${known.includes(long) ? ` (did you mean "--${long}"?)` : ''}`;
  }
  if (/key|token|secret/.test(word)) {
    return `there is no --${word}: the key comes only from CONTACT_SYNC_API_KEY or CONTACT_SYNC_API_KEY_FILE, as others can see a command line`;
  }
  return `${command} has no --${word}${didYouMean(word, known).replace('"', '"--')}`;
}

/** What is wrong with a command that does not exist, with the nearest one that does. */
export function explainCommand(word: string): string {
  const isFile = /\.(csv|txt|tsv)$/i.test(word);
  const hint = isFile ? ` (did you mean "sync ${word}"?)` : didYouMean(word, ['help', ...Object.keys(COMMANDS)]);
  return `unknown command "${word}"${hint}`;
}

/** What ends the message of a usage error: that nothing has happened yet, and where to look up wrong arguments. */
export function lastLine(command: CommandName | undefined, argv: readonly string[]): string[] {
  const named = command ?? argv.find(isCommand);
  const sent = named === undefined || SENDING.includes(named) ? ['nothing was sent'] : [];
  const help = named === undefined ? 'contact-sync --help' : `contact-sync ${named} --help`;
  const said = [...sent, ...(command === undefined ? [`see: ${help}`] : [])];
  return said.length === 0 ? [] : [said.join('; ')];
}

/** The commands that may send something. */
const SENDING: readonly CommandName[] = ['sync', 'plan', 'apply', 'resume', 'retry', 'undo'];
