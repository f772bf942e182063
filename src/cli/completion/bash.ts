import type { CommandWords, FlagWords } from './command-words.js';

/** A completion script for bash 3.2 and newer. Where it has no words, bash completes names of files. */
export function bashCompletion(commands: readonly CommandWords[]): string {
  const flags = new Map(commands.flatMap((command) => command.flags.map((flag) => [flag.flag, flag])));
  const withValue = [...flags.values()].filter(({ value }) => value !== undefined);
  const names = [...commands.map(({ name }) => name), '--help', '--version'];
  return `# bash completion for contact-sync; to load it: eval "$(contact-sync completion bash)"
_contact_sync() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" flags="" words=""
  COMPREPLY=()
  # Bash takes the = in --flag=value for a word of its own.
  if [[ "$current" == "=" ]]; then
    current=""
  elif [[ "$previous" == "=" ]]; then
    previous="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  if [[ "$COMP_CWORD" -eq 1 ]]; then
    COMPREPLY=($(compgen -W "${names.join(' ')}" -- "$current"))
    return
  fi
  case "$previous" in
${valueCases(withValue).join('\n')}
  esac
  case "\${COMP_WORDS[1]}" in
${commands.map(commandCase).join('\n')}
  esac
  [[ "$current" == -* ]] && words="$flags"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o bashdefault -o default -F _contact_sync contact-sync`;
}

function valueCases(flags: readonly FlagWords[]): string[] {
  const chosen = flags.filter(({ choices }) => choices.length > 0);
  const others = flags.filter(({ choices }) => choices.length === 0).map(({ flag }) => flag);
  return [
    ...chosen.map(
      ({ flag, choices }) => `    ${flag}) COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$current")); return ;;`,
    ),
    `    ${others.join('|')}) return ;;`,
  ];
}

function commandCase({ name, flags, words }: CommandWords): string {
  return `    ${name}) flags="${flags.map(({ flag }) => flag).join(' ')}" words="${words.join(' ')}" ;;`;
}
