import { machineDirOf } from '../settings/machine-dir.js';
import type { Io } from '../output/io.js';
import { readKey, type Key } from '../settings/key.js';
import { kebab, type OptionName } from '../settings/options.js';
import { nameOrigin } from '../settings/origin.js';
import type { Resolved, Sources } from '../settings/resolve.js';
import { assertKeyMayGo } from '../settings/trust.js';
import { ok, warn, type Finding } from './finding.js';

/** Which settings are not at their defaults, and where each comes from; their values can be secrets of a path or a filter. */
export function checkSettings({ origins }: Pick<Resolved, 'origins'>): Finding {
  const set = (Object.keys(origins) as OptionName[]).filter((name) => origins[name].kind !== 'default');
  const told = set.map((name) => `${kebab(name)} (${nameOrigin(origins[name])})`);
  return ok('settings', told.length === 0 ? 'all at their defaults' : told.join(', '));
}

/**
 * Whether there is a key in the right form, which others cannot read, and which may go to the address that is set.
 * @param used names of the command's settings
 * @returns the key only where it may go there
 */
export async function checkKey(
  resolved: Resolved,
  sources: Sources,
  used: ReadonlySet<string>,
  io: Io,
  onKey: (key: string) => void,
): Promise<{ key?: string; findings: readonly Finding[] }> {
  let key: Key;
  try {
    key = readKey({ env: io.env, ...sources });
  } catch (error) {
    return { findings: [{ check: 'key', level: 'fail', error }] };
  }
  onKey(key.value);
  const findings = [ok('key', `set, from ${key.file ?? nameOrigin(key.origin)}`), ...checkReaders(key)];
  try {
    await assertKeyMayGo(resolved, key, used, machineDirOf(resolved.settings, io));
    return { key: key.value, findings };
  } catch (error) {
    return { findings: [...findings, { check: 'trust', level: 'fail', error }] };
  }
}

function checkReaders({ warnings }: Key): readonly Finding[] {
  if (warnings.length === 0) return [ok('files', 'no file with the key can be read by others')];
  return warnings.map((text) => {
    const [what = '', advice] = text.replace(/^warning: /, '').split('; ');
    return warn('files', what, advice);
  });
}
