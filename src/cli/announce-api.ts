import type { Log } from './log.js';
import type { Settings } from './settings/schemas.js';

/** Tells where the key and the contacts are about to go, before the first request. */
export function announceApi(
  { baseUrl, apiPrefix, progress, quiet, logLevel }: Settings,
  log: Log,
  write: (line: string) => void,
): void {
  log.info('the API to be called', { base_url: baseUrl, api_prefix: apiPrefix });
  const isLogged = logLevel === 'info' || logLevel === 'debug';
  if (progress && !quiet && !isLogged) write(`API: ${baseUrl}`);
}
