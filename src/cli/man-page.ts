import { version } from '../core/model/version.js';
import { RUN_FILES } from '../core/run/run-folder.js';
import { optionsOf, type Flag } from './flags.js';
import { ABOUT, EXIT_CODES, SETTINGS_ORDER } from './about.js';
import { COMMANDS, positionalOf, type CommandName } from './manual.js';
import { kebab } from './settings/options.js';

const VARIABLES: readonly (readonly [string, string])[] = [
  ['CONTACT_SYNC_API_KEY', 'The API key'],
  ['CONTACT_SYNC_API_KEY_FILE', 'A file that holds the API key and nothing else'],
  ['CONTACT_SYNC_ENV_FILE', 'A file of variables instead of .env; empty for none'],
  ['CONTACT_SYNC_…', 'Any setting: its flag in capitals with underscores, such as CONTACT_SYNC_MAX_CHANGES'],
  [
    'HTTPS_PROXY',
    'The proxy for https, such as http://user:password@proxy.example.com:3128; from the environment alone',
  ],
  ['HTTP_PROXY', 'The same for plain http'],
  ['NO_PROXY', 'Hosts that need no proxy: example.com, .example.com, host:port, 10.0.0.0/8, or * for all'],
  ['NODE_EXTRA_CA_CERTS', 'A file of further certificates (PEM) to trust, such as those of a company'],
  ['PAGER', 'What show goes through on a terminal'],
  ['NO_COLOR', 'If set, output has no colours'],
];

const FILES: Record<Exclude<keyof typeof RUN_FILES, 'scratch'>, string> = {
  plan: 'What is to become of each row: its values now and as planned',
  results: 'How each row ended',
  rejected: 'The rows that were not applied, with reasons; it can be synced as it is',
  succeeded: 'The rows that were updated, with what was changed',
  summary: 'Counts, calls, times, exit code; what --json prints',
  log: 'The log, without values',
  olderLog: 'The log before that, where it outgrew one file',
  answers: 'What the API said in its own words of requests that no row is about',
  report: 'The run as a page, where one was asked for',
  sent: 'What may have been sent, should the machine die',
  input: 'A copy of standard input',
};

/** The manual page of the command, in roff, made of the table that the help is made of. */
export function renderManPage(): string {
  const names = Object.keys(COMMANDS) as CommandName[];
  const files = Object.entries(FILES).map(([name, text]) => [RUN_FILES[name as keyof typeof FILES], text] as const);
  return [
    `.TH CONTACT\\-SYNC 1 "" ${quoted(`contact-sync ${version()}`)} "User Commands"`,
    section('NAME', [escape('contact-sync - apply a CSV of contact edits to a CRM')]),
    section('SYNOPSIS', [bold('contact-sync'), '.I command', escape('[argument] [options]')]),
    section('DESCRIPTION', [escape(ABOUT), '.PP', escape(SETTINGS_ORDER)]),
    section('COMMANDS', names.flatMap(commandLines)),
    section(
      'EXIT STATUS',
      EXIT_CODES.flatMap(([code, meaning]) => entry(String(code), meaning)),
    ),
    section(
      'ENVIRONMENT',
      VARIABLES.flatMap(([name, text]) => entry(name, text)),
    ),
    section('FILES', [
      escape('Each run has a folder runs/<run-id>/, readable by its owner alone:'),
      ...files.flatMap(([name, text]) => entry(name, text)),
    ]),
    section('EXAMPLES', names.flatMap(exampleLines)),
  ].join('\n');
}

function commandLines(name: CommandName): string[] {
  const { args, describe } = COMMANDS[name];
  const positional = positionalOf(name);
  const options = Object.entries(optionsOf(name)).filter(([, { hidden }]) => hidden !== true);
  return [
    `.SS ${quoted(`contact-sync ${name}${args}`)}`,
    escape(`${describe}.`),
    ...(positional ? entry(positional.name, positional.describe) : []),
    ...options.flatMap(([option, flag]) => optionLines(option, flag)),
  ];
}

function optionLines(option: string, { value, describe, shownDefault }: Flag): string[] {
  const standard = shownDefault === undefined ? '' : ` (default: ${shownDefault})`;
  return entry(`--${kebab(option)}${value === undefined ? '' : ` <${value}>`}`, `${describe}${standard}`);
}

function exampleLines(name: CommandName): string[] {
  return COMMANDS[name].examples.flatMap(([line, what]) => entry(`contact-sync ${line}`, what));
}

function section(title: string, lines: readonly string[]): string {
  return [`.SH ${title}`, ...lines].join('\n');
}

/** A term, and what it means indented below. */
function entry(term: string, text: string): string[] {
  return ['.TP', bold(term), escape(text)];
}

/** An argument of a request that may hold blanks. */
function quoted(text: string): string {
  return `"${escape(text).replaceAll('"', '\\(dq')}"`;
}

function bold(text: string): string {
  return `\\fB${escape(text)}\\fR`;
}

/** What roff would show as another character than the one that is to be typed. */
const AS_TYPED: Readonly<Record<string, string>> = {
  ...{ '\\': '\\e', '-': '\\-', '~': '\\(ti', '^': '\\(ha', '`': '\\(ga', "'": '\\(aq' },
};

/** Text as roff takes it: in ASCII, with characters that can be copied, and no line that begins like a request. */
function escape(text: string): string {
  return text
    .replace(/[\\~^`'-]/g, (letter) => AS_TYPED[letter] ?? letter)
    .replace(/\P{ASCII}/gu, (letter) => `\\[u${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`)
    .replace(/^\./gm, '\\&.');
}
