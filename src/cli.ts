#!/usr/bin/env node
import { getEventListeners } from 'node:events';
import { main } from './cli/main.js';
import { EXIT } from './cli/exit-codes.js';
import { SyncError } from './core/model/errors.js';

const stop = new AbortController();

/** The first signal stops cleanly where the command can, the second at once. */
function onSignal(name: NodeJS.Signals): void {
  if (stop.signal.aborted) process.exit(EXIT.stopped);
  if (getEventListeners(stop.signal, 'abort').length > 0) {
    stop.abort(new SyncError('aborted', { by: name }));
    return;
  }
  process.off(name, onSignal);
  process.kill(process.pid, name);
}

// Everything that this process writes may hold personal data.
process.umask(0o077);
process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
const { env, stdout, stderr } = process;
process.exitCode = await main(process.argv.slice(2), {
  ...{ env, stdout, stderr, signal: stop.signal },
  // Opened only where it is read.
  get stdin() {
    return process.stdin;
  },
});
