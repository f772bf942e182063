import { UsageError } from './command-error.js';
import { OPTIONS } from './options.js';
import { nameOrigin, type Origin } from './origin.js';
import type { Settings } from './schemas.js';

/** Whether an address is this machine's, by its name: nothing that is sent there leaves it. */
export function isLoopback(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl);
  return /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost\.?)$/.test(hostname);
}

/** Whether an address is the one that the tool is made for, or this machine's: a key may go there whoever names it. */
export function isHarmless(baseUrl: string): boolean {
  return new URL(baseUrl).origin === new URL(OPTIONS.baseUrl.default).origin || isLoopback(baseUrl);
}

/**
 * Keeps the key and the contacts off the network in the clear.
 * @param origin of the base URL
 * @throws UsageError for plain http to another machine
 */
export function assertEncrypted({ baseUrl, allowHttp }: Pick<Settings, 'baseUrl' | 'allowHttp'>, origin: Origin): void {
  if (!baseUrl.startsWith('http:') || allowHttp || isLoopback(baseUrl)) return;
  throw new UsageError(
    `${nameOrigin(origin)}: ${baseUrl} is plain http: everyone on the way could read the API key and the contacts. ` +
      'Use https, or --allow-http if the network is safe',
  );
}

/** The same for the address of a notification, which often is a secret itself: it is not shown. */
export function assertNotifyEncrypted(
  { notify, allowHttp }: Pick<Settings, 'notify' | 'allowHttp'>,
  origin: Origin,
): void {
  if (notify === undefined || !notify.startsWith('http:') || allowHttp || isLoopback(notify)) return;
  throw new UsageError(
    `${nameOrigin(origin)}: plain http to another machine: everyone on the way could read the notification. ` +
      'Use https, or --allow-http if the network is safe',
  );
}
