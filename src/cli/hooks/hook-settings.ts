import { isLoopback } from '../settings/address.js';
import { resolveOne, type Sources } from '../settings/resolve.js';
import type { Settings } from '../settings/schemas.js';
import { isTrusted } from '../settings/trust.js';

/** Where the end of a command is told. */
export type HookSettings = Pick<Settings, 'notify' | 'notifyOn' | 'metricsFile'>;

/**
 * What is known of these settings before all others are: a run that is refused over one of them is to be told as well.
 * Those of a file in the working folder are left out, as it is not yet known whether the key came with that file.
 */
export function readHookSettings(sources: Sources): HookSettings {
  const trustsFiles = resolveOne('trustEnvFile', sources)?.value === true;
  const take = <N extends 'notify' | 'metricsFile'>(name: N): Settings[N] | undefined => {
    const found = resolveOne(name, sources);
    return found && (trustsFiles || isTrusted(found.origin)) ? found.value : undefined;
  };
  const notify = take('notify');
  const isPlain = notify?.startsWith('http:') === true && !isLoopback(notify);
  const isAllowed = !isPlain || resolveOne('allowHttp', sources)?.value === true;
  return {
    notify: isAllowed ? notify : undefined,
    notifyOn: resolveOne('notifyOn', sources)?.value ?? 'always',
    metricsFile: take('metricsFile'),
  };
}
