/** `ignoreUnknownColumns` to `ignore-unknown-columns`, as flags and job files have it. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `ignoreUnknownColumns` to `CONTACT_SYNC_IGNORE_UNKNOWN_COLUMNS`. */
export function envName(name: string): string {
  return `CONTACT_SYNC_${kebab(name).replaceAll('-', '_').toUpperCase()}`;
}
