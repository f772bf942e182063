import type { CommandWords, FlagWords } from './command-words.js';

/** A completion script for fish. */
export function fishCompletion(commands: readonly CommandWords[]): string {
  return [
    '# fish completion for contact-sync; to load it: contact-sync completion fish | source',
    'complete -c contact-sync -e',
    'complete -c contact-sync -n __fish_use_subcommand -f',
    ...commands.map(
      ({ name, describe }) => `complete -c contact-sync -n __fish_use_subcommand -f -a ${name} -d ${quote(describe)}`,
    ),
    ...commands.flatMap(linesOf),
  ].join('\n');
}

function linesOf({ name, flags, words, takesFiles }: CommandWords): string[] {
  const start = `complete -c contact-sync -n '__fish_seen_subcommand_from ${name}'`;
  return [
    ...(takesFiles ? [] : [`${start} -f`]),
    ...(words.length > 0 ? [`${start} -a ${quote(words.join(' '))}`] : []),
    ...flags.map((flag) => `${start} ${argumentsOf(flag)}`),
  ];
}

function argumentsOf({ flag, describe, value, choices }: FlagWords): string {
  const chosen = choices.length > 0 ? ` -x -a ${quote(choices.join(' '))}` : ' -r -F';
  return `-l ${flag.slice(2)} -d ${quote(describe)}${value === undefined ? '' : chosen}`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
