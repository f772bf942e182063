import { statSync } from 'node:fs';
import path from 'node:path';
import { FIRST_JUDGED } from '../../core/apply/failure-limit.js';
import { DEFAULT_MAX_FAILURES } from '../../core/run/write-guards.js';
import { assertEncrypted, assertNotifyEncrypted, isHarmless } from './address.js';
import { UsageError } from './command-error.js';
import { foreignWriter, isWithin } from './file-access.js';
import type { Key } from './key.js';
import { isKnownAddress } from './known-addresses.js';
import { envName, kebab, type OptionName } from './options.js';
import { nameOrigin, type Origin } from './origin.js';
import type { Resolved } from './resolve.js';
import type { Settings } from './schemas.js';

/** What decides where the key goes. */
const ADDRESS = ['baseUrl', 'apiPrefix'] as const satisfies OptionName[];

/** Where else a file that came with a folder could do harm with a key that did not: each with what of it is harmless. */
const GUARDS = {
  allowHttp: (value: Settings['allowHttp']) => !value,
  lint: (value: Settings['lint']) => value === 'hold',
  allowOptIn: (value: Settings['allowOptIn']) => !value,
  // No more than the default lets through of an API that refuses everything.
  maxFailures: (value: Settings['maxFailures']) =>
    value === undefined ||
    ('count' in value ? value.count <= FIRST_JUDGED : value.percent <= DEFAULT_MAX_FAILURES.percent),
  requireApproval: (value: Settings['requireApproval']) => value,
  // Who locks on another database than the others writes beside them.
  coordinate: (value: Settings['coordinate']) => value === undefined,
  runsDir: () => false,
  lockDir: (value: Settings['lockDir']) => value === undefined,
  out: () => false,
};

/**
 * Settings that a file in the working folder must not decide on together with the key: such a file can come with a
 * clone, an archive or a pull request.
 * @returns each as a phrase with its file
 */
function findUntrusted({ settings, origins }: Resolved, key: Key, used: ReadonlySet<string>): string[] {
  const untrusted: string[] = [];
  for (const name of ADDRESS) {
    const origin = origins[name];
    // Whoever wrote the key beside the address meant it to go there.
    if (isTrusted(origin) || origin.file === key.origin.file) continue;
    untrusted.push(`${nameOrigin(origin)} is ${settings[name] || 'empty'}`);
  }
  if (!isTrusted(key.origin)) return [...untrusted, ...findStrayKey(key)];
  for (const name of Object.keys(GUARDS) as (keyof typeof GUARDS)[]) {
    const isHarmless = GUARDS[name] as (value: unknown) => boolean;
    if (isTrusted(origins[name]) || !used.has(name) || isHarmless(settings[name])) continue;
    untrusted.push(`${nameOrigin(origins[name])} is ${name === 'coordinate' ? 'set' : shown(settings[name])}`);
  }
  return untrusted;
}

function shown(value: Settings[keyof typeof GUARDS]): string {
  if (typeof value !== 'object') return String(value);
  return 'count' in value ? String(value.count) : `${value.percent}%`;
}

/** A file that came with a folder may name a key file of that folder: any other one may hold another secret. */
function findStrayKey({ origin, file }: Key): string[] {
  const folder = origin.kind === 'env_file' ? path.dirname(origin.file!) : '.';
  return file === undefined || isWithin(folder, file) ? [] : [`${nameOrigin(origin)} is outside of that folder`];
}

/**
 * Makes sure that the key may go where the settings say: encrypted, and, if it comes from elsewhere, not steered by files
 * in the working folder, unless the API is the default one or on this machine, the key was used with its address
 * before, or the user says that the files are trusted.
 * @param used the settings of the command, by name
 * @param machine as `machineDir` gives
 * @throws UsageError that names each setting and where it comes from
 */
export async function assertKeyMayGo(
  resolved: Resolved,
  key: Key,
  used: ReadonlySet<string>,
  machine: string,
): Promise<void> {
  const { settings, origins } = resolved;
  const { baseUrl, apiPrefix } = settings;
  assertEncrypted(settings, origins.baseUrl);
  if (used.has('notify')) assertNotifyEncrypted(settings, origins.notify);
  if (settings.trustEnvFile) return;
  assertFilesStay(resolved, key, used);
  if (used.has('notify')) assertNotifyIsMeant(resolved, key);
  if (isHarmless(baseUrl)) return;
  const untrusted = findUntrusted(resolved, key, used);
  if (untrusted.length === 0 || (await isKnownAddress(machine, { baseUrl, apiPrefix, key: key.value }))) return;
  const names = ADDRESS.filter((name) => origins[name].file !== undefined).map((name) => `--${kebab(name)}`);
  throw new UsageError([
    ...untrusted,
    `Files in the working folder may come from others, and the API key comes from ${nameOrigin(key.origin)}. ` +
      `It was never used with ${baseUrl}${apiPrefix} on this machine.`,
    `If that is right, ${names.length > 0 ? `name it with ${names.join(' and ')}, or ` : ''}use --trust-env-file once`,
  ]);
}

/** Wherever the contacts come from, such a file does not choose which file of the user's they replace. */
function assertFilesStay({ settings, origins }: Resolved, { origin }: Key, used: ReadonlySet<string>): void {
  if (!isTrusted(origin)) return;
  for (const name of ['out', 'metricsFile'] as const) {
    const file = settings[name];
    if (file === undefined || !used.has(name) || isTrusted(origins[name]) || isWithin('.', file)) continue;
    throw new UsageError(
      `${nameOrigin(origins[name])}: ${file} is outside of the working folder, and the API key comes from ` +
        `${nameOrigin(origin)}. If that is right, name it with --${kebab(name)}, or use --trust-env-file`,
    );
  }
}

/**
 * A notification names the organisation and counts its contacts, and it is a request from inside of the user's network:
 * a file that came with a folder does not choose where it goes, whichever API is used. The address is not shown.
 */
function assertNotifyIsMeant({ settings, origins: { notify } }: Resolved, key: Key): void {
  if (settings.notify === undefined || isTrusted(notify)) return;
  // Whoever wrote the key beside the address meant both.
  if (notify.file === key.origin.file && findStrayKey(key).length === 0) return;
  throw new UsageError(
    `${nameOrigin(notify)}: a file in the working folder may come from others, and the API key comes from ` +
      `${nameOrigin(key.origin)}. If the address is right, set ${envName('notify')} in the environment, or use --trust-env-file`,
  );
}

/** A file outside of the working folder that only this user and root can write is as good as the environment. */
export function isTrusted({ file }: Origin): boolean {
  if (file === undefined) return true;
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats !== undefined && foreignWriter(stats) === undefined && !isWithin('.', file);
}
