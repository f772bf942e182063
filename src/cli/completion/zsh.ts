import type { CommandWords, FlagWords } from './command-words.js';

/** A completion script for zsh: to be evaluated, or kept as `_contact-sync` in a folder of `fpath`. */
export function zshCompletion(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name, describe }) => `    ${quote(`${name}:${describe.replaceAll(':', '\\:')}`)}`);
  return `#compdef contact-sync
# zsh completion for contact-sync; to load it: eval "$(contact-sync completion zsh)"
_contact_sync_run() {
  _alternative 'words:word:(latest)' 'folders:folder:_files -/'
}
_contact_sync() {
  local -a commands
  commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
}
if [[ "\${funcstack[1]}" == _contact_sync ]]; then
  _contact_sync "$@"
else
  compdef _contact_sync contact-sync
fi`;
}

function commandCase({ name, flags, words, takesFiles }: CommandWords): string {
  const action = takesFiles ? (words.length > 0 ? '_contact_sync_run' : '_files') : `(${words.join(' ')})`;
  const argument = takesFiles || words.length > 0 ? [quote(`1:${takesFiles ? 'file' : 'word'}:${action}`)] : [];
  const specs = [...flags.map(specOf), ...argument].map((spec) => `        ${spec}`);
  return `    ${name})\n      _arguments \\\n${specs.join(' \\\n')}\n      ;;`;
}

function specOf({ flag, describe, value, choices, isRepeatable }: FlagWords): string {
  const text = describe.replace(/[[\]:\\]/g, '\\$&');
  const action = choices.length > 0 ? `(${choices.join(' ')})` : value === 'folder' ? '_files -/' : '_files';
  const taken = value === undefined ? '' : `:${value.replaceAll(':', '\\:')}:${action}`;
  return quote(`${isRepeatable ? '*' : ''}${flag}${value === undefined ? '' : '='}[${text}]${taken}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
