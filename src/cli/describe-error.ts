import { isNativeError } from 'node:util/types';
import { isSyncError } from '../core/model/errors.js';
import { redact, SHORTEST_KEY } from '../core/model/redact.js';
import { CommandError } from './settings/command-error.js';
import type { Places } from './settings/origin.js';

/** A key too short to be one stands in other words by chance. */
export function withoutKeys(text: string, keys: ReadonlySet<string>): string {
  return [...keys, ''].filter((key) => key === '' || key.length >= SHORTEST_KEY).reduce(redact, text);
}

/** A fault of the tool is told with its stack; what the user or the system did wrong, without. */
export async function describeError(error: unknown, places: Places): Promise<readonly string[]> {
  if (!isNativeError(error)) return [String(error)];
  const fromSystem = 'syscall' in error && 'code' in error;
  const isKnown = isSyncError(error) || error instanceof CommandError;
  if (!isKnown && !fromSystem) return (error.stack ?? error.message).split('\n');
  // The words of errors are loaded where there is one.
  return (await import('./messages.js')).linesOf(error, places);
}
