import { FORM_FIELDS } from '../core/contacts/form-fields.js';
import { UsageError } from './settings/command-error.js';
import { readSwitch } from './settings/switch.js';
import { kebab, OPTIONS, type OptionName } from './settings/options.js';
import { didYouMean } from '../core/model/suggest.js';
import { optionsOf } from './flags.js';
import { COMMANDS, type CommandName } from './manual.js';

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

/** What yargs says of a mistake, with the nearest word that exists. */
export function explainMistake(message: string, argv: readonly string[]): readonly string[] {
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(message)?.[1];
  if (message.startsWith('Not enough non-option arguments'))
    return ['name a run: its id or a unique part of it, its folder, or latest'];
  if (unknown === undefined) return [message];
  const names = Object.keys(COMMANDS);
  const command = argv.find((word): word is CommandName => names.includes(word));
  // yargs tells each flag twice, as it was written and in camel case.
  const words = [...new Set(unknown.split(', ').map(kebab))];
  return words.map((word) => (command === undefined ? explainCommand(word) : noArgument(word, command, argv)));
}

/** What is wrong with a command that does not exist, with the nearest one that does. */
export function explainCommand(word: string): string {
  const isFile = /\.(csv|txt|tsv)$/i.test(word);
  const hint = isFile ? ` (did you mean "sync ${word}"?)` : didYouMean(word, ['help', ...Object.keys(COMMANDS)]);
  return `unknown command "${word}"${hint}`;
}

function noArgument(word: string, command: CommandName, argv: readonly string[]): string {
  const isFlag = argv.some(
    (arg) => /^--?(no-)?/.test(arg) && kebab(arg.replace(/^--?/, '')).startsWith(word) && arg.startsWith('-'),
  );
  if (!isFlag) return `unexpected "${word}": ${command} takes one file or run at a time`;
  if (/key|token|secret/.test(word)) {
    return `there is no --${word}: the key comes only from CONTACT_SYNC_API_KEY or CONTACT_SYNC_API_KEY_FILE, as others can see a command line`;
  }
  const known = Object.keys(optionsOf(command)).map(kebab);
  return `${command} has no --${word}${didYouMean(word, known).replace('"', '"--')}`;
}
