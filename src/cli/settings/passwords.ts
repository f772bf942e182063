import { envName, kebab } from './options.js';
import type { Resolved } from './resolve.js';

/** Settings that may hold a password: the URLs of databases. */
const HOLDING = ['coordinate'] as const;

/**
 * Sees to it that no message shows the passwords in the settings.
 * @param secrets what is not shown, which they are added to
 * @returns warnings of those that others can see
 */
export function hidePasswords({ settings, origins }: Resolved, secrets: Set<string>): string[] {
  return HOLDING.flatMap((name) => {
    const passwords = passwordsIn(settings[name]);
    for (const password of passwords) secrets.add(password);
    if (passwords.length === 0 || origins[name].kind !== 'flag') return [];
    return [
      `warning: --${kebab(name)} holds a password, and other users can see it in the list of processes: ` +
        `set ${envName(name)} in the environment instead`,
    ];
  });
}

/** As it is written in the URL, and as it is. */
function passwordsIn(url: string | undefined): readonly string[] {
  const { password } = new URL(url ?? 'postgres://none');
  if (password === '') return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}
