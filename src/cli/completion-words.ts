import type { CommandWords, FlagWords } from './completion/command-words.js';
import { optionsOf, type Flag } from './flags.js';
import { COMMANDS, positionalOf, type CommandName } from './manual.js';
import { kebab, OPTIONS } from './settings/options.js';

const HELP: FlagWords = {
  ...{ flag: '--help', value: undefined, choices: [], isRepeatable: false },
  describe: 'Show the options of the command',
};

/** All that completion knows, from the table that the help is made of. */
export function completionWords(): readonly CommandWords[] {
  const names = Object.keys(COMMANDS) as CommandName[];
  const commands = names.map((name): CommandWords => {
    const positional = positionalOf(name);
    const flags = Object.entries(optionsOf(name)).filter(([, { hidden }]) => hidden !== true);
    return {
      ...{ name, describe: COMMANDS[name].describe },
      flags: [...flags.map(([option, flag]) => flagWords(option, flag)), HELP],
      words: positional?.choices ?? [],
      takesFiles: positional?.name === 'csv' || positional?.name === 'run',
    };
  });
  const help = { name: 'help', describe: 'Show the options of a command', flags: [], takesFiles: false };
  return [...commands, { ...help, words: names }];
}

/** A switch that is on by itself is there to be turned off. */
function flagWords(option: string, { type, value, describe, choices }: Flag): FlagWords {
  const standard = Object.entries(OPTIONS).find(([name]) => name === option)?.[1];
  const isOn = type === 'boolean' && standard !== undefined && 'default' in standard && standard.default === true;
  return {
    ...{ flag: `--${isOn ? 'no-' : ''}${kebab(option)}`, describe, value, isRepeatable: type === 'array' },
    choices: choices ?? (value !== undefined && /^[a-z]{2,}(\|[a-z]{2,})+$/.test(value) ? value.split('|') : []),
  };
}
