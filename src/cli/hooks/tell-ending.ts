import { isNativeError } from 'node:util/types';
import type { Io } from '../output/io.js';
import { printError } from '../output/terminal.js';
import type { Ending } from './ending.js';
import type { HookSettings } from './hook-settings.js';
import { isGithub, tellGithub } from './github.js';
import { writeMetrics } from './metrics.js';
import { isNotified, notificationOf } from './notification.js';

/**
 * Tells those who did not watch how a command ended. What fails here is a warning: it says nothing of what the command did.
 * @param key the API's, so that no name spells it; undefined where it is not known
 */
export async function tellEnding(
  ending: Ending,
  { notify, notifyOn, metricsFile }: HookSettings,
  key: string | undefined,
  io: Io,
): Promise<void> {
  const attempt = async (what: string, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      printError(io, `warning: ${what}: ${isNativeError(error) ? error.message : String(error)}`);
    }
  };
  if (isGithub(io.env, ending.command)) {
    await attempt('the result could not be told to GitHub Actions', () => tellGithub(ending, io));
  }
  if (metricsFile !== undefined) {
    await attempt('the metrics could not be written', () => writeMetrics(metricsFile, ending));
  }
  if (notify !== undefined && isNotified(ending, notifyOn)) {
    await attempt('the notification was not delivered', async () => {
      // Most commands send none.
      const [{ postNotification }, { findProxy }] = await Promise.all([
        import('./post-notification.js'),
        import('../settings/proxy.js'),
      ]);
      await postNotification(notify, notificationOf(ending, key), findProxy(notify, io.env));
    });
  }
}
