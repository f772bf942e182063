import type { OnEvent, SyncEvent } from '../core/model/events.js';
import type { Log } from './log.js';
import type { Settings } from './settings/schemas.js';

/** Puts down where the key and the contacts go, before the first request. */
export function logWhere({ baseUrl, apiPrefix }: Settings, log: Log): void {
  log.info('the API to be called', { base_url: baseUrl, api_prefix: apiPrefix });
}

/** Tells whose contacts a command is about, or where they are if that is not known yet, before the first request. */
export function tellWhere({ baseUrl }: Settings, tell: (line: string) => void): OnEvent {
  let isTold = false;
  return (event) => {
    if (event.type === 'target_known') tell(nameOf(event));
    else if (event.type !== 'request' || isTold) return;
    else tell(`API: ${baseUrl}`);
    isTold = true;
  };
}

/** `Acme Inc. at api.monaco.com`. */
export function nameOf({ baseUrl, organisation }: SyncEvent & { type: 'target_known' }): string {
  const { host } = new URL(baseUrl);
  const name = organisation?.name ?? organisation?.id;
  return name === undefined ? host : `${name} at ${host}`;
}
