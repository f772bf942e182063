/**
 * Takes the API key out of a text: the one in use, and whatever looks like one.
 * @param key the secret that must appear nowhere
 */
export function redact(text: string, key: string | undefined): string {
  const known = key === undefined || key === '' ? text : text.replaceAll(key, '[key]');
  return known.replace(/mks_[\w-]{8,}/g, '[key]');
}
