import { EXIT, ExitError } from '../exit.js';

/**
 * The first SIGINT or SIGTERM ends the run in good order: no new rows, what is in flight ends. The second ends it now.
 * @param write puts a line on standard error
 * @param leave what must not be left behind on the terminal
 * @returns takes the handlers off again
 */
export function onSignals(stop: AbortController, write: (line: string) => void, leave: () => void): () => void {
  let signals = 0;
  const handle = (signal: NodeJS.Signals): void => {
    if (++signals > 1) {
      leave();
      process.exit(EXIT.stopped);
    }
    stop.abort(new ExitError(EXIT.stopped, `stopped by ${signal}`));
    write(`contact-sync: ${signal}: ending what is in flight; once more stops now`);
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return () => {
    process.off('SIGINT', handle);
    process.off('SIGTERM', handle);
  };
}
