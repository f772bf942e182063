import { didYouMean } from '../core/model/suggest.js';
import { bashCompletion } from './completion/bash.js';
import { fishCompletion } from './completion/fish.js';
import type { CommandWords } from './completion/command-words.js';
import { completionWords } from './completion-words.js';
import { zshCompletion } from './completion/zsh.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { SHELLS, type Shell } from './manual.js';
import type { Io } from './output/io.js';
import { printResult } from './output/terminal.js';
import { UsageError } from './settings/command-error.js';

const SCRIPTS: Record<Shell, (commands: readonly CommandWords[]) => string> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `completion <shell>`: the script, on standard output. @throws UsageError for another shell, or none */
export function runCompletion(given: unknown, io: Pick<Io, 'stdout'>): ExitCode {
  const shell = SHELLS.find((name) => name === given);
  if (shell === undefined) {
    const got = typeof given === 'string' ? `, got "${given}"${didYouMean(given, SHELLS)}` : '';
    throw new UsageError(`completion: name a shell: ${SHELLS.join(', ')}${got}`);
  }
  printResult(io, SCRIPTS[shell](completionWords()));
  return EXIT.ok;
}
